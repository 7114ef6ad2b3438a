"""The media core and a browser: a tone both ways, through core, eventfd and drain."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from antiphon.ports.leg import Closed, Connected, Notify, Play, TypedText
from tests.media.counter import Counter, open_counter
from tests.media.opus_configurations import ABOVE_WIDEBAND, WIDEBAND
from tests.media.tones import level_db, strongest_hz, tone

PAGE = Path(__file__).with_name("tone_page.html")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
]
CALLS = 4


@asynccontextmanager
async def page_counter(tcp: str | None = None) -> AsyncIterator[tuple[Counter, str]]:
    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(PAGE.read_text())

    async with open_counter(Route("/", page), tcp=tcp) as (counter, base):
        yield counter, base


@asynccontextmanager
async def browser_page(*more_flags: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        flags = [flag for flag in FLAGS if not any(flag.split("=")[0] == more.split("=")[0] for more in more_flags)]
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*flags, *more_flags])
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def connect(page: Page, url: str, hz: int) -> dict[str, float]:
    await page.goto(url)
    return dict(await page.evaluate("hz => connect(hz)", hz))


async def heard_by(page: Page, hz: float) -> dict[str, Any]:
    near = "hz => { const now = heard(); return Math.abs(now.hz - hz) < 12 && now.db > -50 ? now : null }"
    return dict(await (await page.wait_for_function(near, arg=hz, timeout=8_000)).json_value())


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_hears_our_tone_and_we_hear_its() -> None:
    async with page_counter() as (desk, url), browser_page() as page:
        await connect(page, url, 440)
        answered, ear = desk.calls[0]
        answered.leg.order(Play(1, 0, tone(880, 6, 24_000), 24_000, last=True))
        answered.leg.order(Notify('{"type": "state"}'))
        heard = await heard_by(page, 880)
        assert 880 == pytest.approx(heard["hz"], abs=6)
        await ear.until(lambda: len(ear.pcm()) > 2 * 16_000)
        last = ear.pcm()[-16_000:]
        assert 440 == pytest.approx(strongest_hz(last, 16_000), abs=2)
        assert level_db(last) > -25
        assert ["hello"] == [fact.text for fact in ear.of(TypedText)]
        assert ['{"type": "state"}'] == await page.evaluate("state.messages")
        assert 1 == len(ear.of(Connected))
        stats = await page.evaluate("received()")
        assert stats["packets"] > 50
        assert 0 == stats["lost"]
        assert "SRTP_AEAD_AES_256_GCM" == await page.evaluate("sealed()")
        await page.evaluate("hangUp()")
        await ear.until(lambda: ear.of(Closed))


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_encodes_no_more_than_we_hear_because_the_answer_says_so() -> None:
    hint = "maxplaybackrate=16000;"
    async with page_counter() as (desk, url), browser_page() as page:
        for deaf_to, to_hear in (("", WIDEBAND), (hint, ABOVE_WIDEBAND)):
            await page.goto(url)
            await page.evaluate("deafTo => connect(440, { redundant: false, watched: true, deafTo })", deaf_to)
            await desk.calls[-1][1].until(lambda: len(desk.calls[-1][1].pcm()) > 3 * 16_000)
            used = set(await page.evaluate("[...state.configurations]"))
            assert used
            assert used <= to_hear if not deaf_to else used & to_hear, f"deaf to {deaf_to!r}: {used}"


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_that_hides_its_addresses_connects_too() -> None:
    async with page_counter() as (desk, url), browser_page("--enable-features=WebRtcHideLocalIpsWithMdns") as page:
        await connect(page, url, 440)
        _, ear = desk.calls[0]
        await ear.until(lambda: len(ear.pcm()) > 16_000)
        assert 440 == pytest.approx(strongest_hz(ear.pcm()[-8_000:], 16_000), abs=3)


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_calls_again_and_again_from_one_page() -> None:
    async with page_counter() as (desk, url), browser_page() as page:
        for _ in range(CALLS):
            await connect(page, url, 440)
            await page.evaluate("hangUp()")
        assert CALLS == len(desk.calls)
        for _, ear in desk.calls:
            await ear.until(lambda ear=ear: ear.of(Closed))  # type: ignore[misc]
            assert 1 == len(ear.of(Connected))
