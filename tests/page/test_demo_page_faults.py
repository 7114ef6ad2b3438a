"""What the demo page says when something is missing, and what it offers."""

import pytest
from playwright.async_api import Browser

from antiphon.ports.leg import Close
from tests.media.blocked_udp import block_udp
from tests.page.blocked import nowhere
from tests.page.stage import INSECURE_HOST, open_stage
from tests.page.visitor import REFUSES, Visitor, chromium, visit

pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.asyncio(loop_scope="session")]


async def kind(visitor: Visitor) -> str:
    await visitor.part("error").wait_for()
    return str(await visitor.part("error").get_attribute("data-kind"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("NotAllowedError", "microphone_refused"),
        ("NotFoundError", "no_microphone"),
        ("NotReadableError", "microphone_busy"),
    ],
)
async def test_without_a_microphone_the_caller_may_type(browser: Browser, error: str, expected: str) -> None:
    async with open_stage() as (stage, base), visit(browser, base, before=REFUSES % error, path="/demo/") as visitor:
        await visitor.part("talk").click()
        assert expected == await kind(visitor)
        await visitor.part("type-instead").click()
        await visitor.page.wait_for_selector("body[data-phase=live]")
        await stage.call()
        assert not await visitor.part("error").is_visible()


async def test_a_page_without_a_key_says_where_to_get_one(browser: Browser) -> None:
    async with open_stage() as (_, base), visit(browser, base, key=None) as visitor:
        assert "unauthorized" == await kind(visitor)
        await visitor.sees("error", "antiphon link")
        assert await visitor.part("talk").is_disabled()


async def test_a_key_used_before_still_lets_its_own_browser_in(browser: Browser) -> None:
    async with open_stage() as (_, base), visit(browser, base) as visitor:
        await visitor.sees("agents", "Juniper")
        await visitor.page.goto(f"{base}/demo/?again#key=once")
        await visitor.sees("agents", "Juniper")
        assert not await visitor.part("error").is_visible()


async def test_a_full_house_asks_to_try_again(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        stage.full = True
        await visitor.part("talk").click()
        assert "busy" == await kind(visitor)
        stage.full = False
        await visitor.part("retry").click()
        await visitor.page.wait_for_selector("body[data-phase=live]")


async def test_an_insecure_origin_is_told_how_to_become_secure() -> None:
    rule = f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"
    async with chromium(rule) as browser, open_stage() as (_, base):
        insecure = base.replace("127.0.0.1", INSECURE_HOST)
        async with visit(browser, insecure, before="window.testMicrophone = undefined;", path="/demo/") as visitor:
            assert "insecure_origin" == await kind(visitor)
            await visitor.sees("error", "ANTIPHON_TLS=auto")
            await visitor.part("type-instead").click()
            await visitor.page.wait_for_selector("body[data-phase=live]")


async def test_where_udp_is_blocked_the_call_goes_on_over_a_websocket_and_says_so(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.page.route("**/api/voice/offer", nowhere)
        await visitor.page.route_web_socket("**/api/voice/signal*", lambda socket: None)
        await visitor.call()
        call = await stage.call(2)
        assert "websocket" == call.leg.profile.channel
        assert ["call_1"] == stage.hung_up
        assert not await visitor.part("error").is_visible()


async def test_where_udp_is_blocked_and_media_has_a_tcp_port_the_call_needs_no_websocket(browser: Browser) -> None:
    async with open_stage(tcp="127.0.0.1:0") as (stage, base), visit(browser, base) as visitor:
        answers = await block_udp(visitor.page)
        await visitor.page.route_web_socket("**/api/voice/signal*", lambda socket: None)
        await visitor.call()
        call = await stage.call()
        assert 1 == len(answers)
        assert "webrtc" == call.leg.profile.channel
        await visitor.sees("with", "over TCP")
        assert await call.loudness() > 100
        assert (["call_1"], []) == (list(stage.calls), stage.hung_up)


async def test_a_network_that_blocks_every_way_is_told_apart_from_a_dead_server(browser: Browser) -> None:
    async with open_stage() as (_, base), visit(browser, base) as visitor:
        await visitor.page.route("**/api/voice/offer", nowhere)
        await visitor.page.route_web_socket("**/api/voice/signal*", lambda socket: None)
        await visitor.page.route_web_socket("**/api/voice/ws*", lambda socket: socket.close(code=1011))
        await visitor.part("talk").click()
        assert "network_blocked" == await kind(visitor)
        await visitor.sees("error", "ANTIPHON_PUBLIC_ADDRESS")


async def test_a_server_that_dies_in_a_call_is_named(browser: Browser) -> None:
    async with open_stage() as (stage, base), visit(browser, base) as visitor:
        await visitor.call()
        call = await stage.call()
        for path in ("**/healthz", "**/api/voice/offer"):
            await visitor.page.route(path, lambda route: route.abort())
        await visitor.page.route_web_socket("**/api/voice/ws*", lambda socket: socket.close(code=1011))
        call.leg.order(Close("the process died"))
        assert "server_gone" == await kind(visitor)
