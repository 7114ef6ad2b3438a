"""A real server in the server's network, and in the client's Chromium with the demo page, its call begun."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page

from antiphon.config.server import read_settings
from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.server import ServerProcess, server_process
from antiphon.testing.voices import Voices
from antiphon.wiring.replay import replay_call
from tests.browser.chromium_caller import PageCaller, chromium, page_that_calls
from tests.network.lab import SERVER, Lab
from tests.network.page_ear import PageEar, trusting

TENANT = "demo"
RECORD = "call => fetch(`/api/calls/${call}`).then(answer => answer.json())"
COMPLETE_RECORD = """async (call) => {
  for (;;) {
    const record = await (await fetch(`/api/calls/${call}`)).json();
    if (record.ended) return record;
    await new Promise((done) => setTimeout(done, 200));
  }
}"""
SPOKEN = """() => {
  window.spoken = [];
  const speak = window.test.speak;
  window.test.speak = async (clip) => {
    const began = performance.now();
    const seconds = await speak(clip);
    window.spoken.push([began, performance.now()]);
    return seconds;
  };
}"""
LEAD_MS, TAIL_MS = 300, 500
"""Silence before and after the words of a clip (`testing/voices.py`)."""


@dataclass
class Served:
    """One call through the page to a real server. Times are CLOCK_MONOTONIC in ms."""

    server: ServerProcess
    page: Page
    ear: PageEar

    async def state(self, state: str, after: int = 0) -> int:
        """Wait until the page has been told this state, later than its message number `after`; that message's number."""
        at = "([state, after]) => test.messages.findIndex((m, at) => at >= after && m.type === 'state' && m.state === state)"
        handle = await self.page.wait_for_function(f"given => ({at})(given) + 1", arg=[state, after], timeout=60_000)
        return int(await handle.json_value())

    async def record(self) -> dict[str, Any]:
        """The record as it stands."""
        return dict(await self.page.evaluate(RECORD, await self.page.evaluate("antiphon.call.id")))

    async def complete_record(self) -> dict[str, Any]:
        """The record once the call is over and written down."""
        return dict(await self.page.evaluate(COMPLETE_RECORD, await self.page.evaluate("antiphon.call.id")))

    async def caller_spoke(self) -> list[tuple[float, float]]:
        """When the caller's words went out."""
        spoken: list[tuple[float, float]] = await self.page.evaluate("spoken")
        shift = self.ear.offset_ms
        return [(began + LEAD_MS + shift, ended - TAIL_MS + shift) for began, ended in spoken]


@asynccontextmanager
async def served_call(lab: Lab, folder: Path) -> AsyncIterator[Served]:
    """A page that has called a server, with media flowing."""
    async with AsyncExitStack() as open_here:
        addresses = {"ANTIPHON_HTTP": f"{SERVER}:0", "ANTIPHON_UDP": f"{SERVER}:0"}
        with lab.server.inside():
            server = await open_here.enter_async_context(server_process(folder, addresses))
        with lab.client.inside():
            browser = await open_here.enter_async_context(chromium(trusting(server.base)))
        page = await page_that_calls(browser, server.page)
        await page.evaluate(SPOKEN)
        await page.wait_for_selector("body[data-phase=live]")
        yield Served(server, page, await PageEar.open(page))


def speaking(served: Served, plan: CallerPlan, voices: Voices) -> PageCaller:
    """A caller who speaks, and who waits like anybody until the agent is silent."""
    return _PoliteCaller(served, plan, voices)


def typing(served: Served, plan: CallerPlan) -> PageCaller:
    """A caller who types."""
    return _TypingCaller(served.page, SimulatedCaller(plan), lambda words: np.zeros(0, np.int16))


class _PoliteCaller(PageCaller):
    def __init__(self, served: Served, plan: CallerPlan, voices: Voices) -> None:
        say = lambda words: np.frombuffer(voices.say(words, "rms"), np.int16)  # noqa: E731
        super().__init__(served.page, SimulatedCaller(plan), say)
        self._ear = served.ear

    async def _speak(self, words: str) -> None:
        await self._ear.quiet()
        await super()._speak(words)


class _TypingCaller(PageCaller):
    async def _speak(self, words: str) -> None:
        assert await self.page.evaluate("words => antiphon.call.sendText(words)", words)


async def differences_in_replay(folder: Path, call: str) -> list[str]:
    """What the machine would do otherwise than the journal has it. For after the server has stopped."""
    settings = read_settings({"ANTIPHON_DATA": str(folder / "data")})
    return [str(each) for each in (await replay_call(settings, TENANT, call)).differences]


def overlap_ms(some: list[tuple[float, float]], others: list[tuple[float, float]]) -> float:
    """The longest time in which both were to be heard."""
    both = [min(a[1], b[1]) - max(a[0], b[0]) for a in some for b in others]
    return max([0.0, *both])


def heard_ms(record: Mapping[str, Any]) -> int:
    """How much of the agent's voice was heard, as the record has it."""
    return sum(spoken["heard_ms"] for spoken in record["transcript"] if spoken["who"] == "agent")
