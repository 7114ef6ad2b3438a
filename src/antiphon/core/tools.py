"""Tools that a run orders. A tool once ordered always gets an answer in the history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from antiphon.core.commands import RunTool
from antiphon.core.course import Course
from antiphon.core.events import ToolReturned
from antiphon.core.history import ToolAnswered, ToolCalled
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import CallTool, Json

TOOL_STALLED: Json = {"code": "timeout", "say": "", "retryable": False}


@dataclass(frozen=True, slots=True)
class Ordered:
    """A tool that has not answered yet."""

    tool_call: int
    tool: str
    arguments: Mapping[str, Json]
    since_ms: int


class Tools:
    """Tools ordered and not answered, by number."""

    def __init__(self, course: Course, policy: ConversationPolicy) -> None:
        self._course, self._policy = course, policy
        self._waiting: dict[int, Ordered] = {}
        self._count = 0

    @property
    def waiting(self) -> bool:
        """Whether one has not answered."""
        return bool(self._waiting)

    def order(self, reply: int, proposal: CallTool) -> None:
        """A new tool call; numbers never repeat in a call."""
        self._count += 1
        order = Ordered(self._count, proposal.tool, proposal.arguments, self._course.now)
        self._waiting[self._count] = order
        key = f"{self._course.call}:{order.tool_call}"
        self._course.order(RunTool(order.tool_call, reply, order.tool, order.arguments, key))

    def returned(self, returned: ToolReturned) -> None:
        """The result becomes history; a second or an unknown answer does not."""
        if order := self._waiting.pop(returned.tool_call, None):
            self._course.history.append(ToolCalled(order.tool_call, order.tool, order.arguments))
            self._course.history.append(ToolAnswered(order.tool_call, order.tool, returned.ok, returned.result))

    def dues(self) -> Iterator[int]:
        """When tools have had their time."""
        return (order.since_ms + self._policy.tool_stall_ms for order in self._waiting.values())

    def overdue(self) -> list[ToolReturned]:
        """What is made up for tools that have had their time."""
        now = self._course.now
        waits = [(order.tool_call, now - order.since_ms) for order in self._waiting.values()]
        return [
            ToolReturned(now, tool_call, False, TOOL_STALLED, waited)
            for tool_call, waited in waits
            if waited >= self._policy.tool_stall_ms
        ]
