"""What every voice activity detector promises. Subclass `VadContract` and give it the fixtures `make_vad` and `voices`."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import numpy as np

from antiphon.ports.vad import Vad
from antiphon.testing.voices import Voices

MakeVad = Callable[[], Awaitable[Vad]]
SECOND = bytes(32_000)
DEADLINE_S = 5.0


class Verdicts:
    """Collects a stream's verdicts and waits for a number of them."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.probabilities: list[float] = []
        self.threads: set[int] = set()
        self._more = asyncio.Event()

    def __call__(self, end_sample: int, probability: float) -> None:
        self.ends.append(end_sample)
        self.probabilities.append(probability)
        self.threads.add(threading.get_ident())
        self._more.set()

    async def wait_for(self, count: int) -> None:
        """Until there are `count`; fails after five seconds."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.ends) < count:
                self._more.clear()
                await self._more.wait()


async def judged(vad: Vad, pcm: bytes, step: int = 640) -> Verdicts:
    """The verdicts on `pcm`, pushed in pieces of `step` bytes."""
    verdicts = Verdicts()
    stream = vad.open(verdicts)
    window = vad.profile.window
    for at in range(0, len(pcm), step):
        stream.push(memoryview(pcm)[at : at + step])
        await verdicts.wait_for(min(at + step, len(pcm)) // (2 * window) - 8)
    await verdicts.wait_for(len(pcm) // (2 * window))
    stream.close()
    return verdicts


class VadContract:
    """The promises."""

    async def test_speech_is_noticed_within_a_fifth_of_a_second(self, make_vad: MakeVad, voices: Voices) -> None:
        vad = await make_vad()
        speech = voices.say("good morning", "rms", lead_ms=0, tail_ms=0)
        verdicts = await judged(vad, SECOND + speech + SECOND)
        onset = next(end for end, p in zip(verdicts.ends, verdicts.probabilities, strict=True) if p >= 0.5)
        assert 16_000 < onset <= 16_000 + 3_200
        await vad.aclose()

    async def test_silence_after_speech_is_silence(self, make_vad: MakeVad, voices: Voices) -> None:
        vad = await make_vad()
        verdicts = await judged(vad, voices.say("good morning", "rms", lead_ms=0, tail_ms=1_000))
        assert max(verdicts.probabilities[-10:]) < 0.35
        await vad.aclose()

    async def test_noise_is_not_speech(self, make_vad: MakeVad) -> None:
        vad = await make_vad()
        noise = np.random.default_rng(1).normal(0, 1_800, 5 * 16_000).astype("<i2")  # -25 dBFS
        verdicts = await judged(vad, noise.tobytes())
        assert sum(p >= 0.5 for p in verdicts.probabilities) < 3
        await vad.aclose()

    async def test_windows_are_judged_in_order_and_count_the_samples_pushed(self, make_vad: MakeVad) -> None:
        vad = await make_vad()
        window = vad.profile.window
        verdicts = await judged(vad, bytes(2 * window * 20 + 100), step=3 * 2 * window + 2)
        assert [window * n for n in range(1, 21)] == verdicts.ends
        await vad.aclose()

    async def test_the_size_of_the_pieces_does_not_matter(self, make_vad: MakeVad, voices: Voices) -> None:
        vad = await make_vad()
        pcm = voices.say("good morning", "awb")
        small, large = await judged(vad, pcm, 322), await judged(vad, pcm, 3_200)
        assert small.probabilities == large.probabilities
        await vad.aclose()

    async def test_two_callers_do_not_mix(self, make_vad: MakeVad, voices: Voices) -> None:
        vad = await make_vad()
        speech = voices.say("i would like to book a haircut please", "rms")
        alone = await judged(vad, speech)
        beside = await asyncio.gather(judged(vad, speech), judged(vad, bytes(len(speech))))
        assert alone.probabilities == beside[0].probabilities
        assert max(beside[1].probabilities) < 0.5
        await vad.aclose()

    async def test_verdicts_come_on_the_event_loop(self, make_vad: MakeVad) -> None:
        vad = await make_vad()
        verdicts = await judged(vad, SECOND)
        assert {threading.get_ident()} == verdicts.threads
        await vad.aclose()

    async def test_a_closed_stream_says_nothing_more(self, make_vad: MakeVad) -> None:
        vad = await make_vad()
        closed = Verdicts()
        stream = vad.open(closed)
        stream.push(memoryview(SECOND))
        stream.close()
        stream.close()
        stream.push(memoryview(SECOND))
        await judged(vad, SECOND)  # the engine has been through everything pushed before
        assert closed.ends == []
        await vad.aclose()

    async def test_closing_twice_and_pushing_afterwards_is_harmless(self, make_vad: MakeVad) -> None:
        vad = await make_vad()
        verdicts = Verdicts()
        stream = vad.open(verdicts)
        await vad.aclose()
        await vad.aclose()
        stream.push(memoryview(SECOND))
        stream.close()
        assert verdicts.ends == []
