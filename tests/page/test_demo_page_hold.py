"""A caller who holds the call: nothing is said or listened to until it is taken up again, whatever carries it."""

import pytest
from playwright.async_api import Browser

from antiphon.ports.leg import Played, Restored, Suspended
from tests.page.blocked import nowhere
from tests.page.stage import StagedCall, open_stage
from tests.page.visitor import Visitor, visit

pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.asyncio(loop_scope="session")]
SILENT = "() => antiphon.call.levels().agent < 0.02"
LOUD = "() => antiphon.call.levels().agent > 0.4"


def suspended(call: StagedCall) -> list[bool]:
    return [fact.on_hold for fact in call.facts if isinstance(fact, Suspended)]


async def holds_and_takes_up(visitor: Visitor, call: StagedCall) -> None:
    call.play(1, 6)
    await visitor.page.wait_for_function(LOUD)
    await visitor.part("on-hold").click()
    await call.until(lambda: suspended(call) == [True])
    await visitor.sees("state", "On hold")
    await visitor.sees("on-hold", "Resume")
    assert "true" == await visitor.part("on-hold").get_attribute("aria-pressed")
    await visitor.page.wait_for_function(SILENT)
    played = len([fact for fact in call.facts if isinstance(fact, Played)])
    since = await visitor.page.evaluate("performance.now()")
    await visitor.page.wait_for_function("since => performance.now() > since + 1500", arg=since)
    assert played == len([fact for fact in call.facts if isinstance(fact, Played)]), "nothing was said meanwhile"
    await visitor.part("on-hold").click()
    await call.until(lambda: any(isinstance(fact, Restored) for fact in call.facts))
    await visitor.page.wait_for_function(LOUD)
    await visitor.sees("on-hold", "Hold")
    assert await call.loudness() > 300
    await call.until(lambda: any(isinstance(fact, Played) and fact.done for fact in call.facts))


async def test_over_webrtc(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        await holds_and_takes_up(visitor, call)
        assert ("webrtc", []) == (call.leg.profile.channel, visitor.complaints)


async def test_over_a_websocket(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.page.route("**/api/voice/offer", nowhere)
        await visitor.page.route_web_socket("**/api/voice/signal*", lambda socket: None)
        await visitor.call()
        call = await stage.call(2)
        await holds_and_takes_up(visitor, call)
        assert "websocket" == call.leg.profile.channel
