"""Calls over WebSocket, from outside: where UDP does not get through the same agent answers over HTTP's own connection."""

import asyncio
from pathlib import Path

import httpx2
import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from antiphon.core.errors import AntiphonError
from antiphon.gateway.stream import AT_ONCE
from antiphon.testing.caller import SimulatedCaller
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, server_process
from antiphon.testing.stream_caller import StreamCall, stream_call
from antiphon.testing.voices import Voices
from tests.calls.test_salon_by_voice import PLAN, check, record_of

pytestmark = [pytest.mark.realtime, pytest.mark.spoken]

PATIENCE_S = 30
"""For four seconds of speech, on a machine that other tests keep busy."""
GREETING = 4 * 32_000
"""Four seconds of the greeting, in bytes."""
STALL_S = 30
"""Less than the 35 s for which the server keeps a caller's place."""


async def test_a_haircut_is_booked_over_a_websocket(warm_path: Path) -> None:
    voices, caller = Voices(warm_path / "voices"), SimulatedCaller(PLAN)
    async with server_process(warm_path) as server, stream_call(server.base, TEST_KEY, "salon") as call:

        async def say(words: str) -> None:
            await call.say_all(voices.say(words, "rms"))

        await have_dialogue(caller, call.news, say)
        await call.until(lambda: call.closed, within_s=20)
        record = await record_of(server, call.call_id)
    check(record, channel="websocket")
    assert record["quality"]["caller"]["received"] > 500
    assert (0, None) == (record["quality"]["caller"]["lost"], record["quality"]["caller"]["rtt_ms"])
    assert record["quality"]["agent"] is None, "nobody reports how the agent's voice arrives"
    assert (1000, "call ended") == call.closed
    assert np.abs(np.frombuffer(call.heard, "<i2")).max() > 3_000
    replies = {reply for reply, _ in call.marks}
    assert len(replies) >= 5
    assert call.marks == sorted(call.marks)


async def test_an_interrupted_agent_stops_and_the_page_is_told_to_drop_the_rest(warm_path: Path) -> None:
    voices = Voices(warm_path / "voices")
    async with server_process(warm_path) as server, stream_call(server.base, TEST_KEY, "salon") as call:
        await call.until(lambda: len(call.heard) > 32_000)  # a second into the greeting
        await call.say_all(voices.say("i would like to book a haircut with maria", "rms", lead_ms=0))
        await call.until(lambda: call.cleared)
        cut = call.cleared[0]
        await call.until(lambda: any(reply > cut for reply, _ in call.marks))
        last = max(position_ms for reply, position_ms in call.marks if reply == cut)
        await call.send({"type": "hangup"})
        await call.until(lambda: call.closed)
        record = await record_of(server, call.call_id)
    greeting = record["transcript"][0]
    assert ("agent", True) == (greeting["who"], greeting["cut"])
    assert 800 < last < 3_500


async def test_a_microphone_that_hears_the_loudspeaker_interrupts_nobody_where_the_client_has_said_so(
    warm_path: Path,
) -> None:
    async with server_process(warm_path) as server:
        async with stream_call(server.base, TEST_KEY, "salon", echo_db=12.0) as call:
            await call.until(lambda: call.cleared, PATIENCE_S)  # the echo is there, and nobody was told of it
        async with stream_call(server.base, TEST_KEY, "salon", echo_db=12.0, echo_cancellation=False) as call:
            await call.until(lambda: call.cleared or len(call.heard) > GREETING, PATIENCE_S)
        assert [] == call.cleared


async def test_audio_that_a_stalled_network_held_up_comes_at_once_and_ends_no_call(warm_path: Path) -> None:
    async with server_process(warm_path) as server, stream_call(server.base, TEST_KEY, "salon") as call:
        await call.until(lambda: len(call.heard) > 3_200)
        for _ in range(STALL_S * 50):
            await call.send_raw(bytes(640))
        heard = len(call.heard)
        await call.until(lambda: call.closed or len(call.heard) > heard + 32_000)
        assert call.closed is None, "a second later the agent still speaks"


async def test_what_the_server_does_not_take_is_refused_with_its_reason(warm_path: Path) -> None:
    async with server_process(warm_path) as server:
        address = f"{server.base.replace('http', 'ws')}/api/voice/ws"
        with pytest.raises(InvalidStatus, match="403"):
            await connect(address)
        with pytest.raises(AntiphonError, match="no agent 'nobody'"):
            async with stream_call(server.base, TEST_KEY, "nobody"):
                pass
        for item, reason in ((bytes(9_000), "packet"), ("x" * 20_000, "characters")):
            async with stream_call(server.base, TEST_KEY, "salon") as call:
                await call.send_raw(item)
                await _closed(call)
                assert call.closed
                assert 1003 == call.closed[0]
                assert reason in call.closed[1]
        async with stream_call(server.base, TEST_KEY, "salon") as call:
            for _ in range(AT_ONCE + 300):
                await call.send_raw(bytes(640))
            await call.until(lambda: call.closed)
            assert call.closed
            assert 1003 == call.closed[0]
        async with stream_call(server.base, TEST_KEY, "salon") as call:
            for item in ("{", "[]", '{"type":"of another version"}', bytes(3), b""):
                await call.send_raw(item)
            await call.until(lambda: len(call.heard) > 3_200)
            assert call.closed is None
        await _no_calls_are_left(server.base)


async def _closed(call: StreamCall) -> None:
    await call.until(lambda: call.closed)


async def _no_calls_are_left(base: str) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TEST_KEY}"}) as client, asyncio.timeout(10):
        while "\nantiphon_calls 0" not in (await client.get(f"{base}/metrics")).text:
            pass
