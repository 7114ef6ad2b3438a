"""The agent's replies on their way to the caller's ear: begun, spoken, audible, closed with what was heard of them."""

from collections.abc import Iterator

from antiphon.core.barge_in import Reflex
from antiphon.core.commands import ArmReflex, EndReply, ReplyHeard, Speak
from antiphon.core.course import Course
from antiphon.core.events import AudioMade
from antiphon.core.history import AgentSaid
from antiphon.core.policy import ConversationPolicy
from antiphon.core.reply import Ledger, Reply


class Replies:
    """The heard ledger with its commands."""

    def __init__(self, course: Course, policy: ConversationPolicy) -> None:
        self._course = course
        self.reflex = Reflex(policy.barge_in)
        self._ledger = Ledger()

    @property
    def open(self) -> list[Reply]:
        """Replies with something to say that are not over, in order; those that are being cut among them."""
        return self._ledger.open

    @property
    def playing(self) -> Reply | None:
        """The reply that the caller hears."""
        return next((reply for reply in self.open if reply.audible), None)

    def live(self, reply: int) -> Reply | None:
        """The reply if it may still change."""
        return self._ledger.live(reply)

    def uncut(self, reply: int) -> Reply | None:
        """The reply if it is live and no cut was ordered."""
        found = self._ledger.live(reply)
        return found if found and found.cutting_ms is None else None

    def awaited(self) -> Iterator[Reply]:
        """Replies with all their text and nothing heard of them yet."""
        return (reply for reply in self.open if reply.awaited_ms is not None)

    # --- from the brain ----------------------------------------------------------------------------------------------

    def begin(self, reply: int) -> None:
        """A new reply, without words yet."""
        self._ledger.begin(reply)

    def say(self, reply: int, text: str) -> bool:
        """More words of a reply; the reflex is set at the first. Whether there was anything to say and a reply to say it in."""
        spoken = self._ledger.live(reply)
        if spoken is None or not text:
            return False
        if not spoken.text and self._course.voice:
            self._course.order(ArmReflex(reply, armed=self.reflex.armed))
        spoken.text += text
        self._course.order(Speak(reply, text))
        return bool(text.strip())

    def complete(self, reply: int, *, awaited: bool) -> None:
        """All words of a reply are known; `awaited` if it must be audible in time."""
        if (spoken := self._ledger.live(reply)) and spoken.text:
            spoken.complete = True
            self._course.order(EndReply(reply))
            if awaited and not spoken.audible:
                spoken.awaited_ms = self._course.now

    # --- from the voice and the leg ----------------------------------------------------------------------------------

    def made(self, made: AudioMade) -> None:
        """Audio of a reply."""
        if spoken := self.uncut(made.reply):
            spoken.made(made)

    def sounds(self, reply: int) -> bool:
        """The reply is heard; True the first time."""
        spoken = self.uncut(reply)
        if spoken is None or spoken.audible:
            return False
        spoken.audible, spoken.awaited_ms = True, None
        return True

    def arm_all(self) -> None:
        """A voice was confirmed: the reflex may stop whatever is still to be heard."""
        for spoken in self.open:
            if spoken.cutting_ms is None:
                self._course.order(ArmReflex(spoken.reply, armed=True))

    def close(self, spoken: Reply, *, whole: bool) -> None:
        """The reply is over: what was heard of it becomes history."""
        said = spoken.text.rstrip()
        text, basis = (said, "whole") if whole else spoken.heard()
        spoken.closed, spoken.cut = True, text != said
        heard_ms = spoken.sent_ms if whole else spoken.heard_ms
        self._course.order(ReplyHeard(spoken.reply, text, said, spoken.cut, heard_ms, basis))
        if text:
            self._course.history.append(AgentSaid(spoken.reply, text, cut=spoken.cut))
