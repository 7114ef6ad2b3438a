"""The demo page in headless Chromium: a call from the first look to the picture of it."""

import pytest
from playwright.async_api import Browser

from antiphon.core import commands as cm
from antiphon.core.events import InterimHeard, QualityMeasured, Speaker
from antiphon.ports.leg import Closed, Suspended, TypedText
from tests.page.stage import REFERENCE, have_booking, open_stage
from tests.page.visitor import PHONE, visit

pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.asyncio(loop_scope="session")]


async def test_the_key_leaves_the_address_and_the_agents_are_shown(browser: Browser) -> None:
    async with open_stage() as (_, base), visit(browser, base) as visitor:
        await visitor.sees("agents", "Juniper Hair and Nails")
        await visitor.sees("agents", "no such slot")
        await visitor.sees("examples", "A haircut on Tuesday")
        assert f"{base}/demo/?mic=test" == visitor.page.url
        assert [] == visitor.complaints


async def test_a_booking_is_seen_as_it_happens_and_remains_as_a_picture(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        have_booking(call)
        await visitor.sees("reference", REFERENCE)
        assert "Hello, this is Juniper. How can" == await visitor.part("heard").text_content()
        assert "I help?" == await visitor.part("unheard").text_content()
        assert "2:30 PM" == await visitor.part("slot-time").text_content()
        assert "Tuesday, November 24" == await visitor.part("slot-date").text_content()
        assert "Book appointment31 ms" == await visitor.part("tool-book_appointment").text_content()
        assert "speaking" == await visitor.part("state").get_attribute("data-state")
        call.say_goodbye()
        await visitor.sees("ending", "Done, after")
        drawn = "() => document.querySelector('#timeline').naturalWidth"
        await visitor.part("timeline").evaluate("image => image.decode()")
        assert await visitor.page.evaluate(drawn) > 100
        journal = await visitor.part("journal-link").get_attribute("href")
        assert f"{base}/api/calls/call_1/journal" == journal
        assert [] == visitor.complaints


def measured(speaker: Speaker, mos: float, lost: int) -> QualityMeasured:
    return QualityMeasured(0, speaker, mos, mos, mos, lost, 1_000 - lost, 5.0, rtt_ms=40.0)


async def test_the_mark_of_the_connection_follows_the_worse_voice_and_the_record_has_the_last_word(
    browser: Browser,
) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call, mark = await stage.call(), visitor.part("signal")
        assert await mark.is_hidden()
        call.tell(measured(Speaker.CALLER, 4.36, 0))
        await mark.and_(visitor.page.locator("[data-grade='4']")).wait_for()
        call.tell(measured(Speaker.AGENT, 3.2, 70))
        await mark.and_(visitor.page.locator("[data-grade='2']")).wait_for()
        assert "Connection: fair" in await mark.get_attribute("aria-label")
        assert "The agent’s voice: 3.2 of 4.5, 7.0 % lost" in await mark.get_attribute("title")
        call.say_goodbye()
        await visitor.sees(
            "sound", "Connection good: your voice 4.4 (0.8 % lost), agent’s 3.9 (0.8 % lost), round trip 48"
        )
        assert await mark.is_hidden()
        assert [] == visitor.complaints


async def test_words_are_shown_while_they_are_spoken_and_replaced_when_they_are_final(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        call.tell(InterimHeard(0, 1, "a hair"))
        await visitor.sees("interim", "a hair")
        call.tell(cm.TurnTaken(1, "a haircut", 0, 10))
        await visitor.sees("turn-caller", "a haircut")
        assert "" == await visitor.part("interim").text_content()


async def test_muted_means_silence_and_holding_the_space_bar_lets_the_caller_speak(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        assert await call.loudness() > 300
        await visitor.part("mute").click()
        await visitor.page.evaluate("document.activeElement.blur()")
        await visitor.part("hold").wait_for()
        await call.loudness()
        assert await call.loudness() < 30
        await visitor.page.keyboard.down("Space")
        await call.loudness()
        assert await call.loudness() > 300
        await visitor.page.keyboard.up("Space")
        await call.loudness()
        assert await call.loudness() < 30


async def test_the_agents_voice_moves_the_ring_and_is_recorded_for_tests(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        call.play(1, 3)
        loud = (
            "() => new Promise(done => { const look = () => antiphon.call.levels().agent > 0.5 ? done(true)"
            " : requestAnimationFrame(look); look() })"
        )
        assert await visitor.page.evaluate(loud)
        enough = (
            "() => new Promise(done => antiphon.receivedRecorder.addEventListener('dataavailable',"
            " () => antiphon.recorded().size > 2000 && done()))"
        )
        await visitor.page.evaluate(enough)
        await visitor.part("hangup").click()
        await call.until(lambda: any(isinstance(fact, Closed) for fact in call.facts))
        assert "inactive" == await visitor.page.evaluate("antiphon.receivedRecorder.state")


async def test_a_whole_call_needs_no_mouse(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.page.wait_for_selector("[data-testid=talk]:enabled")
        keyboard = visitor.page.keyboard
        await visitor.part("agent-salon").focus()
        await keyboard.press("ArrowDown")
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        call = await stage.call()
        await visitor.page.wait_for_selector("body[data-phase=live]")
        assert "bikes" == stage.visitors[0].agent
        for wanted in ("mute", "on-hold", "hangup", "text-input"):
            await keyboard.press("Tab")
            assert wanted == await visitor.page.evaluate("document.activeElement.dataset.testid")
        await keyboard.type("a new tyre")
        await keyboard.press("Enter")
        await call.until(lambda: any(isinstance(fact, TypedText) for fact in call.facts))
        assert ["a new tyre"] == [fact.text for fact in call.facts if isinstance(fact, TypedText)]
        await keyboard.press("Shift+Tab")
        await keyboard.press("Enter")
        await visitor.page.wait_for_selector("body[data-phase=ended]")
        await call.until(lambda: any(isinstance(fact, Closed) for fact in call.facts))


async def test_leaving_the_page_silences_the_agent_at_once_and_ends_the_call_when_nobody_comes_back(
    browser: Browser,
) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        await visitor.page.goto("about:blank")
        await call.until(lambda: any(isinstance(fact, Suspended) for fact in call.facts))
        await call.until(lambda: any(isinstance(fact, Closed) for fact in call.facts), within_s=45)


async def test_nothing_is_wider_than_a_phone(browser: Browser) -> None:
    wide = "document.documentElement.scrollWidth - innerWidth"
    async with open_stage() as (stage, base), visit(browser, base, size=PHONE) as visitor:
        await visitor.sees("agents", "Juniper")
        assert 0 >= await visitor.page.evaluate(wide)
        await visitor.call()
        call = await stage.call()
        have_booking(call)
        await visitor.sees("reference", REFERENCE)
        assert 0 >= await visitor.page.evaluate(wide)
        for testid in ("mute", "hangup", "text-input"):
            box = await visitor.part(testid).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        call.say_goodbye()
        await visitor.sees("ending", "Done")
        assert 0 >= await visitor.page.evaluate(wide)
