"""A caller on aiortc, a WebRTC stack nobody here wrote."""

import asyncio
import fractions
import json
from collections import deque
from typing import Any

import httpx2
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from antiphon.testing.server import ServerProcess

RATE_HZ = 48_000
FRAME = RATE_HZ // 50
Pcm = np.ndarray[Any, np.dtype[np.int16]]


class SpokenTrack(MediaStreamTrack):
    """An audio track that is silent except when told to say something; paces itself, as aiortc asks of its tracks."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[Pcm] = deque()
        self._said = asyncio.Event()
        self._pts = 0
        self._start: float | None = None

    async def recv(self) -> AudioFrame:
        """One frame of 20 ms, at its due time."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        self._start = self._start if self._start is not None else loop.time()
        due = loop.call_at(self._start + self._pts / RATE_HZ, (turn := asyncio.Event()).set)
        await turn.wait()
        due.cancel()
        samples = self._queue.popleft() if self._queue else np.zeros(FRAME, np.int16)
        if not self._queue:
            self._said.set()
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._pts, fractions.Fraction(1, RATE_HZ)
        self._pts += FRAME
        return frame

    async def say(self, pcm_16k: Pcm) -> None:
        """Speak 16 kHz PCM; returns when its last frame was sent."""
        at = np.arange(len(pcm_16k) * 3) / 3
        pcm = np.interp(at, np.arange(len(pcm_16k)), pcm_16k).astype(np.int16)
        padded = np.concatenate([pcm, np.zeros(-len(pcm) % FRAME, np.int16)])
        self._said.clear()
        self._queue.extend(padded.reshape(-1, FRAME))
        await self._said.wait()


class AiortcCaller:
    """Dials a server and follows the call over the data channel."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self.peer = RTCPeerConnection()
        self.track = SpokenTrack()
        self.messages: list[dict[str, Any]] = []
        self.heard: list[Pcm] = []
        self.call = ""
        self._told = asyncio.Event()

    async def dial(self, server: ServerProcess, agent: str) -> None:
        """Connect; aiortc gathers its candidates before it offers."""
        self.peer.addTrack(self.track)
        channel = self.peer.createDataChannel("antiphon")
        channel.on("message", self._message)
        self.peer.on("track", self._listen)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = {"sdp": self.peer.localDescription.sdp, "type": "offer", "agent": agent}
        async with httpx2.AsyncClient(headers=server.bearer) as client:
            answer = await client.post(f"{server.base}/api/voice/offer", json=offer)
        answer.raise_for_status()
        self.call = answer.json()["call_id"]
        await self.peer.setRemoteDescription(RTCSessionDescription(answer.json()["sdp"], "answer"))

    def _message(self, message: str) -> None:
        self.messages.append(json.loads(message))
        self._told.set()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._tasks.create_task(self._record(track))

    async def _record(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            # aiortc decodes to interleaved stereo.
            samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
            self.heard.append(samples.astype(np.int16))

    async def news(self, seen: int) -> list[dict[str, Any]]:
        """The messages after number `seen`; waits until there are some."""
        while len(self.messages) <= seen:
            self._told.clear()
            await self._told.wait()
        return self.messages[seen:]

    async def aclose(self) -> None:
        """Hang up."""
        await self.peer.close()
