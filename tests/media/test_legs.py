"""Every leg with audio keeps the same promises: WebRTC over real sockets, and streams in each of their plain formats."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import numpy as np
import pytest

from antiphon.ports.leg import Leg
from antiphon.ports.stream import StreamFormat, StreamLeg
from antiphon.testing.contracts.leg import FarSide, LegContract, MakeLeg
from antiphon.testing.dialler import DialledCall
from antiphon.testing.g711 import from_ulaw, to_ulaw
from antiphon.testing.keys import keys_heard
from antiphon.wiring.media import open_line, open_media

pytestmark = pytest.mark.realtime

FRAME_S = 0.02
FRAME_BYTES = 640


class DialledSide:
    """The far side of a WebRTC leg: our own caller."""

    def __init__(self, call: DialledCall) -> None:
        self._call = call

    async def say(self, pcm: bytes) -> None:
        await self._call.say_all(pcm)

    def heard(self) -> bytes:
        return self._call.ear.pcm()

    def keys(self) -> str:
        return self._call.keys

    def type(self, text: str) -> None:
        self._call.type(text)

    def hang_up(self) -> None:
        self._call.send({"type": "hangup"})

    def is_hung_up_on(self) -> bool:
        return self._call.closed is not None


@asynccontextmanager
async def webrtc() -> AsyncIterator[tuple[Leg, FarSide]]:
    async with open_media() as doors, open_line() as line:
        call = DialledCall()
        dialled = await line(call.sink())
        call.use(dialled)
        answered = await doors.webrtc.answer(dialled.offer)
        await dialled.accept(answered.sdp)
        await call.until(lambda: call.connected_ms)
        yield answered.leg, DialledSide(call)


class StreamSide:
    """The far side of a stream, and its FarEnd: a microphone that sends a packet every 20 ms, and an ear."""

    def __init__(self, packets: StreamFormat) -> None:
        self._ulaw = packets == "ulaw"
        self._frames: deque[bytes] = deque()
        self._said = asyncio.Event()
        self._heard = bytearray()
        self._over = False
        self._leg: StreamLeg | None = None

    def use(self, leg: StreamLeg) -> None:
        self._leg = leg
        loop = asyncio.get_running_loop()
        self._send(loop, loop.time())

    def _send(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._over or self._leg is None:
            return
        frame = self._frames.popleft() if self._frames else bytes(FRAME_BYTES)
        if not self._frames:
            self._said.set()
        self._leg.feed(to_ulaw(np.frombuffer(frame, "<i2")[::2]) if self._ulaw else frame)
        loop.call_at(due + FRAME_S, self._send, loop, due + FRAME_S)

    # --- FarEnd

    def packet(self, payload: bytes) -> None:
        self._heard += np.repeat(from_ulaw(payload), 2).tobytes() if self._ulaw else payload

    def message(self, text: str) -> None:
        json.loads(text)

    def mark(self, reply: int, position_ms: int) -> None:
        pass

    def clear(self, reply: int) -> None:
        pass

    def closed(self, reason: str) -> None:
        self._over = True

    # --- FarSide

    async def say(self, pcm: bytes) -> None:
        padded = pcm + bytes(-len(pcm) % FRAME_BYTES)
        self._said.clear()
        self._frames.extend(padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES))
        async with asyncio.timeout(10):
            await self._said.wait()

    def heard(self) -> bytes:
        return bytes(self._heard)

    def keys(self) -> str:
        return keys_heard(self.heard())

    def type(self, text: str) -> None:
        assert self._leg
        self._leg.message(json.dumps({"type": "text", "text": text}))

    def hang_up(self) -> None:
        assert self._leg
        self._leg.lost("the caller hung up")

    def is_hung_up_on(self) -> bool:
        return self._over


@asynccontextmanager
async def stream(packets: StreamFormat) -> AsyncIterator[tuple[Leg, FarSide]]:
    async with open_media() as doors:
        side = StreamSide(packets)
        leg = doors.streams.open(packets, "test", side)
        side.use(leg)
        yield leg, side
        leg.lost("the test is over")


class TestWebRtcLeg(LegContract):
    @pytest.fixture
    def make_leg(self) -> MakeLeg:
        return webrtc


class TestPcmStream(LegContract):
    @pytest.fixture
    def make_leg(self) -> MakeLeg:
        return partial(stream, "pcm16")


class TestUlawStream(LegContract):
    @pytest.fixture
    def make_leg(self) -> MakeLeg:
        return partial(stream, "ulaw")
