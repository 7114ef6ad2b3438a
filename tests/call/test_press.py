"""Keys an agent orders: pressed once, told when they are, and only for an agent whose file says so."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import structlog

from antiphon.agents import read_agent
from antiphon.call.call_clock import CallClock
from antiphon.call.call_quality import CallQuality
from antiphon.call.leg_sink import CallSink
from antiphon.call.press import Pressing
from antiphon.call.toolbox import CallToolbox, call_tools
from antiphon.core.agent import Agent, Specialist
from antiphon.core.events import Event
from antiphon.core.keys import PRESS_KEYS
from antiphon.core.proposal import Json
from antiphon.ports.leg import Closed, DigitsSent, LegOrder, SendDigits
from antiphon.ports.tool import Effect, ToolCaller, ToolDeclaration, ToolResult
from antiphon_verticals.salon import FOLDER
from tests.call.fakes import HandClock, NotedLeg, unheard

CALLER = ToolCaller("demo", "call_1")
CARD = "4929000000006"


class NoTools:
    """An agent's own tools: none."""

    def declarations(self) -> tuple[ToolDeclaration, ...]:
        return ()

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        return ToolResult(False, {"code": "unknown_tool", "say": "", "retryable": False})


def agent_with(*tools: str) -> Agent:
    return replace(read_agent(FOLDER), specialists=(Specialist("desk", "Presses keys.", tools),))


class Line:
    """A leg, what hears it, and a toolbox that may press keys on it."""

    def __init__(self, agent: Agent, *, audio: bool = True) -> None:
        self.leg = NotedLeg(audio=audio)
        pressing = Pressing(self.leg)
        self.toolbox = CallToolbox(agent, NoTools(), pressing)
        clock, posted = CallClock(HandClock()), list[Event]()
        quality = CallQuality(self.leg.profile)
        self.sink = CallSink(self.leg.profile, clock, posted.append, lambda _at, _pcm: None, quality, pressing, unheard)

    async def press(self, keys: Json, key: str = "call_1:1") -> ToolResult:
        return await self.toolbox.call(PRESS_KEYS, {"keys": keys}, CALLER, key)


async def turns_of_the_loop(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@asynccontextmanager
async def pressed(line: Line, *orders: str) -> AsyncIterator[list[asyncio.Task[ToolResult]]]:
    """Orders under way, in this order."""
    async with asyncio.TaskGroup() as tasks:
        yield [
            tasks.create_task(line.press(keys, f"call_1:{number}"), name=f"press {number}")
            for number, keys in enumerate(orders)
        ]


async def test_the_result_comes_when_the_leg_has_pressed_the_last_key() -> None:
    line = Line(agent_with(PRESS_KEYS))
    async with pressed(line, "1w59#") as [pressing]:
        await turns_of_the_loop()
        assert ([SendDigits("1w59#")], False) == (line.leg.orders, pressing.done())
        line.sink.fact(DigitsSent(6_000))
    assert ToolResult(True, {"pressed": 5}) == pressing.result()


async def test_a_second_order_waits_for_the_first() -> None:
    line = Line(agent_with(PRESS_KEYS))
    async with pressed(line, "1", "2") as [first, second]:
        await turns_of_the_loop()
        assert [SendDigits("1")] == line.leg.orders
        line.sink.fact(DigitsSent(6_000))
        await turns_of_the_loop()
        orders: list[LegOrder] = [SendDigits("1"), SendDigits("2")]
        assert (orders, True, False) == (line.leg.orders, first.done(), second.done())
        line.sink.fact(DigitsSent(7_000))


async def test_the_same_order_twice_presses_once() -> None:
    line = Line(agent_with(PRESS_KEYS))
    async with pressed(line, "1") as [first]:
        await turns_of_the_loop()
        line.sink.fact(DigitsSent(6_000))
    again = await line.press("1", "call_1:0")
    assert (first.result(), [SendDigits("1")]) == (again, line.leg.orders)


async def test_a_far_end_that_leaves_meanwhile_leaves_it_unknown() -> None:
    line = Line(agent_with(PRESS_KEYS))
    async with pressed(line, "1") as [pressing]:
        await turns_of_the_loop()
        line.sink.fact(Closed(6_000, "caller hung up"))
    assert "unknown" == code(pressing.result())
    assert "gone" == code(await line.press("2", "call_1:9"))
    assert [SendDigits("1")] == line.leg.orders


async def test_an_agent_whose_file_does_not_name_the_tool_has_it_not() -> None:
    line = Line(agent_with("list_services"))
    assert ((), ()) == (call_tools(agent_with("list_services")), line.toolbox.declarations())
    assert ("unknown_tool", []) == (code(await line.press("1")), line.leg.orders)
    [declared] = call_tools(agent_with(PRESS_KEYS))
    assert (PRESS_KEYS, Effect.SIGNALS) == (declared.name, declared.effect)


async def test_in_writing_no_keys_are_pressed() -> None:
    line = Line(agent_with(PRESS_KEYS), audio=False)
    assert ("no_sound", []) == (code(await line.press("1")), line.leg.orders)


def code(result: ToolResult) -> Json:
    assert isinstance(result.value, dict)
    assert not result.ok
    return result.value["code"]


@pytest.mark.parametrize("keys", [CARD + "x", CARD * 3, 4929, None, ["1"]])
async def test_keys_that_cannot_be_pressed_are_a_result_that_says_why_and_nothing_is_logged_of_them(
    keys: Json, caplog: pytest.LogCaptureFixture
) -> None:
    line = Line(agent_with(PRESS_KEYS))
    with structlog.testing.capture_logs() as logged, caplog.at_level(logging.DEBUG):
        result = await line.press(keys)
    assert ("bad_argument", []) == (code(result), line.leg.orders)
    assert CARD not in str((result, logged, caplog.text))


async def test_another_argument_is_refused() -> None:
    line = Line(agent_with(PRESS_KEYS))
    assert "bad_argument" == code(await line.toolbox.call(PRESS_KEYS, {"keys": "1", "to": "me"}, CALLER, "k"))
