"""A network that stays away until the browser gives up, and one that a caller leaves for another: the page finds its way back."""

import pytest

from antiphon.ports.leg import Closed, Restored, Suspended
from tests.network.lab import CLIENT_ELSEWHERE, Lab
from tests.network.staged import StagedLab, staged_call
from tests.network.wire import Conditions

pytestmark = [pytest.mark.browser, pytest.mark.realtime]

MOBILE = Conditions(delay_ms=20)
BACK_WITHIN_MS = 3_000
"""From the network's return. The page may be waiting between two attempts."""
NOTICED_WITHIN_MS = 5_000
"""Chromium tells its page after five to six seconds that packets no longer get through, and the call was back after 6.5 s. The page
counts by itself; measured: back after 3.4 s."""
HELD_WITHIN_MS = 2_000
TONE_S = 55
STEADY_MS = 1_500


async def whole_again_after(staged: StagedLab, at_ms: float) -> None:
    """Both hear each other soon after that time, the call is the same, and nobody was told of a fault."""
    page_ms = await staged.heard_by_page.loud_after(at_ms)
    server_ms = await staged.server_hears_after(at_ms)
    assert page_ms < at_ms + BACK_WITHIN_MS
    assert server_ms < at_ms + BACK_WITHIN_MS
    assert 1 == len(staged.stage.calls)
    assert [] == staged.heard_by_server.of(Closed)
    assert "live" == await staged.visitor.page.evaluate("antiphon.call.phase")
    assert not await staged.visitor.part("error").is_visible()


async def test_a_call_comes_back_after_twenty_seconds_without_a_network(lab: Lab) -> None:
    await lab.set(MOBILE)
    async with staged_call(lab) as staged:
        staged.call.play(1, TONE_S)
        await staged.heard_by_page.loud_after(await staged.heard_by_page.loud_after(0) + STEADY_MS)
        blackout = await lab.blackout(20)
        await whole_again_after(staged, blackout.ended_ms)
        assert blackout.blocked["server"] > 100
        assert 1 == len(staged.heard_by_server.of(Suspended))
        assert blackout.began_ms < staged.heard_by_server.of(Suspended)[0].at_ms < blackout.began_ms + HELD_WITHIN_MS


async def test_a_call_comes_along_when_the_caller_changes_networks(lab: Lab) -> None:
    await lab.set(MOBILE)
    async with staged_call(lab) as staged:
        staged.call.play(1, TONE_S)
        await staged.heard_by_page.loud_after(await staged.heard_by_page.loud_after(0) + STEADY_MS)
        moved_ms = await lab.move(CLIENT_ELSEWHERE)
        await staged.heard_by_server.until(lambda: staged.heard_by_server.of(Restored), within_s=20)
        restored_ms = staged.heard_by_server.of(Restored)[0].at_ms
        await whole_again_after(staged, restored_ms)
        assert restored_ms < moved_ms + NOTICED_WITHIN_MS
        assert await staged.heard_by_page.loudest(restored_ms - 1_000, restored_ms) < 0.1, (
            "the old address was of no use"
        )
