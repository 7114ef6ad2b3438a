"""A staged call through the lab: the gateway in the server's network, the page in the client's, a hum one way, a tone the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic_ns

import numpy as np
from playwright.async_api import Page

from tests.media.ear import Ear
from tests.network.lab import SERVER, Lab
from tests.page.stage import Stage, StagedCall, open_stage
from tests.page.visitor import Visitor, chromium, visit

LOUD_RMS = 300
"""Of 32768: the hum has 23,000; what is concealed over a gap has faded by then."""
LOUD_LEVEL = 0.5
"""On the page's own meter, 0 to 1: the tone has 0.9."""
METER = """() => {
  window.meter = [];
  setInterval(() => window.meter.push([performance.now(), antiphon.call.levels().agent]), 10);
}"""
LOUD_AFTER = "([after, loud]) => meter.find(([at, level]) => at > after && level > loud)"
LEVELS_BETWEEN = "([from, to]) => meter.filter(([at]) => at > from && at < to).map(([, level]) => level)"


@dataclass
class PageEar:
    """What the page hears, by the page's own meter read every 10 ms. Times are CLOCK_MONOTONIC in ms."""

    page: Page
    offset_ms: float

    @classmethod
    async def open(cls, page: Page) -> "PageEar":
        """Begin to listen. The page's clock runs with ours; the shortest of a few readings tells how far apart they are."""
        readings = []
        for _ in range(5):
            before = now_ms()
            theirs = float(await page.evaluate("performance.now()"))
            after = now_ms()
            readings.append((after - before, (before + after) / 2 - theirs))
        await page.evaluate(METER)
        return cls(page, min(readings)[1])

    async def loud_after(self, at_ms: float) -> float:
        """When the agent was first loud after that time; waits for it."""
        found = await self.page.wait_for_function(LOUD_AFTER, arg=[at_ms - self.offset_ms, LOUD_LEVEL])
        return float((await found.json_value())[0]) + self.offset_ms

    async def loudest(self, from_ms: float, to_ms: float) -> float:
        """The highest level between two times that are over."""
        span = [from_ms - self.offset_ms, to_ms - self.offset_ms]
        levels: list[float] = await self.page.evaluate(LEVELS_BETWEEN, span)
        return max(levels)


@dataclass
class StagedLab:
    """A live call: the visitor's page and what it hears, the call on the stage and what arrives there."""

    stage: Stage
    visitor: Visitor
    call: StagedCall
    heard_by_page: PageEar
    heard_by_server: Ear

    async def server_hears_after(self, at_ms: float) -> float:
        """When the hum first arrived after that time; waits for it."""
        await self.heard_by_server.until(lambda: self._hum_after(at_ms) is not None)
        found = self._hum_after(at_ms)
        assert found is not None
        return found

    def _hum_after(self, at_ms: float) -> float | None:
        frames = self.heard_by_server.frames
        return next((at for at, pcm in frames if at > at_ms and rms(pcm) > LOUD_RMS), None)


@asynccontextmanager
async def staged_call(lab: Lab) -> AsyncIterator[StagedLab]:
    """A page that has called, with media flowing."""
    async with AsyncExitStack() as open_here:
        with lab.server.inside():
            stage, base = await open_here.enter_async_context(open_stage(host=SERVER))
        with lab.client.inside():
            browser = await open_here.enter_async_context(chromium(trusting(base)))
        visitor = await open_here.enter_async_context(visit(browser, base))
        await visitor.call()
        call = await stage.call()
        ear = Ear()
        call.leg.attach(ear)
        yield StagedLab(stage, visitor, call, await PageEar.open(visitor.page), ear)


def trusting(base: str) -> str:
    """The flag that gives a page on plain HTTP its microphone."""
    return f"--unsafely-treat-insecure-origin-as-secure={base}"


def now_ms() -> float:
    """CLOCK_MONOTONIC."""
    return monotonic_ns() / 1e6


def rms(pcm: bytes) -> float:
    """Of 16-bit samples."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
