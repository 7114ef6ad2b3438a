"""What every voice engine promises. Subclass `TtsContract` and give it the fixture `make_tts`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import numpy as np
import pytest

from antiphon.core.errors import ProviderError
from antiphon.ports.tts import Speech, Tts
from antiphon.testing.ears import level_dbfs

MakeTts = Callable[[], Awaitable[Tts]]
CLAUSE = "Your haircut with Maria is booked for Tuesday at half past two."


async def spoken(tts: Tts, text: str, voice: str) -> list[Speech]:
    """All of it."""
    return [speech async for speech in tts.speak(text, voice)]


def length_ms(speech: Speech) -> float:
    """How long it sounds."""
    return len(speech.pcm) / 2 / speech.rate_hz * 1000


class TtsContract:
    """The promises."""

    async def test_every_voice_makes_audio_that_is_like_speech(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        for voice in tts.profile.voices:
            speech = await spoken(tts, CLAUSE, voice)
            pcm = b"".join(chunk.pcm for chunk in speech)
            assert {tts.profile.rate_hz} == {chunk.rate_hz for chunk in speech}
            assert 1_500 < sum(map(length_ms, speech)) < 6_000
            assert -30 < level_dbfs(pcm) < -3
            samples = np.frombuffer(pcm, "<i2").astype(float)
            frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
            energy = np.sqrt((frames**2).mean(axis=1))
            assert energy.std() > 0.3 * energy.mean()  # syllables: neither a tone nor noise
        await tts.aclose()

    async def test_words_cover_the_text_in_order(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        for text in (CLAUSE, "It's £45, on 2026-11-24 at 2:30pm; your reference is GB-20261124-001.", "OK"):
            words = [word for speech in await spoken(tts, text, tts.profile.voices[0]) for word in speech.words]
            if tts.profile.word_times:
                assert text.split() == [text[word.start : word.end] for word in words]
        await tts.aclose()

    async def test_word_times_rise_and_stay_within_the_audio(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        for voice in tts.profile.voices:
            for speech in await spoken(tts, CLAUSE, voice):
                edges = [edge for word in speech.words for edge in (word.start_ms, word.end_ms)]
                assert sorted(edges) == edges
                assert all(0 <= edge <= length_ms(speech) for edge in edges)
                assert all(word.end_ms > word.start_ms for word in speech.words)
        await tts.aclose()

    async def test_nothing_to_say_yields_nothing(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        for text in ("", "   ", "…", "— !"):
            assert await spoken(tts, text, tts.profile.voices[0]) == []
        await tts.aclose()

    async def test_closing_the_iterator_stops_at_once_and_the_engine_goes_on(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        voice = tts.profile.voices[0]
        long_text = ("I can offer you many times next week. " * 40)[: tts.profile.longest_text]
        loop = asyncio.get_running_loop()
        started = loop.time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await spoken(tts, long_text, voice)
        assert loop.time() - started < 0.1
        assert await spoken(tts, "Go on.", voice)
        assert loop.time() - started < 0.3  # nothing queued behind the rest of the long text
        await tts.aclose()

    async def test_an_iterator_closed_before_its_first_chunk_is_harmless(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        iterator = tts.speak(CLAUSE, tts.profile.voices[0])
        await cast("AsyncGeneratorLike", iterator).aclose()
        assert await spoken(tts, "Go on.", tts.profile.voices[0])
        await tts.aclose()

    async def test_an_unknown_voice_and_too_much_text_are_refused(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        with pytest.raises(ProviderError) as unknown:
            await spoken(tts, CLAUSE, "no such voice")
        with pytest.raises(ProviderError) as too_long:
            await spoken(tts, "a " * tts.profile.longest_text, tts.profile.voices[0])
        assert not unknown.value.retryable
        assert not too_long.value.retryable
        await tts.aclose()

    async def test_many_at_once_do_not_mix(self, make_tts: MakeTts) -> None:
        tts = await make_tts()
        voice = tts.profile.voices[0]
        texts = [
            f"There is a time at {hour} o'clock on Monday."
            for hour in ("nine", "ten", "eleven", "twelve", "one", "two")
        ]
        alone = [await spoken(tts, text, voice) for text in texts]
        other = await make_tts()
        together = await asyncio.gather(*(spoken(other, text, voice) for text in texts))
        assert alone == list(together)
        await tts.aclose()
        await other.aclose()

    async def test_closing_twice_leaves_no_task_and_later_speech_is_refused(self, make_tts: MakeTts) -> None:
        tasks = asyncio.all_tasks()
        tts = await make_tts()
        await tts.aclose()
        await tts.aclose()
        with pytest.raises(ProviderError):
            await spoken(tts, CLAUSE, tts.profile.voices[0])
        assert tasks == asyncio.all_tasks()


class AsyncGeneratorLike(AsyncIterator[Speech]):
    """An iterator that can be closed, as `speak` promises."""

    async def aclose(self) -> None:
        """Stop."""
