"""aiortc as its examples use it: a track that paces itself, and a loop that takes frames."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from benchmarks.load.aiortc_track import FRAME, RATE_HZ, PacedTrack
from benchmarks.load.cycle import Pcm, Shape, agent_talks, agent_voice
from benchmarks.load.desk import Answer, Counts


async def open_desk(shape: Shape, folder: Path, stack: AsyncExitStack) -> tuple[Answer, Counts]:
    """No options."""
    voice = agent_voice(RATE_HZ, folder)
    pieces = voice[: len(voice) // FRAME * FRAME].reshape(-1, 1, FRAME)
    silence = np.zeros((1, FRAME), np.int16)
    heard = 0
    voices: list[PacedTrack] = []
    peers: list[RTCPeerConnection] = []
    tasks = await stack.enter_async_context(asyncio.TaskGroup())

    def voice_of(call: int) -> PacedTrack:
        def speak(number: int) -> Pcm:
            talks = agent_talks(shape, time.monotonic(), call)
            return pieces[(number + call * 31) % len(pieces)] if talks else silence

        voices.append(PacedTrack(speak))
        return voices[-1]

    async def listen(track: MediaStreamTrack) -> None:
        nonlocal heard
        while True:
            try:
                frame = cast(AudioFrame, await track.recv())
            except MediaStreamError:
                return
            heard += frame.samples // 3

    async def answer(sdp: str) -> str:
        peer = RTCPeerConnection()
        peers.append(peer)
        peer.addTrack(voice_of(len(peers)))
        peer.on("track", lambda track: tasks.create_task(listen(track), name="listen"))
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    return answer, lambda: {"samples": heard, "late": sum(voice.late for voice in voices)}
