"""The gate benchmark counts what it says: onsets, misses, false pauses under the conversation's own rules."""

import numpy as np
import pytest

from benchmarks.gate.detectors import Edges, Found, hysteresis, spans
from benchmarks.gate.material import HZ, Track
from benchmarks.gate.pauses import Pauses, pauses
from benchmarks.gate.tables import false_starts, onset

MINUTE = 60 * HZ


def at(*times_s: float) -> Edges:
    """Opened, closed, opened …"""
    return [(round(time * HZ), number % 2 == 0) for number, time in enumerate(times_s)]


def test_an_onset_is_from_the_first_loud_sample_and_what_was_open_already_or_never_opens_is_told() -> None:
    words = tuple((round(begin * HZ), round((begin + 1) * HZ)) for begin in (1, 4, 7))
    track = Track("three", "three", np.zeros(10 * HZ), words)
    found = Found(at(1.1, 2.0, 3.9, 5.0, 9.5, 9.8), 0.0)
    assert {"utterances": 3, "p50": 100, "p95": 100, "missed": 1, "already_open": 1} == onset([track], [found])
    assert 2 == false_starts(track, found.edges)


@pytest.mark.parametrize(
    "gate, detector, expected",
    [
        (at(1, 1.5), [], Pauses(false=1)),
        (at(1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5), [], Pauses(false=2)),  # the reflex rests
        (at(1, 2), at(1.1, 1.4), Pauses(contests=1)),
        (at(1, 2), at(1.1, 1.9), Pauses(contests=1, cuts=1)),
        (at(1, 2), at(1.2, 1.9), Pauses(false=1, contests=1, cuts=1)),  # confirmed too late, and paused again
        ([], at(1.1, 1.9), Pauses(contests=1, cuts=1)),
        (at(1, 1.5, 2, 2.5, 5, 5.5), at(3, 3.2), Pauses(false=3, contests=1)),  # a voice arms it again
    ],
)
def test_a_pause_is_false_if_no_voice_is_confirmed_in_time(gate: Edges, detector: Edges, expected: Pauses) -> None:
    assert expected == pauses(gate, detector, MINUTE)


def test_a_verdict_without_hold_over_gets_that_of_the_gate() -> None:
    voiced = [False, True, False, True, True] + 20 * [False]
    assert [(640, True), (18 * 320, False)] == hysteresis(voiced, 1, 1)
    assert [(5 * 320, True), (18 * 320, False)] == hysteresis(voiced, 3, 5)
    assert [(640, 18 * 320)] == spans(hysteresis(voiced, 1, 1), 25 * 320)
