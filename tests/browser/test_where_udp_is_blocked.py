"""A network that lets only HTTP through: the page goes on over WebSocket by itself, and books as ever."""

from pathlib import Path

import pytest

from antiphon.testing.caller import CallerPlan, Interruption
from antiphon.testing.ears import level_dbfs
from antiphon.testing.server import server_process
from antiphon.testing.voices import Voices
from tests.browser.chromium_caller import chromium
from tests.browser.test_booking_in_chromium import ANSWERS, OPENING, at_16k, call_in, rows

pytestmark = [pytest.mark.realtime, pytest.mark.spoken, pytest.mark.browser]

BLOCKED = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
PLAN = CallerPlan(
    "interrupting", OPENING, ANSWERS, interruption=Interruption("confirm", "wait make it with daniel please")
)


async def test_a_haircut_is_booked_aloud_over_a_websocket_and_an_interruption_is_heard(warm_path: Path) -> None:
    voices = Voices(warm_path / "voices")
    async with server_process(warm_path) as server, chromium(BLOCKED) as browser:
        caller = await call_in(browser, server, PLAN, voices, "rms")
        way = await caller.page.text_content("#with")
        heard = at_16k(await caller.heard())
        channels = rows(server, "SELECT channel, outcome FROM calls ORDER BY started")
        people = rows(server, "SELECT stylist_id FROM salon_bookings")
    assert way is not None
    assert way.endswith("over WebSocket")
    assert ("websocket", "done") == channels[-1]
    assert [("daniel",)] == people
    assert level_dbfs(heard) > -45
    assert any(message["type"] == "heard" and message["cut"] for message in caller.messages)
