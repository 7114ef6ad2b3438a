"""Cutting replies: ordered here, carried out by the leg, settled when it says where it stopped."""

from collections.abc import Iterator

from antiphon.core.commands import CutReply
from antiphon.core.course import Course
from antiphon.core.policy import ConversationPolicy
from antiphon.core.replies import Replies
from antiphon.core.reply import Reply


class Cuts:
    """Replies on their way to silence. A leg that does not answer is taken at its last known position."""

    def __init__(self, course: Course, policy: ConversationPolicy, replies: Replies) -> None:
        self._course, self._policy, self._replies = course, policy, replies

    @property
    def settled(self) -> bool:
        """Whether none waits for the leg."""
        return not self._waiting()

    def order(self, only: int | None = None) -> None:
        """Drop what is not heard yet: the reply that plays and those behind it, or `only` one."""
        for spoken in self._replies.open:
            if spoken.cutting_ms is None and only in (None, spoken.reply):
                spoken.cutting_ms, spoken.awaited_ms = self._course.now, None
                self._course.order(CutReply(spoken.reply))
                if not spoken.audible:  # nothing of it ever left: skipped, no need to wait for the leg
                    self._replies.close(spoken, whole=False)

    def flushed(self, reply: int, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        """The leg says where a reply stopped."""
        if (spoken := self._replies.live(reply)) and spoken.cutting_ms is not None:
            spoken.position(sent_ms, delay_ms, acked_ms)
            self._replies.close(spoken, whole=False)

    def close_all(self) -> None:
        """The call is over: nothing waits for the leg any more."""
        self.order()
        for spoken in self._replies.open:
            self._replies.close(spoken, whole=False)

    def dues(self) -> Iterator[int]:
        """When the leg has had its time."""
        return (since + self._policy.flush_ms for _, since in self._waiting())

    def close_overdue(self) -> None:
        """The leg has had its time."""
        for spoken, since in self._waiting():
            if self._course.now - since >= self._policy.flush_ms:
                self._replies.close(spoken, whole=False)

    def _waiting(self) -> list[tuple[Reply, int]]:
        return [(reply, reply.cutting_ms) for reply in self._replies.open if reply.cutting_ms is not None]
