"""Journals: played in virtual time, read, written, compared line by line."""

from difflib import unified_diff
from pathlib import Path

from antiphon.core import events as ev
from antiphon.core.commands import Command, RunTool
from antiphon.core.events import Event
from antiphon.core.journal import encode
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import Expect, Json
from antiphon.testing.script import Script

OFFER = "I have half past two with Maria on Tuesday"


class Written(Script):
    """A script whose events and commands are kept as a call keeps them: woken at every deadline, and then written down only if
    something came of it."""

    def __init__(self, channel: str = "webrtc", policy: ConversationPolicy | None = None) -> None:
        self.lines: list[str] = []
        super().__init__(policy, channel)

    def at(self, at_ms: int, event: Event) -> list[Command]:
        """See Script."""
        made: list[Command] = []
        while (due := self.conversation.deadline) is not None and due < at_ms:
            made += self.give(ev.TimePassed(max(due, self.now)))
        return made + super().at(at_ms, event)

    def give(self, event: Event) -> list[Command]:
        """See Script."""
        made = super().give(event)
        if made or not isinstance(event, ev.TimePassed):
            self.lines += [encode(event), *(encode(command, self.now) for command in made)]
        return made

    def offer(self, audio_ms: int = 4_000) -> int:
        """Greeting, a turn, and the agent in the middle of its answer."""
        self.greet()
        self.say("tuesday please")
        self.after(700)
        return self.answer(OFFER, Expect("yes_no"), audio_ms=audio_ms)

    def answered(self, ok: bool = True, **result: Json) -> None:
        """The tool that was ordered last comes back."""
        order = [command for command in self.all if isinstance(command, RunTool)][-1]
        self.after(120, ev.ToolReturned(0, order.tool_call, ok, result or {"reference": "GB-20261120-001"}, 120))


def read(path: Path) -> list[str]:
    """A journal's lines."""
    return path.read_text(encoding="utf-8").splitlines()


def write(path: Path, lines: list[str]) -> None:
    """Lines as a journal."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def difference(then: list[str], now: list[str], name: str) -> str:
    """What differs, as a unified diff; nothing if nothing does."""
    return "\n".join(unified_diff(then, now, f"{name}, written down", f"{name}, now", lineterm="", n=1))
