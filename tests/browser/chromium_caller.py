"""A caller in headless Chromium: the real page, the real WebRTC stack, a microphone fed with spoken clips."""

import base64
import io
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from antiphon.testing.caller import SimulatedCaller
from antiphon.testing.dialogue import have_dialogue

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
MICROPHONE = Path(__file__).with_name("microphone.js")
Say = Callable[[str], "np.ndarray[Any, np.dtype[np.int16]]"]
INTERRUPT_AFTER_S = 0.9
"""How far into the agent's sentence an interruption begins."""


@asynccontextmanager
async def chromium(*more_flags: str, executable: str = "/usr/bin/chromium") -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, headless=True, args=[*FLAGS, *more_flags]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def page_that_calls(browser: Browser, address: str) -> Page:
    """The demo page with a microphone made of clips, its call begun."""
    # The test's ear is a worklet from a blob; the page's own policy is strict.
    context = await browser.new_context(bypass_csp=True)
    page = await context.new_page()
    await page.add_init_script(path=MICROPHONE)
    await page.goto(address)
    await page.wait_for_function("() => !document.querySelector('[data-testid=talk]').disabled")
    await page.click("[data-testid=talk]")
    return page


class PageCaller:
    """Plays a simulated caller through the demo page. `say` turns words into 16 kHz PCM."""

    def __init__(self, page: Page, caller: SimulatedCaller, say: Say) -> None:
        self.page, self.caller, self._say = page, caller, say
        self.messages: list[dict[str, Any]] = []

    async def have_call(self) -> None:
        """Answer whatever the agent asks until the call is over."""
        await have_dialogue(self.caller, self._news, self._speak, self._overheard)

    async def _news(self, seen: int) -> list[dict[str, Any]]:
        await self.page.wait_for_function("n => window.test.messages.length > n", arg=seen, timeout=30_000)
        news = list(await self.page.evaluate("n => window.test.messages.slice(n)", seen))
        self.messages += news
        return news

    async def _overheard(self) -> None:
        before = await self.page.evaluate("window.test.samplesHeard()")
        wanted = before + int(INTERRUPT_AFTER_S * 48_000)
        await self.page.wait_for_function("n => window.test.samplesHeard() >= n", arg=wanted)

    async def _speak(self, words: str) -> None:
        await self.page.evaluate("clip => window.test.speak(clip)", _wav(self._say(words)))

    async def heard(self) -> "np.ndarray[Any, np.dtype[np.int16]]":
        """Everything the page received, 48 kHz."""
        pcm = base64.b64decode(await self.page.evaluate("window.test.takeHeard()"))
        return np.frombuffer(pcm, np.int16)


def _wav(pcm: "np.ndarray[Any, np.dtype[np.int16]]") -> str:
    return base64.b64encode(wav_of(pcm.tobytes())).decode()


def wav_of(pcm: bytes) -> bytes:
    """A file of 16 kHz PCM."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(16_000)
        wav.writeframes(pcm)
    return file.getvalue()
