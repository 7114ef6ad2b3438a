"""A caller whose network dies in the middle of a word: hearing ends the utterance instead of waiting for ever."""

from collections.abc import Callable
from typing import cast

import pytest

from antiphon import _media  # noqa: TID251  # its own test
from antiphon.adapters.media import Exchange, WebRtcDoor
from antiphon.adapters.silero import SileroVad
from antiphon.call.call_clock import CallClock
from antiphon.call.hear import Hearing
from antiphon.core.events import Event, SpeechStarted, SpeechStopped
from antiphon.ports.leg import Listen
from antiphon.ports.stt import Stt, SttVocabulary
from tests.call.fakes import HandClock
from tests.media.counter import settle
from tests.media.ear import Ear

pytestmark = pytest.mark.realtime


class NoRecogniser:
    def open(self, _vocabulary: SttVocabulary, _interim: Callable[[str], None]) -> "NoRecogniser":
        return self


class HearingEar(Ear):
    """An ear with a call's hearing behind it."""

    def __init__(self, hearing: Hearing) -> None:
        super().__init__()
        self._hearing = hearing

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        super().audio(at_ms, pcm)
        self._hearing.audio(at_ms, pcm)


async def test_speech_that_breaks_off_with_the_network_is_reported_as_ended(spoken: bytes) -> None:
    caller, vad, posted = _media.Core(), SileroVad(), list[Event]()
    await vad.warm_up()
    async with Exchange(_media.Core(), _report) as exchange:
        leg, offer = caller.offer()
        answered = await WebRtcDoor(exchange).answer(offer)
        clock, stt, vocabulary = CallClock(HandClock()), cast(Stt, NoRecogniser()), SttVocabulary("")
        ear = HearingEar(Hearing(clock, vad, stt, vocabulary, posted.append, lambda on: answered.leg.order(Listen(on))))
        answered.leg.attach(ear)
        caller.accept_answer(leg, answered.sdp)
        await settle(lambda: any(fact[0] == _media.CONNECTED for fact in caller.drain().facts))
        caller.play(leg, 1, 0, spoken, 16_000, True)
        await settle(lambda: any(isinstance(event, SpeechStarted) for event in posted))
        assert 1 == len(posted)
        caller.shutdown()  # no packet more, and no word of it
        await settle(lambda: any(isinstance(event, SpeechStopped) for event in posted), within_s=2)
        leg_stats = exchange.core.stats(1)
        assert leg_stats
        assert leg_stats["received"] * 20 < len(spoken) // 32, "the sentence must have been broken off"
        assert 1 == exchange.live, "a stall is no hang-up"
    await vad.aclose()


def _report(where: str, error: Exception) -> None:
    raise AssertionError(where) from error
