"""The callers of a media benchmark, one process: N legs of our own core, each with its own socket, that talk without end.

    python -m benchmarks.load.callers ADDRESS N talking|conversation FOLDER

Prints a line when all are connected and then answers each line on stdin with what the callers have received so far.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import cast

import httpx2
import numpy as np

from antiphon.wiring.media import DialledLeg, open_line
from benchmarks.load.cycle import Shape
from benchmarks.load.shapes import caller_loop

BETWEEN_CALLS_S = 0.05
DIALLING = 4
"""Callers come a few at a time: a storm of handshakes is another benchmark."""
PIECE_BYTES = 2_000 * 32
"""2 s: what a caller has ahead at least. All say the same pieces, each encoded once for all of them, so that this process can
carry more calls than any server. They are encoded as a browser does that was told what is heard of it, 16 kHz; one that was not
told sends fullband, which takes more to decode."""
ATTENTIVE = 5
"""So many callers tell a voice from silence; all would cost the load more than it proves."""
LOUD = 100
"""Of 32,768: what a codec leaves of silence is less."""


class Talker:
    """One caller: says its loop over and over, counts what it gets."""

    def __init__(self, loop_pcm: bytes, offset: int) -> None:
        self._pcm, self._place = loop_pcm, offset * 3
        self.connected_ms: int | None = None
        self.samples = self.loud = 0
        self.attentive = False
        self.closed_reason: str | None = None
        self._clip = 0
        self.leg: DialledLeg | None = None
        self.hushed = False
        self.up, self.over = asyncio.Event(), asyncio.Event()

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self.samples += len(pcm) // 2
        if self.attentive:
            self.loud += int(np.count_nonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > LOUD))

    def message(self, at_ms: int, text: str) -> None:
        pass

    def connected(self, at_ms: int) -> None:
        self.connected_ms = at_ms
        self.up.set()
        self._say()
        self._say()

    def played(self, at_ms: int, clip: int, position_ms: int, done: bool) -> None:
        if done and clip == self._clip - 1 and not self.hushed:
            self._say()

    def pressed(self, at_ms: int, digit: str) -> None:
        pass

    def closed(self, at_ms: int, reason: str) -> None:
        self.closed_reason = reason
        self.up.set()
        self.over.set()

    def _say(self) -> None:
        place = self._place % (len(self._pcm) // PIECE_BYTES)
        self._place += 1
        self._clip += 1
        if self.leg is not None:
            piece = self._pcm[place * PIECE_BYTES : (place + 1) * PIECE_BYTES]
            self.leg.play(self._clip, piece, 16_000, f"piece {place}")


async def main(base: str, calls: int, shape: Shape, folder: Path) -> None:
    """Dial, talk, report."""
    pcm = caller_loop(shape, folder)
    async with open_line(encoder="voip") as line, httpx2.AsyncClient(base_url=base, timeout=30) as client:
        talkers = [Talker(pcm, number) for number in range(calls)]
        for talker in talkers[:ATTENTIVE]:
            talker.attentive = True
        dialling = asyncio.Semaphore(DIALLING)

        async def dial(talker: Talker) -> None:
            async with dialling:
                talker.leg = await line(talker)
                answer = await client.post("/offer", content=talker.leg.offer)
                answer.raise_for_status()
                await talker.leg.accept(answer.text)
                async with asyncio.timeout(20):
                    await talker.up.wait()
                await asyncio.sleep(BETWEEN_CALLS_S)

        async with asyncio.TaskGroup() as tasks:
            for talker in talkers:
                tasks.create_task(dial(talker), name="dial")
        print(json.dumps({"connected": sum(t.connected_ms is not None for t in talkers)}), flush=True)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            stats = [talker.leg.stats() if talker.leg else None for talker in talkers]
            live = [s for s in stats if s is not None]
            report = {
                key: sum(s[key] for s in live)
                for key in ("received", "lost", "late", "sent", "sent_late", "concealed_ms")
            }
            report["jitter_ms"] = sum(s["jitter_ms"] for s in live) / max(1, len(live))
            report["live"] = len(live)
            report["loud"] = sum(t.loud for t in talkers)
            report["heard"] = sum(t.samples for t in talkers if t.attentive)
            report["samples"] = sum(t.samples for t in talkers)
            print(json.dumps(report), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), cast(Shape, sys.argv[3]), Path(sys.argv[4])))
