"""FastRTC as its documentation has it: a `Stream` in mode send-receive with an `AsyncStreamHandler` a call."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from fastrtc import AsyncStreamHandler, Stream
from fastrtc.stream import Body

from benchmarks.load.cycle import AHEAD_S, CHUNK_S, Pcm, Shape, agent_talks, agent_voice
from benchmarks.load.desk import Answer, Counts

IN_HZ, OUT_HZ = 16_000, 24_000
MOST_CALLS = 1_000


class Agent(AsyncStreamHandler):  # type: ignore[misc]
    """Says its voice while it is its turn; counts what it hears."""

    def __init__(self, shape: Shape, pieces: list[Pcm], heard: dict[str, int], calls: "itertools.count[int]") -> None:
        super().__init__(expected_layout="mono", output_sample_rate=OUT_HZ, input_sample_rate=IN_HZ)
        self._made_of = (shape, pieces, heard, calls)
        self._call = self._number = next(calls)
        self._fed_until = 0.0

    def copy(self) -> "Agent":
        return Agent(*self._made_of)

    async def receive(self, frame: tuple[int, Pcm]) -> None:
        self._made_of[2]["samples"] += frame[1].size

    async def emit(self) -> tuple[int, Pcm] | None:
        shape, pieces, _, _ = self._made_of
        loop = asyncio.get_running_loop()

        def waits() -> bool:
            return self._fed_until > loop.time() + AHEAD_S or not agent_talks(shape, loop.time(), self._call)

        while waits():  # noqa: ASYNC110 - the clock alone says when
            await asyncio.sleep(CHUNK_S)
        self._fed_until = max(self._fed_until, loop.time()) + CHUNK_S
        self._number += 1
        return OUT_HZ, pieces[self._number % len(pieces)]


async def open_desk(shape: Shape, folder: Path, stack: AsyncExitStack) -> tuple[Answer, Counts]:
    """No options."""
    voice, length = agent_voice(OUT_HZ, folder), round(CHUNK_S * OUT_HZ)
    pieces = list(voice[: len(voice) // length * length].reshape(-1, 1, length))
    heard = {"samples": 0}
    agent = Agent(shape, pieces, heard, itertools.count())
    stream = Stream(agent, modality="audio", mode="send-receive", concurrency_limit=MOST_CALLS, verbose=False)
    numbers = itertools.count(1)

    async def answer(sdp: str) -> str:
        answered: dict[str, Any] = await stream.offer(Body(sdp=sdp, type="offer", webrtc_id=str(next(numbers))))
        return str(answered["sdp"])

    return answer, lambda: dict(heard)
