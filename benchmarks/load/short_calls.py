"""The callers of a soak, one process: calls come and go without end, so many at a time.

    python -m benchmarks.load.short_calls ADDRESS AT_A_TIME SECONDS FOLDER

Every call talks for SECONDS, hangs up, and another takes its place. Answers each line on stdin with what has happened so far.
"""

import asyncio
import json
import sys
from pathlib import Path

import httpx2

from antiphon.wiring.media import Line, open_line
from benchmarks.load.callers import Talker
from benchmarks.load.shapes import caller_loop

CONNECTING_S = 20.0
LEAVING_S = 35.0
"""A hang-up waits for what was said, at most 30 s."""


class Crowd:
    """Calls that come and go."""

    def __init__(self, line: Line, client: httpx2.AsyncClient, pcm: bytes, seconds: float) -> None:
        self._line, self._client, self._pcm, self._seconds = line, client, pcm, seconds
        self.begun = self.done = self.failed = 0

    async def stay(self) -> None:
        """One call after another, until cancelled."""
        while True:
            self.begun += 1
            try:
                await self._call(Talker(self._pcm, self.begun))
                self.done += 1
            except (TimeoutError, httpx2.HTTPError):
                self.failed += 1

    async def _call(self, talker: Talker) -> None:
        talker.leg = await self._line(talker)
        answer = await self._client.post("/offer", content=talker.leg.offer)
        answer.raise_for_status()
        await talker.leg.accept(answer.text)
        async with asyncio.timeout(CONNECTING_S):
            await talker.up.wait()
        await asyncio.sleep(self._seconds)
        talker.hushed = True
        talker.leg.close()
        async with asyncio.timeout(LEAVING_S):
            await talker.over.wait()


async def main(base: str, at_a_time: int, seconds: float, folder: Path) -> None:
    """Call, report."""
    pcm = caller_loop("talking", folder)
    async with (
        open_line() as line,
        httpx2.AsyncClient(base_url=base, timeout=30) as client,
        asyncio.TaskGroup() as tasks,
    ):
        crowd = Crowd(line, client, pcm, seconds)
        staying = [tasks.create_task(crowd.stay(), name=f"caller {number}") for number in range(at_a_time)]
        print(json.dumps({"callers": at_a_time}), flush=True)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            print(json.dumps({"begun": crowd.begun, "done": crowd.done, "failed": crowd.failed}), flush=True)
        for task in staying:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))
