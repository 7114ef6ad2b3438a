"""What every recogniser promises. Subclass `SttContract` and give it the fixtures `make_stt`, `vocabulary` and `voices`.

`make_stt` gives a warm recogniser, prepared for `vocabulary`, with room for one caller at a time if it has such a limit: so a
decoder that is not given back shows.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import psutil

from antiphon.ports.stt import Heard, Stt, SttStream, SttVocabulary
from antiphon.testing.voices import Voices

MakeStt = Callable[[], Awaitable[Stt]]
CHUNK = 3_200  # bytes: 100 ms
SENTENCE = "can i book a haircut on tuesday"


def push(stream: SttStream, pcm: bytes) -> None:
    """Push in chunks of 100 ms."""
    for at in range(0, len(pcm), CHUNK):
        stream.push(pcm[at : at + CHUNK])


async def heard(stream: SttStream, pcm: bytes) -> Heard:
    """One utterance from beginning to end."""
    stream.begin()
    push(stream, pcm)
    return await stream.finish()


def silent(_: str) -> None:
    """An interim callback that nobody listens to."""


class SttContract:
    """The promises."""

    async def test_a_clear_sentence_is_understood(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        for voice in ("rms", "awb"):
            result = await heard(stream, voices.say(SENTENCE, voice))
            assert result.text == SENTENCE
            assert 0 < result.confidence <= 1
        await stt.aclose()

    async def test_interim_words_arrive_before_the_end(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        if not stt.profile.interim:
            await stt.aclose()
            return
        interims: list[str] = []
        arrived = asyncio.Event()

        def interim(text: str) -> None:
            interims.append(text)
            arrived.set()

        stream = stt.open(vocabulary, interim)
        stream.begin()
        push(stream, voices.say(SENTENCE))
        async with asyncio.timeout(5):
            await arrived.wait()
        assert interims[0]
        await stream.finish()
        await stt.aclose()

    async def test_an_utterance_without_audio_is_empty(self, make_stt: MakeStt, vocabulary: SttVocabulary) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        stream.begin()
        assert (await stream.finish()).text == ""
        assert (await stream.finish()).text == ""  # none is open at all
        await stt.aclose()

    async def test_silence_is_empty(self, make_stt: MakeStt, vocabulary: SttVocabulary) -> None:
        stt = await make_stt()
        assert (await heard(stt.open(vocabulary, silent), bytes(16_000))).text == ""
        await stt.aclose()

    async def test_an_abandoned_utterance_leaves_nothing_in_the_next(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        stream.begin()
        push(stream, voices.say("no thank you goodbye"))
        stream.abandon()
        stream.abandon()
        assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
        await stt.aclose()

    async def test_beginning_anew_drops_what_was_open(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        stream.begin()
        push(stream, voices.say("no thank you goodbye"))
        assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
        await stt.aclose()

    async def test_audio_before_the_beginning_is_ignored(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        push(stream, voices.say("no thank you goodbye"))
        assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
        await stt.aclose()

    async def test_cancelling_a_finish_gives_the_decoder_back(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        stream.begin()
        push(stream, voices.say("no thank you goodbye"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await stream.finish()
        assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
        await stt.aclose()

    async def test_two_callers_do_not_mix(self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices) -> None:
        stt = await make_stt()
        one, two = stt.open(vocabulary, silent), stt.open(vocabulary, silent)
        results = await asyncio.gather(
            heard(one, voices.say(SENTENCE)), heard(two, voices.say("yes please that's right", "awb"))
        )
        assert [result.text for result in results] == [SENTENCE, "yes please that's right"]
        await stt.aclose()

    async def test_closing_twice_leaves_no_task_and_no_process(
        self, make_stt: MakeStt, vocabulary: SttVocabulary, voices: Voices
    ) -> None:
        tasks, processes = asyncio.all_tasks(), psutil.Process().children(recursive=True)
        stt = await make_stt()
        stream = stt.open(vocabulary, silent)
        stream.begin()
        push(stream, voices.say(SENTENCE))
        await stream.aclose()
        await stream.aclose()
        stream.begin()
        stream.push(bytes(CHUNK))
        assert (await stream.finish()).text == ""  # a closed stream hears nothing
        await stt.aclose()
        await stt.aclose()
        assert processes == psutil.Process().children(recursive=True)
        assert tasks == asyncio.all_tasks()
