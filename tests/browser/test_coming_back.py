"""A page reloaded in the middle of a real call: it tells the call from its beginning, and it is one call."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from antiphon.testing.server import server_process
from tests.browser.chromium_caller import chromium
from tests.browser.test_booking_in_chromium import rows

pytestmark = [pytest.mark.realtime, pytest.mark.browser]

HUM = """
  const context = new AudioContext(), out = context.createMediaStreamDestination();
  window.testMicrophone = out.stream;
"""


async def types(page: Page, text: str) -> None:
    await page.get_by_test_id("text-input").fill(text)
    await page.get_by_test_id("text-input").press("Enter")


async def test_a_page_reloaded_in_mid_call_goes_on_with_all_it_knew(warm_path: Path) -> None:
    async with server_process(warm_path) as server, chromium() as browser:
        page = await browser.new_page()
        page.set_default_timeout(30_000)
        await page.add_init_script(HUM)
        await page.goto(server.page.replace("/demo/", "/demo/?mic=test"))
        await page.locator("[data-testid=talk]:enabled").click()
        await page.get_by_test_id("turn-agent").first.wait_for()
        await types(page, "I would like a haircut with Maria")
        await page.get_by_test_id("slot-person").wait_for()
        await page.reload()
        await page.wait_for_selector("body[data-phase=live]")
        await page.get_by_test_id("slot-person").wait_for()
        assert 1 == await page.get_by_test_id("turn-caller").count()
        turns = await page.get_by_test_id("turn-agent").count()
        await types(page, "next Tuesday at half past two")
        await page.get_by_test_id("turn-agent").nth(turns).wait_for()
        await page.get_by_test_id("hangup").click()
        await page.get_by_test_id("ending").filter(has_text="after").wait_for()
        calls = rows(server, "SELECT channel, end_reason FROM calls")
        call = await page.evaluate("window.antiphon.call.id")
        record = await page.evaluate("async call => await (await fetch(`/api/calls/${call}`)).json()", call)
    assert [("webrtc", "the caller hung up")] == calls
    assert ("maria", "14:30") == (record["slots"]["person"]["value"], record["slots"]["time"]["value"])
    assert ["I would like a haircut with Maria", "next Tuesday at half past two"] == [
        turn["text"] for turn in record["transcript"] if turn["who"] == "caller"
    ]
