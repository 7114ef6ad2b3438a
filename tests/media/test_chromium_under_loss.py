"""A browser behind a bad network: what is lost is heard from the copies in later packets (RED, RFC 2198), both ways."""

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from antiphon.ports.door import Answered, Door
from antiphon.ports.leg import Play
from antiphon.testing.lossy_link import LossyLink, Weather, first_address, hide, lossy_link
from antiphon.wiring.media import open_media
from tests.media.counter import Counter, serving, settle
from tests.media.test_chromium_hears_and_is_heard import PAGE, browser_page, heard_by, page_counter
from tests.media.tones import strongest_hz, tone

CLEAR, BAD = Weather(), Weather(loss=0.15)


class DoorInBadWeather:
    """A door whose callers reach it through a lossy link only."""

    def __init__(self, door: Door, links: AsyncExitStack) -> None:
        self._door, self._links = door, links
        self.link: LossyLink | None = None

    async def answer(self, sdp: str) -> Answered:
        answered = await self._door.answer(hide(sdp))
        self.link = await self._links.enter_async_context(lossy_link(first_address(answered.sdp), 1, CLEAR, CLEAR))
        return Answered(answered.leg, self.link.lead_through(answered.sdp), answered.signal)


async def concealed_and_lost(page: Page) -> tuple[float, int, int]:
    """Samples the browser made up, of how many it played, and packets it never got."""
    inbound = (await page.evaluate("streams()"))["inbound-rtp"]
    return inbound["concealedSamples"], inbound["totalSamplesReceived"], inbound["packetsLost"]


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_sends_copies_and_is_sent_them_once_packets_are_lost() -> None:
    async def html(_: Request) -> HTMLResponse:
        return HTMLResponse(PAGE.read_text())

    async with open_media() as doors, AsyncExitStack() as links, browser_page() as page:
        door = DoorInBadWeather(doors.webrtc, links)
        counter = Counter(door, Route("/", html))
        async with serving(counter.app) as base:
            await page.goto(base)
            await page.evaluate("connect(440)")
            answered, ear = counter.calls[0]
            answered.leg.order(Play(1, 0, tone(880, 50, 24_000), 24_000, last=True))
            await heard_by(page, 880)
            assert door.link is not None
            door.link.change(BAD, BAD)
            await settle(lambda: doors.webrtc.counts()["mode_changes"], within_s=20)
            known, lost_up = len(ear.pcm()), door.link.up.lost
            concealed, played, lost = await concealed_and_lost(page)
            ours = doors.webrtc.counts()
            await ear.until(lambda: len(ear.pcm()) > known + 10 * 16_000, within_s=20)
            concealed_after, played_after, lost_after = await concealed_and_lost(page)
            ours_after = doors.webrtc.counts()
            assert lost_after - lost > 40 < door.link.up.lost - lost_up, "the loss must have happened"
            assert (concealed_after - concealed) / (played_after - played) < 0.05
            assert ours_after["recovered_by_red"] - ours["recovered_by_red"] > 3 * (ours_after["lost"] - ours["lost"])
            await heard_by(page, 880)
            assert 440 == pytest.approx(strongest_hz(ear.pcm()[-16_000:], 16_000), abs=2)
            await page.evaluate("hangUp()")


@pytest.mark.browser
@pytest.mark.realtime
async def test_chromium_sends_a_copy_along_before_anything_is_lost_unless_its_offer_leaves_copies_out() -> None:
    bytes_a_packet = []
    async with page_counter() as (desk, url), browser_page() as page:
        for redundant in (True, False):
            await page.goto(url)
            await page.evaluate("redundant => connect(440, { redundant })", redundant)
            ear = desk.calls[-1][1]
            await ear.until(lambda ear=ear: len(ear.pcm()) > 2 * 16_000)  # type: ignore[misc]
            sent = (await page.evaluate("streams()"))["outbound-rtp"]
            bytes_a_packet.append(sent["bytesSent"] / sent["packetsSent"])
    with_copies, without = bytes_a_packet
    assert with_copies > 1.7 * without
