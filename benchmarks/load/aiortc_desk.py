"""aiortc as its examples use it: a track that paces itself, and a loop that takes frames. 20 ms frames, its cheapest."""

import asyncio
import fractions
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from benchmarks.load.cycle import Shape, agent_talks, agent_voice
from benchmarks.load.desk import Answer, Counts

RATE_HZ = 48_000
FRAME = RATE_HZ // 50


async def open_desk(shape: Shape, folder: Path, stack: AsyncExitStack) -> tuple[Answer, Counts]:
    """No options."""
    voice = agent_voice(RATE_HZ, folder)
    pieces = voice[: len(voice) // FRAME * FRAME].reshape(-1, 1, FRAME)
    silence = np.zeros((1, FRAME), np.int16)
    heard = {"samples": 0, "late": 0}
    peers: list[RTCPeerConnection] = []
    tasks = await stack.enter_async_context(asyncio.TaskGroup())

    class Voice(MediaStreamTrack):
        kind = "audio"

        def __init__(self, call: int) -> None:
            super().__init__()
            self._call, self._number, self._start = call, 0, 0.0

        async def recv(self) -> AudioFrame:
            if self.readyState != "live":
                raise MediaStreamError
            self._start = self._start or time.monotonic()
            ahead = self._start + self._number / 50 - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)
            heard["late"] += ahead < -0.01
            talks = agent_talks(shape, time.monotonic(), self._call)
            pcm = pieces[(self._number + self._call * 31) % len(pieces)] if talks else silence
            made = AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            made.sample_rate, made.pts, made.time_base = RATE_HZ, self._number * FRAME, fractions.Fraction(1, RATE_HZ)
            self._number += 1
            return made

    async def listen(track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = cast(AudioFrame, await track.recv())
            except MediaStreamError:
                return
            heard["samples"] += frame.samples // 3

    async def answer(sdp: str) -> str:
        peer = RTCPeerConnection()
        peers.append(peer)
        peer.addTrack(Voice(len(peers)))
        peer.on("track", lambda track: tasks.create_task(listen(track), name="listen"))
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    return answer, lambda: dict(heard)
