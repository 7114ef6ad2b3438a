"""Brain runs and the tools they order. One run at a time; a tool once ordered always gets an answer in the history."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.core.commands import Cause
from antiphon.core.proposal import Json


@dataclass(slots=True)
class Run:
    """The brain's work on one reply."""

    reply: int
    cause: Cause
    progress_ms: int  # when it last yielded
    said: bool = False
    called: bool = False
    handed_off: bool = False
    finished: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """A tool that has not answered yet."""

    tool_call: int
    tool: str
    arguments: Mapping[str, Json]
    since_ms: int


@dataclass(slots=True)
class Tools:
    """Tools ordered and not answered, by number."""

    waiting: dict[int, Ordered] = field(default_factory=dict)
    count: int = 0

    def order(self, tool: str, arguments: Mapping[str, Json], now_ms: int) -> Ordered:
        """A new tool call; numbers never repeat in a call."""
        self.count += 1
        self.waiting[self.count] = Ordered(self.count, tool, arguments, now_ms)
        return self.waiting[self.count]

    def answered(self, tool_call: int) -> Ordered | None:
        """The order this answers; None for a second or an unknown answer."""
        return self.waiting.pop(tool_call, None)
