"""Tools of a call: an effect waits for its intent to be durable, a look does not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from antiphon.call.act import Acting
from antiphon.call.call_clock import CallClock
from antiphon.core.commands import RunTool
from antiphon.core.events import Event
from antiphon.core.proposal import Json
from antiphon.ports.tool import Effect, ToolCaller, ToolDeclaration, ToolResult
from tests.call.fakes import HandClock

SCHEMA: Mapping[str, Json] = {"type": "object", "properties": {}}


class TwoTools:
    """One that reads and one that writes; `called` tells which ran."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def declarations(self) -> tuple[ToolDeclaration, ...]:
        return (
            ToolDeclaration("look", "Looks.", SCHEMA, Effect.READS, 1_000),
            ToolDeclaration("book", "Books.", SCHEMA, Effect.WRITES, 1_000),
        )

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        self.called.append(tool)
        return ToolResult(True, {})


@asynccontextmanager
async def acting(tools: TwoTools, disk: asyncio.Event, posted: list[Event]) -> AsyncIterator[Acting]:
    async def durable() -> None:
        await disk.wait()

    async with asyncio.TaskGroup() as tasks:
        yield Acting(tools, ToolCaller("demo", "call_1"), CallClock(HandClock()), posted.append, durable, tasks)


@pytest.mark.parametrize(("tool", "before"), [("look", ["look"]), ("book", [])])
async def test_only_an_effect_waits_for_the_disk(tool: str, before: list[str]) -> None:
    tools, disk, posted = TwoTools(), asyncio.Event(), list[Event]()
    async with acting(tools, disk, posted) as hands:
        hands.start(RunTool(1, 1, tool, {}, "call_1:1"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert before == tools.called
        disk.set()
        await hands.settle()
    assert ([tool], 1) == (tools.called, len(posted))
