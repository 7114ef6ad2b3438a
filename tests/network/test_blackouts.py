"""The network goes away in the middle of a call and comes back: the call does too, by itself."""

import pytest

from antiphon.ports.leg import Closed
from tests.network.lab import Lab
from tests.network.staged import staged_call
from tests.network.wire import Conditions

pytestmark = [pytest.mark.browser, pytest.mark.realtime]

MOBILE = Conditions(delay_ms=20)
BACK_WITHIN_MS = 1_000
PACKETS_PER_SECOND = 50


@pytest.mark.parametrize("seconds", [4, 8, 12])
async def test_both_are_heard_again_within_a_second_of_the_networks_return(lab: Lab, seconds: int) -> None:
    await lab.set(MOBILE)
    async with staged_call(lab) as staged:
        staged.call.play(1, seconds + 30)
        await staged.heard_by_page.loud_after(0)
        blackout = await lab.blackout(seconds)
        page_ms = await staged.heard_by_page.loud_after(blackout.ended_ms) - blackout.ended_ms
        server_ms = await staged.server_hears_after(blackout.ended_ms) - blackout.ended_ms
        assert blackout.blocked["server"] > 3 * PACKETS_PER_SECOND  # Chromium itself falls silent after 7 s
        assert await staged.heard_by_page.loudest(blackout.ended_ms - 1_000, blackout.ended_ms) < 0.1
        assert page_ms < BACK_WITHIN_MS
        assert server_ms < BACK_WITHIN_MS
        assert [] == staged.heard_by_server.of(Closed)
        assert "live" == await staged.visitor.page.evaluate("antiphon.call.phase")
        assert [] == staged.visitor.complaints
