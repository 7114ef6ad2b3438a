"""A caller made of our own core: dials a server as a page does, speaks clips, and keeps what reaches the caller's ear.

The ear is a fixed buffer of 40 ms: a stretch of the agent's voice sounds 40 ms after its first packet arrived, and goes on
without a gap as long as packets come in time. Times are CLOCK_MONOTONIC in ms.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import numpy as np

from antiphon.core.errors import AntiphonError, Busy, CallerGone
from antiphon.wiring.media import DialledLeg, Line, LineSink, open_line

RATE_HZ = 16_000
EAR_BUFFER_MS = 40
Pcm = np.ndarray[Any, np.dtype[np.int16]]


@dataclass
class Ear:
    """What the caller hears, and when each stretch began to sound."""

    stretches: list[tuple[float, bytes]] = field(default_factory=list)
    _ends_ms: float = 0.0

    def add(self, arrived_ms: int, pcm: bytes) -> None:
        """One decoded packet."""
        starts_ms = self._ends_ms if arrived_ms <= self._ends_ms else arrived_ms + EAR_BUFFER_MS
        self.stretches.append((starts_ms, pcm))
        self._ends_ms = starts_ms + len(pcm) / 2 / RATE_HZ * 1000

    def between(self, from_ms: float, to_ms: float) -> Pcm:
        """What sounded in that time, silence where nothing did."""
        heard = np.zeros(max(0, round((to_ms - from_ms) * RATE_HZ / 1000)), np.int16)
        for starts_ms, pcm in self.stretches:
            at = round((starts_ms - from_ms) * RATE_HZ / 1000)
            samples = np.frombuffer(pcm, "<i2")[max(0, -at) :]
            at = max(0, at)
            if at < len(heard):
                fits = samples[: len(heard) - at]
                heard[at : at + len(fits)] = fits
        return heard

    def last(self, ms: int) -> Pcm:
        """The newest audio, whenever it sounds."""
        return np.frombuffer(self.stretches[-1][1][-ms * 32 :] if self.stretches else b"", "<i2")

    def pcm(self) -> bytes:
        """Everything heard, without the pauses between stretches."""
        return b"".join(pcm for _, pcm in self.stretches)


class DialledCall:
    """One call. `messages` are the page's messages with `at_ms` beside each in `message_times_ms`."""

    def __init__(self) -> None:
        self.call_id = ""
        self.ear = Ear()
        self.messages: list[dict[str, Any]] = []
        self.message_times_ms: list[int] = []
        self.connected_ms: int | None = None
        self.closed: str | None = None
        self.keys = ""
        """Keys that the agent has pressed."""
        self.clip_times_ms: dict[int, tuple[int, int | None]] = {}
        """When each clip began to leave, and when it had left."""
        self._leg: DialledLeg | None = None
        self._news = asyncio.Event()
        self._clips = 0

    # --- what the leg delivers

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """Audio from the agent."""
        self.ear.add(at_ms, bytes(pcm))
        self._news.set()

    def message(self, at_ms: int, text: str) -> None:
        """A message for the page."""
        self.messages.append(json.loads(text))
        self.message_times_ms.append(at_ms)
        self._news.set()

    def connected(self, at_ms: int) -> None:
        """Media flows."""
        self.connected_ms = at_ms
        self._news.set()

    def played(self, at_ms: int, clip: int, position_ms: int, done: bool) -> None:
        """A clip is on its way."""
        began, _ = self.clip_times_ms.get(clip, (at_ms - position_ms, None))
        self.clip_times_ms[clip] = (began, at_ms if done else None)
        self._news.set()

    def closed_by(self, reason: str) -> None:
        """The call is over."""
        self.closed = reason
        self._news.set()

    # --- what the caller does

    def say(self, pcm: bytes, rate_hz: int = RATE_HZ) -> int:
        """Begin to speak; returns the clip's number."""
        self._clips += 1
        self._live().play(self._clips, pcm, rate_hz)
        return self._clips

    async def say_all(self, pcm: bytes, rate_hz: int = RATE_HZ) -> int:
        """Speak, and return when the last of it has left."""
        clip = self.say(pcm, rate_hz)
        await self.until(lambda: self.clip_times_ms.get(clip, (0, None))[1], within_s=10 + len(pcm) / 2 / rate_hz)
        return clip

    def type(self, text: str) -> None:
        """Type a line instead of speaking."""
        self._live().send(json.dumps({"type": "text", "text": text}))

    def send(self, message: dict[str, Any]) -> None:
        """Any message of a page."""
        self._live().send(json.dumps(message))

    def hang_up(self) -> None:
        """End the call."""
        self._live().close()

    async def news(self, seen: int) -> list[dict[str, Any]]:
        """The messages after number `seen`; waits until there are some. Raises CallerGone when none will come."""
        await self.until(lambda: len(self.messages) > seen or self.closed is not None, within_s=60)
        if len(self.messages) <= seen:
            raise CallerGone(f"The call is over: {self.closed}")
        return self.messages[seen:]

    async def until(self, condition: Callable[[], object], within_s: float = 10) -> None:
        """Wait for something this call knows; looked at after everything that happens. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def stats(self) -> dict[str, int | float] | None:
        """The core's counts."""
        return self._live().stats()

    def sink(self) -> LineSink:
        """Where this call's leg delivers."""
        return _Sink(self)

    def use(self, leg: DialledLeg) -> None:
        """Speak and listen over this leg."""
        self._leg = leg

    def _live(self) -> DialledLeg:
        if self._leg is None:
            raise CallerGone("The call was never dialled.")
        return self._leg


class _Sink:
    """The leg's view of a call."""

    def __init__(self, call: DialledCall) -> None:
        self.audio, self.message = call.audio, call.message
        self.connected, self.played = call.connected, call.played
        self._call = call

    def pressed(self, at_ms: int, digit: str) -> None:
        """The agent has pressed a key."""
        del at_ms
        self._call.keys += digit

    def closed(self, at_ms: int, reason: str) -> None:
        """The leg is gone."""
        del at_ms
        self._call.closed_by(reason)


class Dialler:
    """Dials one server. Make it with `open_dialler`."""

    def __init__(self, line: Line, client: httpx2.AsyncClient) -> None:
        self._line, self._client = line, client

    async def dial(self, agent: str | None = None) -> DialledCall:
        """Call an agent; returns once media flows. Raises Busy, AntiphonError with the server's own words, TimeoutError."""
        call = DialledCall()
        leg = await self._line(call.sink())
        call.use(leg)
        offer = {"sdp": leg.offer, "type": "offer"} | ({"agent": agent} if agent else {})
        response = await self._client.post("/api/voice/offer", json=offer)
        if response.status_code != 200:
            leg.close()
            kind = Busy if response.status_code == 503 else AntiphonError
            raise kind(f"{response.status_code}: {response.text[:500]}")
        answer = response.json()
        call.call_id = answer["call_id"]
        await leg.accept(answer["sdp"])
        await call.until(lambda: call.connected_ms is not None or call.closed is not None)
        return call


@asynccontextmanager
async def open_dialler(base: str, key: str | None = None) -> AsyncIterator[Dialler]:
    """A dialler for the server at `base`, with `key` as its bearer token. Leaving the block ends its calls."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with open_line() as line, httpx2.AsyncClient(base_url=base, headers=headers, timeout=10) as client:
        yield Dialler(line, client)
