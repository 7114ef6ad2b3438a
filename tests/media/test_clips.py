"""What one caller has heard is not encoded again for the next."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from antiphon.ports.leg import Leg, Play
from antiphon.testing.dialler import DialledCall
from antiphon.wiring.media import Doors, open_line, open_media

pytestmark = pytest.mark.realtime

FRAME_BYTES = 640


@asynccontextmanager
async def caller(doors: Doors) -> AsyncIterator[tuple[Leg, DialledCall]]:
    async with open_line() as line:
        call = DialledCall()
        dialled = await line(call.sink())
        call.use(dialled)
        answered = await doors.webrtc.answer(dialled.offer)
        await dialled.accept(answered.sdp)
        await call.until(lambda: call.connected_ms)
        yield answered.leg, call


async def heard(doors: Doors, pcm: bytes, clip: str | None) -> np.ndarray:
    """The clip, as a caller hears it: loudness of every 20 ms."""
    async with caller(doors) as (leg, call):
        leg.order(Play(1, 0, pcm, 16_000, last=True, clip=clip))
        await call.until(lambda: len(call.ear.pcm()) >= len(pcm))
        samples = np.frombuffer(call.ear.pcm()[: len(pcm)], "<i2").astype(float).reshape(-1, 320)
        return np.asarray(np.sqrt((samples**2).mean(axis=1)))


def whole_frames(pcm: bytes) -> bytes:
    return pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES] + bytes(3 * FRAME_BYTES)


async def test_the_second_caller_hears_the_packets_of_the_first(spoken: bytes) -> None:
    pcm = whole_frames(spoken)
    async with open_media() as doors:
        first = await heard(doors, pcm, "welcome")
        assert (0, 1) == (doors.webrtc.counts()["shared"], doors.webrtc.counts()["clips"])
        second = await heard(doors, pcm, "welcome")
        assert len(pcm) // FRAME_BYTES == doors.webrtc.counts()["shared"]
    assert np.corrcoef(first, second)[0, 1] > 0.99
    assert 0.95 < second.mean() / first.mean() < 1.05


async def test_what_has_no_name_is_kept_by_nobody(spoken: bytes) -> None:
    pcm = whole_frames(spoken)
    async with open_media() as doors:
        await heard(doors, pcm, None)
        await heard(doors, pcm, None)
        assert (0, 0) == (doors.webrtc.counts()["shared"], doors.webrtc.counts()["clips"])
