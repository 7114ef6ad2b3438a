"""The demo page judged by axe-core, in every phase, light and dark, wide and narrow."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from antiphon.core.events import QualityMeasured, Speaker
from tests.page.stage import REFERENCE, have_booking, open_stage
from tests.page.visitor import DESK, PHONE, REFUSES, visit

pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"


SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter(each => each.effect.getTiming().iterations !== Infinity).map(each => each.finished)
)"""


async def violations(page: Page) -> list[str]:
    """What axe-core finds, rule and element."""
    await page.add_script_tag(path=AXE)
    await page.evaluate(SETTLED)  # a colour on its way to another is nobody's choice
    found: dict[str, Any] = await page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", PHONE)])
async def test_axe_finds_nothing_to_complain_about_in_any_phase(
    browser: Browser, scheme: Any, size: ViewportSize
) -> None:
    context = {"color_scheme": scheme, "bypass_csp": True, "reduced_motion": "reduce"}
    async with open_stage() as (stage, base), visit(browser, base, size=size, **context) as visitor:
        await visitor.sees("agents", "Juniper")
        assert [] == await violations(visitor.page)
        await visitor.part("devices").click()
        assert [] == await violations(visitor.page)
        await visitor.part("devices-done").click()
        await visitor.call()
        call = await stage.call()
        have_booking(call)
        call.tell(QualityMeasured(0, Speaker.AGENT, 2.9, 2.9, 2.9, 60, 940, 12.0, rtt_ms=80.0))
        await visitor.part("signal").wait_for()
        await visitor.sees("reference", REFERENCE)
        assert [] == await violations(visitor.page)
        await visitor.part("mute").click()
        assert [] == await violations(visitor.page)
        call.say_goodbye()
        await visitor.sees("ending", "Done")
        assert [] == await violations(visitor.page)


async def test_axe_finds_nothing_to_complain_about_when_the_microphone_is_refused(browser: Browser) -> None:
    refused = REFUSES % "NotAllowedError"
    async with (
        open_stage() as (_, base),
        visit(browser, base, before=refused, path="/demo/", bypass_csp=True) as visitor,
    ):
        await visitor.part("talk").click()
        await visitor.part("error").wait_for()
        assert [] == await violations(visitor.page)


async def test_the_choice_of_colours_is_remembered(browser: Browser) -> None:
    async with open_stage() as (_, base), visit(browser, base, color_scheme="light") as visitor:
        await visitor.part("theme").click()
        await visitor.page.reload()
        await visitor.sees("agents", "Juniper")
        paper = "getComputedStyle(document.documentElement).backgroundColor"
        assert "rgb(21, 23, 27)" == await visitor.page.evaluate(paper)
