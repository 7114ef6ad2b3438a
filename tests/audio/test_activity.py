"""Edges of speech."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.audio.activity import Activity, ActivityPolicy, Started, Stopped

WINDOW = 512


def edges(probabilities: list[float]) -> list[Started | Stopped]:
    activity = Activity(ActivityPolicy())
    return [edge for n, p in enumerate(probabilities, 1) for edge in activity.push(n * WINDOW, p)]


def test_one_loud_window_is_a_click() -> None:
    assert [] == edges([0.0, 0.9, 0.0, 0.0])


def test_speech_starts_where_its_first_window_began() -> None:
    assert [Started(WINDOW)] == edges([0.0, 0.9, 0.9])


def test_speech_ends_where_its_last_voiced_window_ended_once_200_ms_are_silent() -> None:
    assert [Started(0), Stopped(3 * WINDOW)] == edges([0.9, 0.9, 0.4, *[0.1] * 7])


def test_a_dip_between_the_thresholds_does_not_end_speech() -> None:
    assert [Started(0)] == edges([0.9, 0.9, *[0.4] * 40])


@given(st.lists(st.floats(0, 1), max_size=200))
def test_starts_and_stops_alternate_and_never_overlap(probabilities: list[float]) -> None:
    found = edges(probabilities)
    assert [Started, Stopped] * (len(found) // 2) + [Started] * (len(found) % 2) == [type(edge) for edge in found]
    at = [edge.onset_sample if isinstance(edge, Started) else edge.end_sample for edge in found]
    assert sorted(at) == at
