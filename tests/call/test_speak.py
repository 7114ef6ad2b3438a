"""A reply's text becomes audio in the leg's queue, clause by clause, and stops when it is cut."""

import asyncio
from collections.abc import AsyncIterator

from antiphon.call.call_clock import CallClock
from antiphon.call.speak import Speaking
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.events import AudioMade, Event, PlayoutEnded, PlayoutStarted, SpeakingFailed
from antiphon.ports.leg import Play, SendText, WordTime
from antiphon.ports.tts import Speech, TtsProfile
from tests.call.fakes import HandClock, NotedLeg


class SlowVoice:
    """100 ms of audio for every clause; a clause with "wait" in it is never finished."""

    profile = TtsProfile("slow", ("a",), 16_000, word_times=True, longest_text=300)

    def __init__(self) -> None:
        self.stopped = 0
        self.names: dict[str, str] = {}
        self.began = asyncio.Event()

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        assert "a" == voice
        try:
            if "fail" in text:
                raise ProviderError("the voice broke", ProviderFault.UNAVAILABLE, retryable=True)
            self.began.set()
            if "wait" in text:
                await asyncio.Event().wait()
            yield Speech(bytes(3210), 16_000, (WordTime(0, len(text), 0, 100),), self.names.get(text))
        except GeneratorExit:
            self.stopped += 1
            raise
        except asyncio.CancelledError:
            self.stopped += 1
            raise

    async def aclose(self) -> None: ...


class LongVoice(SlowVoice):
    """Ten seconds of audio for every clause, at once."""

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        yield Speech(bytes(10 * 32_000), 16_000, (), None)


class Stage:
    """A speaker with its leg, voice and events."""

    def __init__(self, tasks: asyncio.TaskGroup, *, audio: bool = True, voice: SlowVoice | None = None) -> None:
        self.leg, self.voice = NotedLeg(audio=audio), voice or SlowVoice()
        self.events: list[Event] = []
        self.happened = asyncio.Event()
        self.speaking = Speaking(self.leg, self.voice, "a", CallClock(HandClock()), self._post, tasks)
        self.task = tasks.create_task(self.speaking.run())

    def _post(self, event: Event) -> None:
        self.events.append(event)
        self.happened.set()

    async def until(self, count: int) -> None:
        while len(self.events) < count:
            self.happened.clear()
            await self.happened.wait()

    async def idle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def plays(self) -> list[Play]:
        return [order for order in self.leg.orders if isinstance(order, Play)]


async def test_the_first_clause_is_queued_while_the_rest_is_still_unknown() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Good morning and welcome. How may")
        await stage.until(1)
        assert [0] == [play.seq for play in stage.plays()]
        stage.task.cancel()


async def test_words_and_text_count_from_the_start_of_the_reply() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Good morning and welcome. How may I help you today?")
        stage.speaking.end(1)
        await stage.until(2)
        first, second = (event for event in stage.events if isinstance(event, AudioMade))
        assert (first.text_to, first.audio_ms) == (second.text_from, second.words[0].start_ms)
        assert (
            "How may I help you today?"
            == "Good morning and welcome. How may I help you today?"[second.words[0].start :]
        )
        stage.task.cancel()


async def test_the_end_of_a_reply_is_marked_in_the_queue() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Goodbye now.")
        stage.speaking.end(1)
        await stage.until(1)
        await stage.idle()
        assert [False, True] == [play.last for play in stage.plays()]
        stage.task.cancel()


async def test_a_cut_stops_the_voice_in_the_middle_of_a_clause() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Please wait for a very long time.")
        stage.speaking.end(1)
        await stage.voice.began.wait()
        stage.speaking.cut(1)
        await stage.idle()
        assert (1, []) == (stage.voice.stopped, stage.plays())
        stage.task.cancel()


async def test_the_reply_after_a_cut_one_is_spoken() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Please wait for a very long time. ")
        stage.speaking.add(2, "Of course, no problem.")
        stage.speaking.end(2)
        await stage.voice.began.wait()
        stage.speaking.cut(1)
        await stage.until(1)
        assert 2 == stage.plays()[0].reply
        stage.task.cancel()


async def test_a_voice_that_fails_is_reported_by_category() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "This will fail. ")
        await stage.until(1)
        assert [SpeakingFailed(0, 1, "unavailable")] == stage.events
        stage.task.cancel()


async def test_a_leg_without_audio_gets_the_whole_line_at_once() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks, audio=False)
        stage.speaking.add(1, "Good morning. How ")
        stage.speaking.add(1, "are you?")
        stage.speaking.end(1)
        await stage.until(2)
        assert [SendText(1, "Good morning. How are you?")] == stage.leg.orders
        assert [PlayoutStarted(0, 1), PlayoutEnded(0, 1, 0)] == stage.events
        stage.task.cancel()


async def test_every_clause_begins_with_a_packet_of_its_own() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.speaking.add(1, "Good morning and welcome. How may I help you today?")
        stage.speaking.end(1)
        await stage.until(2)
        assert [0, 0] == [len(play.pcm) % 640 for play in stage.plays()]
        assert all(260 <= made.audio_ms - 100 < 281 for made in stage.events if isinstance(made, AudioMade))
        stage.task.cancel()


async def test_a_clip_has_the_name_of_its_sound_and_of_the_silence_after_it() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks)
        stage.voice.names["Good morning and welcome."] = "abc"
        stage.speaking.add(1, "Good morning and welcome. How may I help you today?")
        stage.speaking.add(2, "Good morning and welcome. ")
        stage.speaking.end(1)
        await stage.until(3)
        first, second, _, again = stage.plays()
        assert f"abc+{len(first.pcm) // 2 - 1605}" == first.clip == again.clip
        assert (None, first.pcm) == (second.clip, again.pcm)
        stage.task.cancel()


LEG_HOLDS_MS = 60_000
"""As the media core has it (`QUEUED_PLAYOUT_MS`): what is queued beyond that is dropped, and would count as said."""


async def test_a_leg_is_given_no_more_than_it_holds_and_the_rest_as_it_is_played() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks, voice=LongVoice())
        for reply in (1, 2):
            stage.speaking.add(reply, "And so it goes on and on. " * 8)
            stage.speaking.end(reply)
        played = {1: 0, 2: 0}
        for reply in (1, 2):
            for _ in range(1_000):
                await stage.idle()
                given = sum(len(play.pcm) // 32 for play in stage.plays() if play.reply == reply)
                waiting = sum(len(play.pcm) // 32 for play in stage.plays()) - sum(played.values())
                assert waiting <= LEG_HOLDS_MS
                if played[reply] == given:
                    break
                played[reply] = min(given, played[reply] + 700)
                stage.speaking.played(reply, played[reply], done=False)
            stage.speaking.played(reply, played[reply], done=True)
            assert played[reply] > 80_000, "all of it"
        stage.task.cancel()


async def test_what_a_cut_has_dropped_holds_nothing_up() -> None:
    async with asyncio.TaskGroup() as tasks:
        stage = Stage(tasks, voice=LongVoice())
        stage.speaking.add(1, "And so it goes on and on. " * 8)
        await stage.idle()
        stage.speaking.cut(1)
        stage.speaking.add(2, "Of course, no problem.")
        stage.speaking.end(2)
        await stage.idle()
        assert 2 == stage.plays()[-1].reply
        stage.task.cancel()
