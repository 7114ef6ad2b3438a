"""The server's side of a media benchmark, one process: answers offers, says a speech to every caller, takes their audio.

    python -m benchmarks.load.desk antiphon|antiphon2|aiortc talking|conversation FOLDER

`antiphon2` has two media threads. Prints its address. `GET /counts` says what it has done. Python gets every frame of every
caller in all.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from antiphon.ports.leg import Closed
from benchmarks.load.shapes import Shape, agent_talks, speech

CHUNK_S = 0.2
"""A synthesiser delivers pieces of this order; it decides how often Python hands audio to the core."""
AHEAD_S = 0.6
Counts = Callable[[], dict[str, Any]]
Answer = Callable[[str], Awaitable[str]]


class Heard:
    """How much all callers have said."""

    def __init__(self) -> None:
        self.samples = 0


class Listener:
    """A sink that only counts: Python is attached, and does nothing with what it gets."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self.over = False

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self._heard.samples += len(pcm) // 2

    def fact(self, fact: object) -> None:
        self.over |= isinstance(fact, Closed)


async def antiphon_desk(shape: Shape, folder: Path, stack: AsyncExitStack, threads: int = 1) -> tuple[Answer, Counts]:
    """Our core, through door, eventfd and drain."""
    from antiphon.adapters.media import Exchange, WebRtcDoor, open_core
    from antiphon.ports.leg import Leg, Play

    core = open_core("127.0.0.1:0", [], threads)
    exchange = await stack.enter_async_context(Exchange(core, lambda where, error: sys.exit(f"{where}: {error}")))
    door = WebRtcDoor(exchange, most_legs=1000)
    voice = speech(24_000, "slt", folder)
    chunk = int(CHUNK_S * 24_000)
    pieces = [voice[at : at + chunk].tobytes() for at in range(0, len(voice) - chunk, chunk)]
    heard, calls = Heard(), itertools.count(1)
    loop = asyncio.get_running_loop()

    def keep_talking(leg: Leg, listener: Listener, call: int, number: int, fed_until: float) -> None:
        if listener.over:
            return
        now = loop.time()
        if agent_talks(shape, now, call):
            fed_until = max(fed_until, now)
            while fed_until < now + AHEAD_S:
                leg.order(Play(1, number, pieces[number % len(pieces)], 24_000))
                number, fed_until = number + 1, fed_until + CHUNK_S
        loop.call_later(CHUNK_S, keep_talking, leg, listener, call, number, fed_until)

    async def answer(sdp: str) -> str:
        answered = await door.answer(sdp)
        listener, call = Listener(heard), next(calls)
        answered.leg.attach(listener)
        keep_talking(answered.leg, listener, call, call * 3, 0.0)
        return answered.sdp

    def counts() -> dict[str, Any]:
        return {
            "samples": heard.samples,
            "core": core.stats(),
            "lateness": core.lateness(),
        }

    return answer, counts


async def aiortc_desk(shape: Shape, folder: Path, stack: AsyncExitStack) -> tuple[Answer, Counts]:
    """aiortc as its examples use it: a track that paces itself, and a loop that takes frames. 20 ms frames, its cheapest."""
    import fractions

    import numpy as np
    from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
    from aiortc.mediastreams import MediaStreamError
    from av import AudioFrame

    rate_hz = 48_000
    voice = speech(rate_hz, "slt", folder)
    frame = rate_hz // 50
    pieces = voice[: len(voice) // frame * frame].reshape(-1, 1, frame)
    silence = np.zeros((1, frame), np.int16)
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
            made.sample_rate, made.pts, made.time_base = rate_hz, self._number * frame, fractions.Fraction(1, rate_hz)
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


async def main(kind: str, shape: Shape, folder: Path) -> None:
    """Serve until killed."""
    async with AsyncExitStack() as stack:
        if kind == "aiortc":
            answer, counts = await aiortc_desk(shape, folder, stack)
        else:
            answer, counts = await antiphon_desk(shape, folder, stack, int(kind.removeprefix("antiphon") or "1"))

        async def offer(request: Request) -> PlainTextResponse:
            return PlainTextResponse(await answer((await request.body()).decode()))

        async def tell(_: Request) -> JSONResponse:
            return JSONResponse(counts())

        app = Starlette(routes=[Route("/offer", offer, methods=["POST"]), Route("/counts", tell)])
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(server.serve(), name="http")
        while not server.started:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)
        print(json.dumps({"port": server.servers[0].sockets[0].getsockname()[1]}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], cast(Shape, sys.argv[2]), Path(sys.argv[3])))
