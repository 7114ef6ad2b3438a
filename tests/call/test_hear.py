"""Hearing: audio and a detector's verdicts become edges of speech and chunks for the recogniser."""

from collections.abc import Callable
from typing import cast

from antiphon.call.call_clock import CallClock
from antiphon.call.hear import Hearing
from antiphon.core.events import Event, SpeechStarted, SpeechStopped
from antiphon.ports.stt import Stt, SttVocabulary
from antiphon.ports.vad import Vad
from tests.call.fakes import HandClock

RATE_HZ = 16_000
SAMPLES_PER_MS = RATE_HZ // 1000
FRAME_MS = 20
WINDOW = 512


class LateDetector:
    """A Vad whose verdicts the test gives, as late as it likes. Voice is what is not silence."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._end = 0

    def open(self, verdict: Callable[[int, float], None]) -> "LateDetector":
        self._verdict = verdict
        return self

    def push(self, pcm: memoryview) -> None:
        self._pcm += pcm

    def close(self) -> None:
        pass

    def judge(self) -> None:
        """Verdicts on every whole window so far."""
        while len(self._pcm) >= 2 * WINDOW:
            window, self._pcm = self._pcm[: 2 * WINDOW], self._pcm[2 * WINDOW :]
            self._end += WINDOW
            self._verdict(self._end, 1.0 if any(window) else 0.0)


class WrittenDown:
    """A recogniser that keeps what it is given."""

    def __init__(self) -> None:
        self.pcm = b""

    def open(self, _vocabulary: SttVocabulary, _interim: Callable[[str], None]) -> "WrittenDown":
        return self

    def begin(self) -> None:
        self.pcm = b""

    def push(self, pcm: bytes) -> None:
        self.pcm += pcm


class Scene:
    def __init__(self) -> None:
        self.clock, self.vad, self.stt = HandClock(), LateDetector(), WrittenDown()
        self.posted: list[Event] = []
        self.listening: list[bool] = []
        self.hearing = Hearing(
            CallClock(self.clock),
            cast(Vad, self.vad),
            cast(Stt, self.stt),
            SttVocabulary(""),
            self.posted.append,
            self.listening.append,
        )
        self.at_ms = self.clock.ms

    def hear(self, sample: int, for_ms: int) -> None:
        """Audio of one constant value, the clock not moving: it comes in a burst."""
        frame = sample.to_bytes(2, "little") * (SAMPLES_PER_MS * FRAME_MS)
        for _ in range(for_ms // FRAME_MS):
            self.at_ms += FRAME_MS
            self.hearing.audio(self.at_ms, memoryview(frame))

    async def recognised(self) -> bytes:
        """What the recogniser was given so far."""
        for what, utterance, pcm in list(self.hearing._orders):
            await self.hearing._carry_out(what, utterance, pcm)
        return self.stt.pcm


async def test_words_handed_over_in_one_go_reach_the_recogniser_from_the_first_on() -> None:
    scene = Scene()
    scene.hear(0, 200)
    scene.hear(7, 1_600)  # what a leg kept while the call was being opened
    scene.hear(9, 400)  # and what came before the detector had got through it
    scene.vad.judge()
    heard = await scene.recognised()
    assert 1_600 * SAMPLES_PER_MS == heard.count(b"\x07\x00")
    assert [SpeechStarted(0, 1, 192)] == scene.posted  # the window in which the voice began


async def test_silence_in_place_of_a_caller_who_vanished_mid_word_ends_the_utterance() -> None:
    scene = Scene()
    scene.hear(7, 640)
    scene.vad.judge()
    scene.hear(0, 320)
    scene.vad.judge()
    assert [SpeechStarted(0, 1, 0), SpeechStopped(0, 1, 640)] == scene.posted


async def test_silence_is_asked_for_within_an_utterance_and_nowhere_else() -> None:
    scene = Scene()
    scene.hear(0, 320)
    scene.vad.judge()
    assert [] == scene.listening
    scene.hear(7, 320)
    scene.hear(0, 320)
    scene.hear(7, 320)  # a voice that goes on before anybody asked for its words
    scene.vad.judge()
    assert [True] == scene.listening
    scene.hearing.transcribe(2)
    assert [True, False] == scene.listening
    scene.hearing.transcribe(2)
    assert [True, False] == scene.listening
