"""What was said before is not synthesised again, and has a name."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import cast

from antiphon.call.repertoire import Repertoire
from antiphon.ports.leg import WordTime
from antiphon.ports.tts import Speech, TtsProfile
from antiphon.testing.contracts.tts import AsyncGeneratorLike, spoken


class CountingVoice:
    """100 ms for each word, in one piece or in one for each word."""

    def __init__(self, *, streams: bool = False) -> None:
        self.profile = TtsProfile("counting", ("a", "b"), 16_000, word_times=True, longest_text=300, streams=streams)
        self.asked: list[str] = []

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        self.asked.append(text)
        words = text.split()
        if self.profile.streams:
            for place, word in enumerate(words):
                yield Speech(bytes([place, 0]) * 1600, 16_000, (WordTime(place, place + len(word), 10, 90),))
        elif words:
            yield Speech(bytes(3200 * len(words)), 16_000, ())

    async def aclose(self) -> None: ...


async def test_the_same_clause_again_is_not_synthesised_again_and_has_the_same_name() -> None:
    voice = CountingVoice()
    repertoire = Repertoire(voice)
    first, again = await spoken(repertoire, "Good morning.", "a"), await spoken(repertoire, "Good morning.", "a")
    assert first == again
    assert first[0].name
    assert ["Good morning."] == voice.asked


async def test_another_text_and_another_voice_have_other_names() -> None:
    repertoire = Repertoire(CountingVoice())
    names = [
        (await spoken(repertoire, text, voice))[0].name
        for text, voice in (("Good morning.", "a"), ("Good evening.", "a"), ("Good morning.", "b"))
    ]
    assert 3 == len(set(names))
    assert not any(name and "morning" in name for name in names)


async def test_what_came_in_pieces_comes_whole_and_named_the_next_time() -> None:
    repertoire = Repertoire(CountingVoice(streams=True))
    first, again = await spoken(repertoire, "One two three.", "a"), await spoken(repertoire, "One two three.", "a")
    assert [None, None, None] == [chunk.name for chunk in first]
    [whole] = again
    assert b"".join(chunk.pcm for chunk in first) == whole.pcm
    assert [(10, 90), (110, 190), (210, 290)] == [(word.start_ms, word.end_ms) for word in whole.words]
    assert whole.name


async def test_a_clause_that_was_broken_off_is_not_remembered() -> None:
    voice = CountingVoice(streams=True)
    repertoire = Repertoire(voice)
    async with aclosing(cast(AsyncGeneratorLike, repertoire.speak("One two three.", "a"))) as speech:
        await anext(speech)
    assert 3 == len(await spoken(repertoire, "One two three.", "a"))
    assert 2 == len(voice.asked)


async def test_the_room_is_kept_and_what_was_said_least_lately_goes_first() -> None:
    voice = CountingVoice()
    repertoire = Repertoire(voice, room_bytes=2 * 3200)
    for text in ("One.", "Two.", "One.", "Three.", "One.", "Two."):
        await spoken(repertoire, text, "a")
    assert ["One.", "Two.", "Three.", "Two."] == voice.asked


async def test_what_is_larger_than_the_room_drives_nothing_out() -> None:
    voice = CountingVoice()
    repertoire = Repertoire(voice, room_bytes=3200)
    for text in ("One.", "One two.", "One."):
        await spoken(repertoire, text, "a")
    assert ["One.", "One two."] == voice.asked
