"""aiortc, in this very process."""

import asyncio
import fractions
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from antiphon.testing.keys import keys_heard
from tests.interop.peer import CALLER_HZ, Change, Milestones, Received
from tests.interop.sound import is_tone
from tests.media.tones import tone

RATE_HZ = 48_000
FRAME = RATE_HZ // 50
HEARD_FRAMES = 25


class ToneTrack(MediaStreamTrack):
    """A voice that is silent until it is given a tone; paces itself, as aiortc asks of its tracks."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.pcm = np.zeros((50, 1, FRAME), np.int16)
        self._number = 0
        self._start: float | None = None

    async def recv(self) -> AudioFrame:
        """One frame of 20 ms, at its due time."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        self._start = self._start if self._start is not None else loop.time()
        due = loop.call_at(self._start + self._number / 50, (turn := asyncio.Event()).set)
        await turn.wait()
        due.cancel()
        frame = AudioFrame.from_ndarray(self.pcm[self._number % 50], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._number * FRAME, fractions.Fraction(1, RATE_HZ)
        self._number += 1
        return frame


class AiortcPeer:
    """Implements Peer."""

    def __init__(self) -> None:
        self._pc = RTCPeerConnection()
        self._voice = ToneTrack()
        self._messages: asyncio.Queue[str] = asyncio.Queue()
        self._tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
        self._open, self._connected, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._offered_s = self._answered_s = self._ice_s = self._connected_s = 0.0
        self._track: MediaStreamTrack | None = None
        self._pc.addTrack(self._voice)
        self._channel = self._pc.createDataChannel("antiphon")
        self._channel.on("message", self._messages.put_nowait)
        self._channel.on("open", self._open.set)
        self._channel.on("close", self._gone.set)
        self._pc.on("track", self._tracks.put_nowait)
        self._pc.on("iceconnectionstatechange", self._found)
        self._pc.on("connectionstatechange", self._changed)

    def _found(self) -> None:
        if self._pc.iceConnectionState == "completed":
            self._ice_s = asyncio.get_running_loop().time()

    def _changed(self) -> None:
        if self._pc.connectionState == "connected":
            self._connected_s = asyncio.get_running_loop().time()
            self._connected.set()
        elif self._pc.connectionState in ("closed", "failed", "disconnected"):
            self._gone.set()

    async def offer(self) -> str:
        await self._pc.setLocalDescription(await self._pc.createOffer())
        self._offered_s = asyncio.get_running_loop().time()
        return str(self._pc.localDescription.sdp)

    async def offer_early(self) -> str:
        """aiortc gathers before it offers, so this takes the candidates out again."""
        lines = (await self.offer()).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))

    async def candidates(self) -> list[str]:
        lines = str(self._pc.localDescription.sdp).splitlines()
        return list(dict.fromkeys(line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")))

    async def offer_again(self, change: Change) -> str:
        assert change != "restart", "aiortc keeps its ICE credentials"
        self._pc.getTransceivers()[0].direction = "inactive" if change == "hold" else "sendrecv"
        return await self.offer()

    async def accept(self, answer: str) -> None:
        self._answered_s = self._answered_s or asyncio.get_running_loop().time()
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def connected(self) -> Milestones:
        await self._connected.wait()
        reached = (self._answered_s, self._ice_s, self._connected_s)
        return Milestones(*((at_s - self._offered_s) * 1000 for at_s in reached))

    async def play(self) -> None:
        self._voice.pcm = np.frombuffer(tone(CALLER_HZ, 1, RATE_HZ), np.int16).reshape(50, 1, FRAME)

    async def hears(self, hz: float) -> None:
        self._track = self._track or await self._tracks.get()
        while not is_tone(await self._listen(self._track), hz):
            pass

    async def _listen(self, track: MediaStreamTrack) -> "np.ndarray[Any, np.dtype[np.int16]]":
        heard = []
        for _ in range(HEARD_FRAMES):
            frame = await track.recv()
            assert isinstance(frame, AudioFrame)
            heard.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0])  # interleaved stereo
        return np.concatenate(heard)

    async def send(self, text: str) -> None:
        await self._open.wait()
        self._channel.send(text)

    async def told(self) -> str:
        return await self._messages.get()

    async def press(self, digits: str) -> None:
        raise NotImplementedError("aiortc sends no telephone events")

    async def listen(self) -> None:
        """Its track keeps what nobody has taken."""

    async def keys(self, count: int) -> str:
        """It knows no events, so that it hears tones."""
        self._track = self._track or await self._tracks.get()
        heard = b""
        while len(found := keys_heard(heard, RATE_HZ)) < count:
            heard += (await self._listen(self._track)).tobytes()
        return found

    async def gone(self) -> str:
        await self._gone.wait()
        return f"{self._channel.readyState} {self._pc.connectionState}"

    async def pair(self) -> str:
        assert self._pc.sctp is not None
        nominated = self._pc.sctp.transport.transport._connection._nominated  # its statistics name no pair
        return str(nominated[1].remote_candidate.transport)

    async def received(self) -> Received:
        for report in (await self._pc.getStats()).values():
            if report.type == "inbound-rtp":
                return Received(report.packetsReceived, report.packetsLost)
        return Received(0, 0)

    async def close(self) -> None:
        await self._pc.close()


class AiortcStack:
    """Implements Stack."""

    version = f"aiortc {version('aiortc')}"

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[AiortcPeer]:
        peer = AiortcPeer()
        try:
            yield peer
        finally:
            await peer.close()


@asynccontextmanager
async def open_aiortc() -> AsyncIterator[AiortcStack]:
    """It needs no starting."""
    yield AiortcStack()
