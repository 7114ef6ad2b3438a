"""Silero keeps the detector's promises, batches without changing a bit, and stays bounded."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from antiphon.adapters.silero import SileroVad
from antiphon.adapters.silero.adapter import PENDING
from antiphon.adapters.silero.network import WINDOW, Memory, SileroNetwork
from antiphon.ports.vad import Vad
from antiphon.testing.contracts.vad import MakeVad, VadContract, Verdicts, judged
from antiphon.testing.voices import Voices


@pytest.fixture
async def make_vad() -> AsyncIterator[MakeVad]:
    made: list[Vad] = []

    async def make() -> Vad:
        vad = SileroVad()
        made.append(vad)
        await vad.warm_up()
        return vad

    yield make
    for vad in made:
        await vad.aclose()


class TestSilero(VadContract):
    pass


def windows(pcm: bytes) -> list[bytes]:
    size = 2 * WINDOW
    return [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]


def test_a_batch_gives_the_same_bits_as_single_runs(voices: Voices) -> None:
    network = SileroNetwork()
    noise = np.random.default_rng(3).normal(0, 2_000, 16_000).astype("<i2").tobytes()
    callers = [windows(voices.say("good morning", "rms")), windows(voices.say("no thank you", "awb")), windows(noise)]
    length = min(map(len, callers))
    single = []
    for caller in callers:
        memory = Memory()
        single.append([network.judge([window], [memory])[0] for window in caller[:length]])
    memories = [Memory() for _ in callers]
    together = [network.judge([caller[at] for caller in callers], memories) for at in range(length)]
    assert [list(column) for column in zip(*together, strict=True)] == single


async def test_a_stalled_engine_costs_the_oldest_windows_and_they_are_counted(make_vad: MakeVad) -> None:
    vad = await make_vad()
    assert isinstance(vad, SileroVad)
    verdicts = Verdicts()
    stream = vad.open(verdicts)
    stream.push(memoryview(bytes(2 * WINDOW * (PENDING + 10))))  # all at once: the thread has had no turn
    assert stream.dropped == 10
    await verdicts.wait_for(PENDING)
    assert [WINDOW * n for n in range(11, PENDING + 11)] == verdicts.ends


async def test_one_callers_failing_callback_costs_the_others_nothing(make_vad: MakeVad) -> None:
    vad = await make_vad()
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail(end_sample: int, probability: float) -> None:
        raise ValueError("a bug in the listener")

    failing = vad.open(fail)
    failing.push(memoryview(bytes(2 * WINDOW)))
    verdicts = await judged(vad, bytes(2 * WINDOW * 5))
    assert len(verdicts.ends) == 5
    assert len(reported) == 1
    assert isinstance(reported[0], ValueError)


async def test_the_windows_of_one_drain_share_a_batch(make_vad: MakeVad, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    judge = SileroNetwork.judge

    def counting(self: SileroNetwork, batch: list[bytes], memories: list[Memory]) -> list[float]:
        sizes.append(len(batch))
        return judge(self, batch, memories)

    monkeypatch.setattr(SileroNetwork, "judge", counting)
    vad = await make_vad()
    everyone = [Verdicts() for _ in range(20)]
    for stream in [vad.open(verdicts) for verdicts in everyone]:
        stream.push(memoryview(bytes(2 * WINDOW)))
    for verdicts in everyone:
        await verdicts.wait_for(1)
    assert sizes == [20]
