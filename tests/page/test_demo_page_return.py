"""A page that loses its call and comes back to it: reloaded, cut off, moved to another connection."""

import pytest
from playwright.async_api import Browser

from antiphon.core import commands as cm
from antiphon.ports.leg import Restored, Suspended, TypedText
from tests.page.blocked import nowhere
from tests.page.stage import StagedCall, open_stage
from tests.page.visitor import Visitor, visit

LOUD = (
    "() => new Promise(done => { const look = () => antiphon.call.levels().agent > 0.5 ? done(true)"
    " : requestAnimationFrame(look); look() })"
)
pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.asyncio(loop_scope="session")]


async def restored(call: StagedCall, times: int = 1) -> list[bool]:
    """Wait until the leg was restored so often; over new connections or the old one."""
    await call.until(lambda: sum(isinstance(fact, Restored) for fact in call.facts) >= times)
    return [fact.anew for fact in call.facts if isinstance(fact, Restored)]


async def types(visitor: Visitor, text: str) -> None:
    await visitor.part("text-input").fill(text)
    await visitor.part("text-input").press("Enter")


async def test_a_reloaded_page_goes_on_with_its_call_and_the_agent_with_its_sentence(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        call.play(1, 8)
        await visitor.page.evaluate(LOUD)
        await visitor.page.reload()
        assert [True] == await restored(call)
        await visitor.page.wait_for_selector("body[data-phase=live]")
        await visitor.page.mouse.click(5, 5)  # browsers let a reloaded page be heard after a gesture
        await visitor.page.evaluate(LOUD)
        assert await call.loudness() > 300
        await types(visitor, "here again")
        await call.until(lambda: any(isinstance(fact, TypedText) for fact in call.facts))
        assert (1, []) == (len(stage.calls), stage.hung_up)
        assert [False] == [fact.on_hold for fact in call.facts if isinstance(fact, Suspended)]


async def test_a_page_reloaded_in_a_call_over_websocket_goes_on_with_it(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.page.route("**/api/voice/offer", nowhere)
        await visitor.page.route_web_socket("**/api/voice/signal*", lambda socket: None)
        await visitor.call()
        call = await stage.call(2)
        call.play(1, 8)
        await visitor.page.evaluate(LOUD)
        await visitor.page.reload()
        assert [True] == await restored(call)
        await visitor.page.wait_for_selector("body[data-phase=live]")
        await visitor.page.mouse.click(5, 5)
        await visitor.page.evaluate(LOUD)
        assert await call.loudness() > 300
        await types(visitor, "here again")
        await call.until(lambda: any(isinstance(fact, TypedText) for fact in call.facts))
        await visitor.sees("with", "over WebSocket")
        assert (2, ["call_1"]) == (len(stage.calls), stage.hung_up)


async def test_a_page_reloaded_twice_comes_back_twice(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        for times in (1, 2):
            await visitor.page.reload()
            await restored(call, times)
            await visitor.page.wait_for_selector("body[data-phase=live]")
        assert 1 == len(stage.calls)


async def test_a_page_that_is_told_the_call_from_its_beginning_shows_it_once(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        for _ in range(2):
            call.greet_page()
            call.tell(cm.TurnTaken(1, "a haircut", 0, 10))
            await visitor.sees("turn-caller", "a haircut")
        assert 1 == await visitor.part("turn-caller").count()
