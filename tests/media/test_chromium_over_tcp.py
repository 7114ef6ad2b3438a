"""Chromium where UDP is blocked: ICE over TCP (RFC 6544) to one port."""

import pytest

from antiphon.ports.leg import Closed, Connected, Play, TypedText
from tests.media.blocked_udp import block_udp, without_candidates
from tests.media.counter import Counter, settle
from tests.media.ear import Ear
from tests.media.test_chromium_hears_and_is_heard import browser_page, connect, heard_by, page_counter
from tests.media.tones import strongest_hz, tone

pytestmark = [pytest.mark.browser, pytest.mark.realtime]


def counts(desk: Counter) -> dict[str, float]:
    return dict(desk.door.counts())  # type: ignore[attr-defined]  # the door is the media core's


async def heard(ear: Ear, hz: float) -> None:
    """Wait for half a second of the browser's tone."""
    start = len(ear.pcm())
    await ear.until(lambda: len(ear.pcm()) > start + 2 * 16_000)
    assert hz == pytest.approx(strongest_hz(ear.pcm()[-16_000:], 16_000), abs=2)


async def test_where_udp_is_blocked_both_hear_each_other_over_one_tcp_port() -> None:
    async with page_counter("127.0.0.1:0") as (desk, url), browser_page() as page:
        answers = await block_udp(page)
        await connect(page, url, 440)
        assert " tcptype passive" in answers[0]
        answered, ear = desk.calls[0]
        answered.leg.order(Play(1, 0, tone(880, 4, 24_000), 24_000, last=True))
        assert 880 == pytest.approx((await heard_by(page, 880))["hz"], abs=6)
        await heard(ear, 440)
        assert "tcp" == (await page.evaluate("selectedPair()"))["protocol"]
        assert ["hello"] == [fact.text for fact in ear.of(TypedText)]
        assert 1 == len(ear.of(Connected))
        assert 1 <= counts(desk)["tcp_connections"]
        await page.evaluate("hangUp()")
        await ear.until(lambda: ear.of(Closed))
        await settle(lambda: 0 == counts(desk)["tcp_connections"])
        assert 0 == counts(desk)["tcp_dropped"]


async def test_a_call_over_tcp_takes_an_ice_restart() -> None:
    async with page_counter("127.0.0.1:0") as (desk, url), browser_page() as page:
        await block_udp(page)
        await connect(page, url, 440)
        answered, ear = desk.calls[0]
        await heard(ear, 440)
        offer = without_candidates(await page.evaluate("offerRestart()"))
        answer = without_candidates(await answered.signal.renegotiate(offer), "udp")
        assert " tcptype passive" in answer
        pair = await page.evaluate("sdp => acceptRestart(sdp)", answer)
        assert "tcp" == pair["protocol"]
        answered.leg.order(Play(1, 0, tone(880, 4, 24_000), 24_000, last=True))
        assert 880 == pytest.approx((await heard_by(page, 880))["hz"], abs=6)
        await heard(ear, 440)


async def test_where_udp_works_it_is_preferred() -> None:
    async with page_counter("127.0.0.1:0") as (desk, url), browser_page() as page:
        await connect(page, url, 440)
        await heard(desk.calls[0][1], 440)
        assert "udp" == (await page.evaluate("selectedPair()"))["protocol"]
