"""How voices travel: when the call is told, what of, and what remains on its record."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.core.e_model import G711, OPUS, grade, opinion, rating
from antiphon.core.events import CallStarted, Event, LegConnected, QualityMeasured, Speaker
from antiphon.core.journal import decode, encode
from antiphon.core.quality import FEWEST_PACKETS, SETTLED_MS, Arrival, Path, VoiceQuality
from antiphon.core.record import RecordFold
from antiphon.core.timeline import TimelineFold

RATE = 50
STARTED = CallStarted(0, "call_1", "demo", "salon", "v1", "webrtc", "2026-11-20T20:00:00+00:00", "UTC")
DELAY_MS = 20.0
OVER_UDP = Path(OPUS, DELAY_MS)


class Talk:
    """A voice that speaks without a pause; `lose` so many of 50 packets a second."""

    def __init__(self, path: Path = OVER_UDP) -> None:
        self.voice = VoiceQuality(Speaker.CALLER, path)
        self.events: list[QualityMeasured] = []
        self.now_ms = 0
        self.arrival = Arrival(0.0, 0, 0, 0, 0)

    def go_on(self, seconds: int, lose: int = 0, *, rtt_ms: float | None = 40.0, jitter_ms: float = 5.0) -> None:
        for _ in range(seconds):
            self.now_ms += 1_000
            before = self.arrival
            self.arrival = replace(
                before,
                jitter_ms=jitter_ms,
                lost=before.lost + lose,
                received=before.received + RATE - lose,
                concealed_ms=(before.concealed_ms or 0) + 20 * lose,
            )
            if event := self.voice.tell(self.now_ms, rtt_ms, self.arrival):
                self.events.append(event)

    def keep_silent(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_ms += 1_000
            assert self.voice.tell(self.now_ms, 40.0, self.arrival) is None

    def last_word(self) -> QualityMeasured:
        event = self.voice.last_word(self.now_ms)
        assert event
        return event


def test_a_clean_call_is_told_once_and_at_the_end() -> None:
    talk = Talk()
    talk.go_on(600)
    assert [2_000] == [event.at_ms for event in talk.events]
    whole = talk.last_word()
    assert (0, 600 * RATE, 5.0, 40.0) == (whole.lost, whole.received, whole.jitter_ms, whole.rtt_ms)
    assert whole.mos == whole.worst_mos == round(opinion(rating(OPUS, 20 + DELAY_MS, 0)), 2)


def test_nothing_is_told_of_two_words() -> None:
    talk = Talk()
    talk.go_on(1)
    assert talk.voice.last_word(1_000) is None
    assert talk.voice.recent_mos is None


def test_a_bad_stretch_is_told_and_so_is_its_end() -> None:
    talk = Talk()
    talk.go_on(30)
    talk.go_on(20, lose=5)
    talk.go_on(30)
    grades = [grade(event.recent_mos) for event in talk.events]
    assert 4 == grades[0] == grades[-1]
    assert min(grades) <= 2
    gaps = [later.at_ms - earlier.at_ms for earlier, later in zip(talk.events, talk.events[1:], strict=False)]
    assert all(gap >= SETTLED_MS for gap in gaps), gaps


def test_the_worst_ten_seconds_are_remembered_when_the_whole_call_was_fine() -> None:
    talk = Talk()
    talk.go_on(60)
    talk.go_on(10, lose=5)
    talk.go_on(530)
    whole = talk.last_word()
    assert round(opinion(rating(OPUS, 20 + DELAY_MS, 10)), 2) == whole.worst_mos
    assert grade(whole.mos) == 4
    assert (50, 600 * RATE) == (whole.lost, whole.lost + whole.received)


def test_silence_changes_no_score_and_the_next_words_are_judged_by_themselves() -> None:
    talk = Talk()
    talk.go_on(20, lose=10)
    bad = talk.voice.recent_mos
    talk.keep_silent(60)
    assert bad == talk.voice.recent_mos
    talk.go_on(1)
    assert talk.voice.recent_mos is not None
    assert bad is not None
    assert bad <= talk.voice.recent_mos
    talk.go_on(2)
    assert opinion(rating(OPUS, 20 + DELAY_MS, 0)) == pytest.approx(talk.voice.recent_mos)


def test_a_line_between_two_grades_does_not_fill_the_journal() -> None:
    talk = Talk()
    for _ in range(300):  # ten minutes, to and fro
        talk.go_on(1, lose=2)
        talk.go_on(1)
    assert len(talk.events) <= 1 + talk.now_ms // SETTLED_MS


def test_where_packets_wait_for_each_other_a_stall_counts_as_loss() -> None:
    clean, stalled = Talk(Path(G711, 20, ordered=True)), Talk(Path(G711, 20, ordered=True))
    clean.go_on(20)
    stalled.go_on(10)
    stalled.arrival = replace(stalled.arrival, concealed_ms=1_000)
    stalled.go_on(10)
    assert stalled.last_word().mos < clean.last_word().mos
    assert 0 == stalled.last_word().lost


def test_what_was_heard_from_a_copy_is_lost_but_not_missed() -> None:
    bare, copied = Talk(), Talk()
    bare.go_on(20, lose=5)
    copied.go_on(10)
    copied.arrival = replace(copied.arrival, lost=100, received=copied.arrival.received - 100, recovered=100)
    copied.go_on(10)
    assert 100 == copied.last_word().lost == bare.last_word().lost
    assert round(opinion(rating(OPUS, 20 + DELAY_MS, 0)), 2) == copied.last_word().mos
    assert bare.last_word().mos < copied.last_word().mos


def test_delay_without_a_round_trip_is_only_what_is_known() -> None:
    talk = Talk()
    talk.go_on(20, rtt_ms=None)
    assert talk.last_word().rtt_ms is None
    assert round(opinion(rating(OPUS, DELAY_MS, 0)), 2) == talk.last_word().mos


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50), st.floats(0, 3_000)), max_size=60))
def test_scores_keep_their_order_whatever_the_network_does(seconds: list[tuple[int, int, float]]) -> None:
    voice, arrival = VoiceQuality(Speaker.AGENT, Path(OPUS, 60)), Arrival(0.0, 0, 0)
    for second, (received, lost, rtt_ms) in enumerate(seconds, 1):
        arrival = Arrival(1.0, arrival.lost + lost, arrival.received + received)
        voice.tell(second * 1_000, rtt_ms, arrival)
    whole = voice.last_word(len(seconds) * 1_000)
    assert (arrival.lost + arrival.received >= FEWEST_PACKETS) == (whole is not None)
    if whole:
        assert 1.0 <= whole.worst_mos <= whole.recent_mos <= 4.5
        assert 1.0 <= whole.mos <= 4.5


# --- the record -----------------------------------------------------------------------------------------------------


def folded(*events: Event) -> RecordFold:
    fold = RecordFold()
    for event in (STARTED, *events):
        fold.line(encode(event))
    return fold


def test_the_record_has_the_figures_of_the_whole_call() -> None:
    early = QualityMeasured(3_000, Speaker.CALLER, 4.4, 4.4, 4.4, 0, 150, 2.0, 30.0, 0, 0)
    late = QualityMeasured(90_000, Speaker.CALLER, 4.4, 2.5, 4.0, 45, 4_455, 6.5, 35.0, 9, 720, None)
    quality = folded(early, late).record().to_json()["quality"]
    assert quality == {
        "caller": {
            "grade": 3,
            "mos": 4.0,
            "worst_mos": 2.5,
            "loss_percent": 1.0,
            "lost": 45,
            "received": 4_455,
            "jitter_ms": 6.5,
            "rtt_ms": 35.0,
            "recovered": 9,
            "concealed_ms": 720,
            "mode_changes": None,
        },
        "agent": None,
    }


def test_a_journal_from_before_quality_was_measured_still_folds() -> None:
    assert {"caller": None, "agent": None} == folded(LegConnected(40)).record().to_json()["quality"]


def test_a_measurement_comes_back_from_its_line() -> None:
    measured = QualityMeasured(3_000, Speaker.AGENT, 4.4, 4.4, 4.4, 0, 150, 2.0, None, None, None, 3)
    assert measured == decode(encode(measured)).item


def test_a_worse_stretch_is_a_mark_on_the_timeline_and_a_call_that_is_fine_has_none() -> None:
    def marks(*scores: float) -> list[str]:
        fold = TimelineFold()
        for at_ms, mos in enumerate(scores):
            fold.line(encode(QualityMeasured(at_ms, Speaker.AGENT, mos, mos, mos, 0, 150, 2.0)))
        return [mark.text for mark in fold.timeline().marks]

    assert [] == marks(4.4, 4.3)
    assert ["the agent's voice travels fairly, score 3.2", "the agent's voice travels very well, score 4.3"] == marks(
        4.4, 3.2, 4.3
    )
