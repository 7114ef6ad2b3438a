"""What the page hears, and when."""

from dataclasses import dataclass
from time import monotonic_ns

from playwright.async_api import Page

LOUD_LEVEL = 0.5
"""On the page's own meter, 0 to 1: the tone has 0.9."""
FAINT_LEVEL = 0.2
"""-50 dB: speech, down to its quiet sounds."""
WORD_GAP_MS = 250
"""Between words of one sentence the agent's voice is silent for up to this long."""
PAUSE_MS = 400
"""A silence after which somebody else may begin to speak."""
METER = """() => {
  window.meter = [];
  setInterval(() => window.meter.push([performance.now(), antiphon.call.levels().agent]), 10);
}"""
LOUD_AFTER = "([after, loud]) => meter.find(([at, level]) => at > after && level > loud)"
QUIET = "([ms, loud]) => meter.length > 0 && !meter.some(([at, level]) => at > performance.now() - ms && level > loud)"
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

    async def quiet(self) -> None:
        """Wait until nothing has been loud for a while, as somebody does who means to speak."""
        await self.page.wait_for_function(QUIET, arg=[PAUSE_MS, FAINT_LEVEL])

    async def audible(self) -> list[tuple[float, float]]:
        """When the agent was to be heard so far; gaps shorter than a pause between words do not count."""
        levels: list[tuple[float, float]] = await self.page.evaluate("meter")
        spans: list[tuple[float, float]] = []
        for at_ms in (at + self.offset_ms for at, level in levels if level > FAINT_LEVEL):
            goes_on = spans and at_ms - spans[-1][1] < WORD_GAP_MS
            began_ms = spans.pop()[0] if goes_on else at_ms
            spans.append((began_ms, at_ms))
        return spans

    async def loudest(self, from_ms: float, to_ms: float) -> float:
        """The highest level between two times that are over."""
        span = [from_ms - self.offset_ms, to_ms - self.offset_ms]
        levels: list[float] = await self.page.evaluate(LEVELS_BETWEEN, span)
        return max(levels)


def trusting(base: str) -> str:
    """The flag that gives a page on plain HTTP its microphone."""
    return f"--unsafely-treat-insecure-origin-as-secure={base}"


def now_ms() -> float:
    """CLOCK_MONOTONIC."""
    return monotonic_ns() / 1e6
