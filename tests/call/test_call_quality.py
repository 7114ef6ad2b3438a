"""How a call's voices travel: from the leg's facts to events of the call and figures of the process."""

import pytest

from antiphon.call.call_clock import CallClock
from antiphon.call.call_quality import CallQuality, QualityFigures
from antiphon.call.leg_sink import CallSink
from antiphon.call.press import Pressing
from antiphon.core.e_model import G711, OPUS, opinion, rating
from antiphon.core.events import Event, QualityMeasured, Speaker
from antiphon.core.quality import Arrival
from antiphon.ports.leg import LegProfile, Quality, Restored, Suspended
from tests.call.fakes import HandClock, NotedLeg, unheard

WEBRTC = LegProfile("webrtc", audio=True, text=True)
PAGE_BY_STREAM = LegProfile("websocket", audio=True, text=True, codec="pcm16", datagrams=False)
PHONE = LegProfile("twilio", audio=True, text=False, codec="ulaw", datagrams=False)


def quality(seconds: int, *, lost: int = 0, agent: bool = True, rtt_ms: float | None = 40.0) -> Quality:
    """After so many seconds of talk both ways."""
    caller = Arrival(4.0, lost, 50 * seconds - lost, 0, 20 * lost)
    return Quality(5_000 + 1_000 * seconds, rtt_ms, caller, Arrival(3.0, 0, 50 * seconds) if agent else None)


def after(seconds: int, profile: LegProfile = WEBRTC, **weather: int | float | bool | None) -> CallQuality:
    call = CallQuality(profile)
    call.tell(1_000 * seconds, quality(seconds, **weather))  # type: ignore[arg-type]  # as `quality` has them
    return call


def test_a_legs_facts_become_events_in_call_time_for_each_voice() -> None:
    posted, hand = list[Event](), HandClock()
    clock = CallClock(hand)
    pressing = Pressing(NotedLeg())
    sink = CallSink(WEBRTC, clock, posted.append, lambda _at, _pcm: None, CallQuality(WEBRTC), pressing, unheard)
    for second in range(1, 6):
        sink.fact(quality(second))
    measured = [(event.at_ms, event.speaker) for event in posted if isinstance(event, QualityMeasured)]
    assert [(2_000, Speaker.CALLER), (2_000, Speaker.AGENT)] == measured
    assert len(posted) == len(measured)


def test_the_agents_voice_waits_in_the_callers_playout_and_the_callers_does_not() -> None:
    caller, agent = after(10).last_word(10_000)
    assert round(opinion(rating(OPUS, 20 + 20, 0)), 2) == caller.mos
    assert round(opinion(rating(OPUS, 20 + 20 + 40, 0)), 2) == agent.mos


def test_of_a_phone_call_only_what_is_known_is_said() -> None:
    [caller] = after(10, PHONE, lost=5, agent=False, rtt_ms=None).last_word(10_000)
    assert (Speaker.CALLER, None) == (caller.speaker, caller.rtt_ms)
    assert round(opinion(rating(G711, 20, 1)), 2) == pytest.approx(caller.mos, abs=0.02)


def test_what_was_lost_over_a_lost_connection_stays_lost() -> None:
    call = CallQuality(WEBRTC)
    caller = Arrival(4.0, 0, 0, 0, 0)
    call.tell(10_000, Quality(10_000, 40.0, caller, Arrival(3.0, 30, 470)))
    call.tell(11_000, Quality(11_000, None, caller, None))  # another connection, and no report yet
    call.tell(20_000, Quality(20_000, 40.0, caller, Arrival(3.0, 5, 995)))  # of 1000 sent in all
    [agent] = call.last_word(20_000)
    assert (35, 965) == (agent.lost, agent.received)


def test_a_call_that_moves_is_judged_by_the_connection_it_is_on() -> None:
    """Over a stream of plain PCM silence stands for what is lost, which costs more than in Opus."""
    posted, clock = list[Event](), CallClock(HandClock())
    call = CallQuality(WEBRTC)
    sink = CallSink(WEBRTC, clock, posted.append, lambda _at, _pcm: None, call, Pressing(NotedLeg()), unheard)
    for second in range(1, 11):
        sink.fact(quality(second, lost=second, agent=False))
    over_webrtc = call.caller.recent_mos
    assert opinion(rating(OPUS, 20 + 20, 2)) == pytest.approx(over_webrtc, abs=0.01)
    sink.fact(Suspended(15_000, on_hold=False))
    sink.fact(Restored(15_000, anew=True, profile=PAGE_BY_STREAM))
    for second in range(11, 31):
        sink.fact(quality(second, lost=second, agent=False))
    assert opinion(rating(G711, 20 + 20, 2)) == pytest.approx(call.caller.recent_mos, abs=0.01)
    sink.fact(Restored(35_000, anew=False))
    sink.fact(quality(31, lost=31, agent=False))
    assert opinion(rating(G711, 20 + 20, 2)) == pytest.approx(call.caller.recent_mos, abs=0.01)
    sink.fact(Restored(36_000, anew=True, profile=WEBRTC))
    for second in range(32, 42):
        sink.fact(quality(second, lost=second, agent=False))
    assert over_webrtc == pytest.approx(call.caller.recent_mos, abs=0.01)


def test_figures_have_the_lowest_and_the_median_of_running_calls_and_count_those_that_ended() -> None:
    figures = QualityFigures()
    figures.end(after(10, lost=3))
    now = figures.now([after(10), after(10, lost=50), after(10, lost=5)])
    scores = [after(10, lost=lost).caller.recent_mos for lost in (50, 5)]
    assert scores == [now[f'antiphon_call_mos_{which}{{speaker="caller"}}'] for which in ("lowest", "median")]
    assert 58 == now['antiphon_voice_packets_lost_total{speaker="caller"}']
    assert 4 * 500 - 58 == now['antiphon_voice_packets_received_total{speaker="caller"}']
    assert pytest.approx(1.16) == now['antiphon_voice_concealed_seconds_total{speaker="caller"}']


def test_without_calls_there_is_no_score_and_counts_remain() -> None:
    figures = QualityFigures()
    figures.end(after(10, lost=3))
    now = figures.now([])
    assert not [name for name in now if "mos" in name]
    assert 3 == now['antiphon_voice_packets_lost_total{speaker="caller"}']


def test_counts_do_not_jump_when_a_call_ends() -> None:
    figures, call = QualityFigures(), after(10, lost=3)
    before = {name: value for name, value in figures.now([call]).items() if name.endswith('_total{speaker="caller"}')}
    figures.end(call)
    assert before.items() <= figures.now([]).items()
    assert before
