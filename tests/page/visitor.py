"""A visitor of the demo page: headless Chromium with a microphone that hums, driven by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser.chromium_caller import FLAGS

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=800)
HUM = """
  const context = new AudioContext(), hum = context.createOscillator(), out = context.createMediaStreamDestination();
  hum.frequency.value = 300; hum.connect(out); hum.start(); context.resume();
  window.testMicrophone = out.stream;
"""
REFUSES = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s') };"


class Visitor:
    """The page and everything it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def part(self, testid: str) -> Any:
        """An element by its hook."""
        return self.page.get_by_test_id(testid)

    async def call(self) -> None:
        """Press the orb and wait until media flows."""
        await self.part("talk").click()
        await self.page.wait_for_selector("body[data-phase=live]")

    async def sees(self, testid: str, text: str) -> None:
        """Wait for a text in a place."""
        await self.part(testid).filter(has_text=text).first.wait_for()


@asynccontextmanager
async def chromium(*more_flags: str) -> AsyncIterator[Browser]:
    """Debian's Chromium, headless, with more flags than a caller's."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *more_flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(
    browser: Browser,
    base: str,
    *,
    key: str | None = "once",
    size: ViewportSize = DESK,
    before: str = "",
    path: str = "/demo/?mic=test",
    **context: Any,
) -> AsyncIterator[Visitor]:
    """Open the page with a one-time key. `before` is JavaScript that runs ahead of the page's own."""
    opened = await browser.new_context(viewport=size, **context)
    try:
        page = await opened.new_page()
        page.set_default_timeout(12_000)
        await page.add_init_script(HUM + before)
        visitor = Visitor(page)
        await page.goto(base + path + (f"#key={key}" if key else ""))
        yield visitor
    finally:
        await opened.close()
