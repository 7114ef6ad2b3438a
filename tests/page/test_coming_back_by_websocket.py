"""The way back over WebSocket: to a call that had one, to a call over WebRTC, and from there; the real gateway and media core."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from antiphon.call.session import MOST_SHOWN
from antiphon.ports.leg import Closed, Notify, Played, Restored, Suspended
from antiphon.testing.dialler import DialledCall
from antiphon.wiring.media import open_line
from tests.gateway.doubles import KEY
from tests.media.tones import strongest_hz
from tests.page.stage import StagedCall, open_stage

pytestmark = pytest.mark.realtime
BEARER = {"Authorization": f"Bearer {KEY}"}
FRAME = bytes(640)
HZ = 700
F = TypeVar("F")


class Socket:
    """A page's WebSocket: its first message, and what is heard over it."""

    def __init__(self, socket: ClientConnection, opened: dict[str, Any]) -> None:
        self.socket, self.opened = socket, opened
        self.way = {"call_id": opened["call_id"], "resume": opened["resume"]}

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, ms: int) -> "np.ndarray[Any, np.dtype[np.int16]]":
        """So much of the agent's voice."""
        heard = b""
        async with asyncio.timeout(8):
            while len(heard) < ms * 32:
                item = await self.socket.recv()
                heard += item if isinstance(item, bytes) else b""
        return np.frombuffer(heard, "<i2")

    def break_off(self) -> None:
        """The network is gone: no close frame, no FIN that says goodbye."""
        self.socket.transport.abort()


@asynccontextmanager
async def page(base: str, **query: str) -> AsyncIterator[Socket]:
    """A page's socket. Raises ConnectionClosed with the server's reason."""
    address = f"{base.replace('http', 'ws', 1)}/api/voice/ws?" + "&".join(f"{key}={query[key]}" for key in query)
    async with connect(address, additional_headers=BEARER, compression=None) as socket:
        yield Socket(socket, json.loads(await socket.recv()))


def of(call: StagedCall, kind: type[F]) -> list[F]:
    return [fact for fact in call.facts if isinstance(fact, kind)]


async def refusal(base: str, **query: str) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as refused:
        async with page(base, **query):
            pass
    assert refused.value.rcvd
    return refused.value.rcvd.code, refused.value.rcvd.reason


async def test_a_socket_that_breaks_is_followed_by_another_and_the_agent_goes_on_where_it_was() -> None:
    async with open_stage() as (stage, base):
        async with page(base) as first:
            call = await stage.call()
            await first.socket.send(FRAME)
            call.play(1, 4, hz=HZ)
            await first.hear(500)
            first.break_off()
            await call.until(lambda: of(call, Suspended))
        async with page(base, **first.way) as second:
            await call.until(lambda: of(call, Restored))
            assert abs(strongest_hz((await second.hear(1_000))[-8_000:], 16_000) - HZ) < 10
            await call.until(lambda: any(played.done for played in of(call, Played)))
            assert [restored.anew for restored in of(call, Restored)] == [True]
            assert 4_000 == of(call, Played)[-1].position_ms
            assert (second.opened["call_id"], 1) == (first.opened["call_id"], len(stage.calls))
            assert not of(call, Closed)


async def test_a_token_opens_once_and_only_with_its_call() -> None:
    async with open_stage() as (stage, base), page(base) as first:
        call = await stage.call()
        known = first.way["call_id"]
        assert (1008, "Coming back to a call needs its resume token, from the last answer.") == await refusal(
            base, call_id=known
        )
        assert 1008 == (await refusal(base, call_id=known, resume="wrong"))[0]
        assert "it has ended" in (await refusal(base, call_id="call_9", resume=first.way["resume"]))[1]
        async with page(base, **first.way) as second:
            await second.socket.send(FRAME)
            await call.until(lambda: of(call, Restored))
            while (refused := await refusal(base, **first.way))[0] != 1008:
                pass
            assert "used before" in refused[1]
            await first.socket.wait_closed()
            assert "another connection" in (first.socket.close_reason or "")


async def test_an_answer_that_was_lost_leaves_its_token_good_until_the_caller_has_spoken() -> None:
    async with open_stage() as (stage, base), page(base) as first:
        call = await stage.call()
        async with page(base, **first.way) as unheard:
            unheard.break_off()
            async with page(base, **first.way) as second:
                await call.until(lambda: len(of(call, Restored)) == 2)
                assert second.way["resume"] not in (first.way["resume"], unheard.way["resume"])


async def test_a_page_that_is_told_a_long_call_anew_is_not_taken_for_a_slow_one() -> None:
    async with open_stage() as (stage, base), page(base) as socket:
        call = await stage.call()
        line = json.dumps({"type": "heard", "text": "x" * 3_000})  # more than buffers take at once
        for _ in range(MOST_SHOWN):
            call.leg.order(Notify(line))
        told = 0
        async with asyncio.timeout(15):
            while told < MOST_SHOWN:
                if told % 50 == 0:
                    await socket.socket.send(FRAME)
                told += (await socket.socket.recv()) == line
        assert not of(call, Closed)


async def test_a_socket_closed_on_purpose_is_a_hang_up_unless_the_page_said_that_it_comes_back() -> None:
    async with open_stage() as (stage, base):
        async with page(base):
            call = await stage.call(1)
        await call.until(lambda: of(call, Closed))
        async with page(base) as leaving:
            call = await stage.call(2)
            await leaving.say(type="leaving")
        await call.until(lambda: of(call, Suspended))
        async with page(base, **leaving.way):
            await call.until(lambda: of(call, Restored))
            assert not of(call, Closed)
        await call.until(lambda: of(call, Closed))  # who has come back says anew that they will again


async def test_a_client_that_pings_and_falls_silent_is_away_until_it_is_heard_again() -> None:
    async with open_stage() as (stage, base), page(base) as socket:
        call = await stage.call()
        await socket.say(type="ping", n=7)
        async with asyncio.timeout(5):
            while (item := await socket.socket.recv()) != '{"type": "pong", "n": 7}':
                assert isinstance(item, (str, bytes))
        call.play(1, 1, hz=HZ)
        await call.until(lambda: of(call, Suspended))
        assert not of(call, Suspended)[0].on_hold
        await socket.say(type="ping", n=8)
        await call.until(lambda: of(call, Restored))
        assert not of(call, Restored)[0].anew


async def test_who_holds_a_call_over_websocket_hears_nothing_and_goes_on_after() -> None:
    async with open_stage() as (stage, base), page(base) as socket:
        call = await stage.call()
        call.play(1, 2, hz=HZ)
        await socket.hear(300)
        await socket.say(type="hold", held=True)
        await call.until(lambda: of(call, Suspended))
        assert of(call, Suspended)[0].on_hold
        position_ms = of(call, Played)[-1].position_ms
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await call.until(lambda: of(call, Played)[-1].position_ms > position_ms + 20)
        await socket.say(type="hold", held=False)
        await call.until(lambda: of(call, Played)[-1].done)
        assert 2_000 == of(call, Played)[-1].position_ms


async def test_a_call_goes_on_over_websocket_and_over_webrtc_again() -> None:
    async with (
        open_stage() as (stage, base),
        open_line() as line,
        httpx2.AsyncClient(headers=BEARER, trust_env=False) as client,
    ):

        async def dial(**way: str) -> tuple[DialledCall, dict[str, str]]:
            dialled = DialledCall()
            leg = await line(dialled.sink())
            dialled.use(leg)
            body = {"sdp": leg.offer, "type": "offer", **way}
            answer = (await client.post(f"{base}/api/voice/offer", json=body)).json()
            await leg.accept(answer["sdp"])
            await dialled.until(lambda: dialled.connected_ms)
            return dialled, {"call_id": answer["call_id"], "resume": answer["resume"]}

        _, way = await dial()
        call = await stage.call()
        call.play(1, 6, hz=HZ)
        await call.until(lambda: of(call, Played))
        async with page(base, **way) as socket:
            await socket.socket.send(FRAME)
            assert abs(strongest_hz((await socket.hear(1_000))[-8_000:], 16_000) - HZ) < 10
            assert ("websocket", "pcm16") == (call.leg.profile.channel, call.leg.profile.codec)
            back, _ = await dial(**socket.way)
            await call.until(lambda: of(call, Played)[-1].done)
            assert ("webrtc", 6_000) == (call.leg.profile.channel, of(call, Played)[-1].position_ms)
            assert abs(strongest_hz(back.ear.last(500), 16_000) - HZ) < 10
            told = [restored.profile for restored in of(call, Restored) if restored.anew]
            assert ["pcm16", "opus"] == [profile.codec for profile in told if profile], (
                "what it goes on over is told with it"
            )
            assert [True] * len(told) == [profile is not None for profile in told]
            assert 1 == len(stage.calls)
            assert not of(call, Closed)
