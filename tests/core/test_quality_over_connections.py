"""A voice whose call goes on over a connection of another kind: each stretch is judged by what it went through."""

from dataclasses import replace

import pytest

from antiphon.core.e_model import G711, opinion, rating
from antiphon.core.quality import FEWEST_PACKETS, Arrival, Path
from tests.core.test_quality import DELAY_MS, OVER_UDP, Talk

BY_STREAM = Path(G711, DELAY_MS, ordered=True)


def score(path: Path, loss_percent: float, rtt_ms: float = 40.0) -> float:
    return opinion(rating(path.coding, rtt_ms / 2 + path.delay_ms, loss_percent))


def test_the_last_seconds_are_judged_by_the_connection_they_came_over() -> None:
    talk = Talk()
    talk.go_on(20, lose=1)
    talk.voice.change_path(BY_STREAM, talk.now_ms)
    talk.go_on(1, lose=1)
    assert score(OVER_UDP, 2) == pytest.approx(talk.voice.recent_mos or 0, abs=0.01), "a second is no verdict yet"
    talk.go_on(9, lose=1)
    assert score(BY_STREAM, 2) == pytest.approx(talk.voice.recent_mos or 0, abs=0.01)
    talk.voice.change_path(OVER_UDP, talk.now_ms)
    talk.go_on(10, lose=1)
    assert score(OVER_UDP, 2) == pytest.approx(talk.voice.recent_mos or 0, abs=0.01)


def test_the_whole_calls_score_weighs_its_connections_by_what_was_said_over_each() -> None:
    talk = Talk()
    talk.go_on(30, lose=1)
    talk.voice.change_path(BY_STREAM, talk.now_ms)
    talk.go_on(10, lose=2, rtt_ms=None)
    whole = talk.last_word()
    weighed = (30 * score(OVER_UDP, 2) + 10 * score(BY_STREAM, 4, rtt_ms=0)) / 40
    assert weighed == pytest.approx(whole.mos, abs=0.02)
    assert (50, 1_950) == (whole.lost, whole.received), "counts are the call's"
    assert whole.worst_mos <= round(score(BY_STREAM, 4, rtt_ms=0), 2)


def test_another_connection_of_the_same_kind_changes_nothing() -> None:
    moved, stayed = Talk(), Talk()
    for talk in (moved, stayed):
        talk.go_on(10, lose=2)
        if talk is moved:
            talk.voice.change_path(replace(OVER_UDP), talk.now_ms)
        talk.go_on(10)
    assert stayed.last_word() == moved.last_word()


def test_a_change_before_anything_was_said_leaves_only_the_new_path() -> None:
    talk = Talk()
    talk.voice.change_path(BY_STREAM, 0)
    talk.go_on(10, lose=1)
    assert round(score(BY_STREAM, 2), 2) == talk.last_word().mos


def test_what_nobody_counted_in_between_counts_for_no_score() -> None:
    """The far end tells nothing over a stream; what was sent meanwhile seems received once it tells again."""
    talk = Talk()
    talk.go_on(10)
    talk.voice.change_path(BY_STREAM, talk.now_ms)
    talk.voice.begin_anew()
    talk.now_ms += 60_000
    talk.voice.change_path(OVER_UDP, talk.now_ms)
    talk.arrival = Arrival(5.0, 0, talk.arrival.received + 60 * 50, 0, 0)
    assert talk.voice.tell(talk.now_ms, 40.0, talk.arrival) is None
    talk.go_on(10, lose=5)
    assert score(OVER_UDP, 10) == pytest.approx(talk.voice.recent_mos or 0, abs=0.01)
    whole = talk.last_word()
    assert score(OVER_UDP, 5) == pytest.approx(whole.mos, abs=0.01), "two stretches of one kind are one"
    assert (50, 950) == (whole.lost, whole.received)


def test_too_few_words_over_the_new_connection_leave_the_verdict_on_the_old() -> None:
    talk = Talk()
    talk.go_on(10, lose=5)
    before = talk.last_word().recent_mos
    talk.voice.change_path(BY_STREAM, talk.now_ms)
    talk.go_on(FEWEST_PACKETS // 50 - 1)
    assert before == talk.last_word().recent_mos
