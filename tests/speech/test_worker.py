"""What a recogniser's process answers, message by message; the decoders are a script's."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from antiphon.adapters.pocketsphinx import worker
from antiphon.adapters.pocketsphinx.framing import FrameReader, Kind, frame, frame_json
from antiphon.adapters.pocketsphinx.recogniser import STEP
from antiphon.adapters.pocketsphinx.worker import INTERIM, Worker

BEGIN = frame_json(Kind.BEGIN, {"domain": None, "means": {}, "most_surprise": 0.0})
FAR_BEHIND = 100


@dataclass
class Scripted:
    """A recogniser whose general decoder needs `owed` steps; `at_step` is called with the number of each, and `at_last` when words
    so far are asked for, or there is nothing left to do after the utterance."""

    at_last: Callable[[], None]
    owed: int = FAR_BEHIND
    at_step: Callable[[int], None] = lambda _: None
    behind: bool = False
    over: bool = field(default=False, init=False)
    steps: int = field(default=0, init=False)

    @property
    def decided(self) -> bool:
        return self.steps >= self.owed

    def begin(self, folder: str | None, means: dict[str, str], most_surprise: float) -> None:
        self.steps = 0

    def take(self, pcm: bytes) -> None:
        assert len(pcm) <= STEP

    def catch_up(self) -> bool:
        if self.over:
            self.at_last()
        if self.over or self.decided:
            return False
        self.steps += 1
        self.at_step(self.steps)
        return True

    def so_far(self) -> str:
        self.at_last()
        return "words so far"

    def close(self) -> None:
        pass

    def finish(self) -> dict[str, object]:
        self.over = True
        return {"text": "all words", "score": 1.0, "alternative": "", "means": {}}

    def abandon(self) -> None:
        self.over = True


class Parent:
    """The other ends of a worker's pipes. What it says is there before the worker runs, unless it is said by a step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._source, self._to = os.pipe()
        self._back, self._sink = os.pipe()

    def say(self, *frames: bytes) -> None:
        os.write(self._to, b"".join(frames))

    def leave(self) -> None:
        os.close(self._to)

    def answers(self, recogniser: Scripted) -> list[Kind]:
        """Run a worker until it ends of itself or because its parent has left."""
        self._monkeypatch.setattr(worker, "Recogniser", lambda: recogniser)
        with contextlib.suppress(EOFError):
            Worker(self._source, self._sink).run()
        return [kind for kind, _ in FrameReader().feed(os.read(self._back, 1 << 16))]

    def close(self) -> None:
        for end in (self._source, self._back, self._sink):
            os.close(end)


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parent]:
    made = Parent(monkeypatch)
    yield made
    made.close()


def test_an_utterance_that_is_abandoned_while_a_decoder_catches_up_is_not_heard_out(parent: Parent) -> None:
    def abandon_at_third(step: int) -> None:
        if step == 3:
            parent.say(frame(Kind.ABANDON))

    parent.say(BEGIN, frame(Kind.AUDIO, bytes(STEP)), frame(Kind.FINISH))
    told = parent.answers(Scripted(parent.leave, at_step=abandon_at_third))
    assert [Kind.READY, *[Kind.PROGRESS] * 3, Kind.IDLE] == told


def test_who_waits_for_all_words_is_told_of_progress_and_no_words_so_far(parent: Parent) -> None:
    parent.say(BEGIN, frame(Kind.AUDIO, bytes(INTERIM)), frame(Kind.FINISH))
    told = parent.answers(Scripted(parent.leave, owed=5))
    assert [Kind.READY, *[Kind.PROGRESS] * 6, Kind.HEARD] == told


def test_words_so_far_are_told_when_the_decoder_has_caught_up(parent: Parent) -> None:
    recogniser = Scripted(parent.leave, owed=5)
    parent.say(BEGIN, frame(Kind.AUDIO, bytes(INTERIM)))
    assert [Kind.READY, Kind.INTERIM] == parent.answers(recogniser)
    assert 5 == recogniser.steps


def test_words_so_far_do_not_wait_for_a_decoder_that_is_far_behind(parent: Parent) -> None:
    recogniser = Scripted(parent.leave, behind=True)
    parent.say(BEGIN, frame(Kind.AUDIO, bytes(INTERIM)))
    assert [Kind.READY, Kind.INTERIM] == parent.answers(recogniser)
    assert 0 == recogniser.steps


def test_a_decoder_that_fails_is_reported_once_and_ends_the_process(parent: Parent) -> None:
    def fail(step: int) -> None:
        raise RuntimeError("no such state")

    parent.say(BEGIN, frame(Kind.AUDIO, bytes(STEP)))
    assert [Kind.READY, Kind.FAILED] == parent.answers(Scripted(parent.leave, at_step=fail))
    parent.leave()
