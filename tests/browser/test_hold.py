"""A real agent whose caller holds the call for longer than it would wait for an answer: it does not ask again, and goes on."""

from pathlib import Path

import pytest

from antiphon.core.policy import ConversationPolicy
from antiphon.testing.server import server_process
from tests.browser.chromium_caller import chromium
from tests.browser.test_coming_back import HUM, types

pytestmark = [pytest.mark.realtime, pytest.mark.browser]
PAST_REPROMPT_MS = ConversationPolicy().caller_silence_ms + 3_000


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
async def test_nobody_who_holds_is_asked_again(warm_path: Path, way: str) -> None:
    blocked = ["--webrtc-ip-handling-policy=disable_non_proxied_udp"] if way == "websocket" else []
    async with server_process(warm_path) as server, chromium(*blocked) as browser:
        page = await browser.new_page()
        page.set_default_timeout(30_000)
        await page.add_init_script(HUM)
        await page.goto(server.page.replace("/demo/", "/demo/?mic=test"))
        await page.locator("[data-testid=talk]:enabled").click()
        await page.get_by_test_id("turn-agent").first.wait_for()
        await page.locator("[data-testid=state][data-state=listening]").wait_for()
        assert way == await page.evaluate("antiphon.call.way")
        await page.get_by_test_id("on-hold").click()
        await page.get_by_test_id("state").filter(has_text="On hold").wait_for()
        turns = await page.get_by_test_id("turn-agent").count()
        since = await page.evaluate("performance.now()")
        await page.wait_for_function("at => performance.now() > at", arg=since + PAST_REPROMPT_MS)
        assert turns == await page.get_by_test_id("turn-agent").count(), "nobody is asked again"
        await page.get_by_test_id("on-hold").click()
        await types(page, "I would like a haircut with Maria")
        await page.get_by_test_id("slot-person").wait_for()
        await page.get_by_test_id("turn-agent").nth(turns).wait_for()
