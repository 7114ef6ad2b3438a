"""The two ends of a call for the loss benchmark: our core answering, our core dialling, aiortc doing either.

Each says clips and keeps what it hears with the time at which it had it, so that what was heard of a clip can be cut out by time.
"""

import asyncio
import time
from collections import deque
from contextlib import AsyncExitStack
from typing import Any, Protocol, cast

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from antiphon.adapters.media import DialledLeg, Exchange, WebRtcDoor, dial_leg, open_core
from antiphon.ports.leg import Leg, LegFact, Listen, Play
from benchmarks.load.aiortc_track import FRAME, PacedTrack
from benchmarks.load.cycle import Pcm

RATE_HZ = 16_000
SILENCE: Pcm = np.zeros((1, FRAME), np.int16)


class Heard:
    """What reached an end, 16 kHz: each piece with the time at which the application had it, ms of CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self.pieces: list[tuple[float, bytes]] = []

    def add(self, pcm: bytes) -> None:
        self.pieces.append((time.monotonic() * 1000, pcm))

    def between(self, from_ms: float, to_ms: float) -> bytes:
        """All that came in that time."""
        return b"".join(pcm for at_ms, pcm in self.pieces if from_ms <= at_ms < to_ms)


class End(Protocol):
    """One end of a call."""

    heard: Heard

    def say(self, pcm: bytes) -> None:
        """16 kHz mono int16, at once."""

    def stats(self) -> dict[str, int | float]:
        """What this end counted, if it counts."""


class OurDesk:
    """Our core as a server has it."""

    def __init__(self, exchange: Exchange) -> None:
        self.heard = Heard()
        self._exchange = exchange
        self._leg: Leg | None = None
        self._replies = 0

    async def answer(self, offer: str) -> str:
        answered = await WebRtcDoor(self._exchange, most_legs=1000).answer(offer)
        self._leg = answered.leg
        answered.leg.attach(self)
        answered.leg.order(Listen(True))
        return answered.sdp

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        del at_ms
        self.heard.add(bytes(pcm))

    def fact(self, fact: LegFact) -> None:
        pass

    def say(self, pcm: bytes) -> None:
        assert self._leg is not None
        self._replies += 1
        self._leg.order(Play(self._replies, 0, pcm, RATE_HZ, last=True))

    def stats(self) -> dict[str, int | float]:
        return self._exchange.core.stats(cast(Any, self._leg).id) or {}


class OurCaller:
    """Our core as a caller: an open microphone, an encoder that follows the link as a browser's does."""

    def __init__(self, exchange: Exchange) -> None:
        self.heard = Heard()
        self._exchange = exchange
        self._leg: DialledLeg | None = None
        self._clips = 0
        self.up = asyncio.Event()

    async def offer(self) -> str:
        self._leg = await dial_leg(self._exchange, self, "auto")
        return self._leg.offer

    async def accept(self, answer: str) -> None:
        assert self._leg is not None
        await self._leg.accept(answer)
        await self.up.wait()

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        del at_ms
        self.heard.add(bytes(pcm))

    def message(self, at_ms: int, text: str) -> None:
        pass

    def connected(self, at_ms: int) -> None:
        del at_ms
        self.up.set()

    def played(self, at_ms: int, clip: int, position_ms: int, done: bool) -> None:
        pass

    def pressed(self, at_ms: int, digit: str) -> None:
        pass

    def closed(self, at_ms: int, reason: str) -> None:
        pass

    def say(self, pcm: bytes) -> None:
        assert self._leg is not None
        self._clips += 1
        self._leg.play(self._clips, pcm, RATE_HZ)

    def stats(self) -> dict[str, int | float]:
        return (self._leg.stats() if self._leg else None) or {}


class AiortcEnd:
    """aiortc as its examples use it; offers or answers."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.heard = Heard()
        self._queue: deque[Pcm] = deque()
        self._track = PacedTrack(lambda _: self._queue.popleft() if self._queue else SILENCE)
        self._up = asyncio.Event()
        self.peer = RTCPeerConnection()
        self.peer.addTrack(self._track)
        self.peer.on("track", lambda track: tasks.create_task(self._listen(track), name="listen"))
        self.peer.on("connectionstatechange", self._changed)

    def _changed(self) -> None:
        if self.peer.connectionState == "connected":
            self._up.set()

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def answer(self, offer: str) -> str:
        await self.peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return str(self.peer.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await self._up.wait()

    async def _listen(self, track: MediaStreamTrack) -> None:
        to_16k = AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        while True:
            try:
                frame = cast(AudioFrame, await track.recv())
            except MediaStreamError:
                return
            self.heard.add(b"".join(piece.to_ndarray().astype("<i2").tobytes() for piece in to_16k.resample(frame)))

    def say(self, pcm: bytes) -> None:
        narrow = np.frombuffer(pcm, "<i2")
        wide = np.interp(np.arange(len(narrow) * 3) / 3, np.arange(len(narrow)), narrow).astype(np.int16)
        self._queue.extend(np.append(wide, np.zeros(-len(wide) % FRAME, np.int16)).reshape(-1, 1, FRAME))

    def stats(self) -> dict[str, int | float]:
        return {}


async def open_exchange(stack: AsyncExitStack) -> Exchange:
    """A core of its own."""

    def fail(where: str, error: Exception) -> None:
        raise SystemExit(f"{where}: {error}")

    return await stack.enter_async_context(Exchange(open_core("127.0.0.1:0", []), fail))
