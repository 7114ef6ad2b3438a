"""A track that paces itself, as in aiortc's examples: 20 ms frames, its cheapest, each at its due time."""

import asyncio
import fractions
import time
from collections.abc import Callable

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from benchmarks.load.cycle import Pcm

RATE_HZ = 48_000
FRAME = RATE_HZ // 50
LATE_S = 0.01


class PacedTrack(MediaStreamTrack):
    """`speak` gives frame by number, of shape (1, FRAME). `late` counts frames asked for more than 10 ms after they were due."""

    kind = "audio"

    def __init__(self, speak: Callable[[int], Pcm]) -> None:
        super().__init__()
        self.late = 0
        self._speak, self._number, self._start = speak, 0, 0.0

    async def recv(self) -> AudioFrame:
        """The next frame, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        self._start = self._start or time.monotonic()
        ahead = self._start + self._number / 50 - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)
        self.late += ahead < -LATE_S
        made = AudioFrame.from_ndarray(self._speak(self._number), format="s16", layout="mono")
        made.sample_rate, made.pts, made.time_base = RATE_HZ, self._number * FRAME, fractions.Fraction(1, RATE_HZ)
        self._number += 1
        return made
