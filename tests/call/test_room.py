"""Whether there is room for one more call."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from antiphon.call.parts import AgentParts, Engines
from antiphon.call.reception import FrontDesk, Room
from antiphon.core.errors import Busy
from antiphon.core.policy import ConversationPolicy
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor
from tests.call.fakes import HandClock, NotedLeg

NOTHING: Any = None
VISITOR = Visitor("demo", "salon")


class Line:
    """A leg that only remembers its orders."""

    def __init__(self) -> None:
        self.orders: list[object] = []

    def order(self, order: object) -> None:
        self.orders.append(order)


class FullDisk:
    """A journal that cannot begin anything."""

    async def open(self, tenant: str, call: str) -> int:
        raise OSError(28, "No space left on device")


@asynccontextmanager
async def open_desk(
    strained: Callable[[], bool], parts: Any = NOTHING, books: Any = NOTHING, clock: Any = NOTHING
) -> AsyncIterator[FrontDesk]:
    async def find(tenant: str, name: str | None) -> AgentParts:
        return cast(AgentParts, parts)

    desk = FrontDesk(find, cast(Engines, NOTHING), books, clock, lambda kind: kind, Room(100, strained))
    async with asyncio.TaskGroup() as tasks:
        ready = asyncio.Event()
        tasks.create_task(desk.run(ready.set), name="desk")
        await ready.wait()
        yield desk
        desk.stop()


async def test_a_machine_at_its_end_takes_no_new_calls_and_says_when_to_try_again() -> None:
    strained = True
    async with open_desk(lambda: strained) as desk:
        with pytest.raises(Busy, match="as much to do as it can") as refused:
            await desk.check(VISITOR)
        assert 5 == refused.value.retry_after_s
        strained = False
        await desk.check(VISITOR)


async def test_a_call_that_was_let_in_before_the_strain_is_refused_at_the_desk() -> None:
    async with open_desk(lambda: True) as desk:
        line = Line()
        with pytest.raises(Busy):
            await desk.admit(VISITOR, line)  # type: ignore[arg-type]  # a double
        assert [Close("not admitted")] == line.orders


async def test_a_call_that_cannot_be_written_down_leaves_no_line_open() -> None:
    agent = SimpleNamespace(name="salon", first_specialist="desk")
    parts = SimpleNamespace(agent=agent, policy=ConversationPolicy(), judge=NOTHING)
    leg = NotedLeg()
    async with open_desk(lambda: False, parts, SimpleNamespace(journal=FullDisk()), HandClock()) as desk:
        await desk.admit(VISITOR, leg)
        assert 1 == desk.count
    assert [Close("the call cannot be written down")] == leg.orders, "nobody sits in silence on a line that stays taken"
    assert 0 == desk.count
