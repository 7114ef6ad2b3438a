"""A leg's facts become events of the call."""

from antiphon.call.call_clock import CallClock
from antiphon.call.call_quality import CallQuality
from antiphon.call.leg_sink import LINES_AT_ONCE, CallSink
from antiphon.call.press import Pressing
from antiphon.core.events import Event, TextTyped
from antiphon.ports.leg import LegProfile, TypedText
from tests.call.fakes import HandClock, NotedLeg, unheard

WEBRTC = LegProfile(channel="webrtc", audio=True, text=True)


def test_typed_lines_that_waited_are_taken_at_once_and_a_flood_is_not() -> None:
    posted = list[Event]()
    clock, quality, pressing = CallClock(HandClock()), CallQuality(WEBRTC), Pressing(NotedLeg())
    sink = CallSink(WEBRTC, clock, posted.append, lambda _at, _pcm: None, quality, pressing, unheard)
    for number in range(100 * 10):  # ten seconds of a hundred a second
        sink.fact(TypedText(5_000 + number * 10, f"line {number}"))
    lines = [event.text for event in posted if isinstance(event, TextTyped)]
    assert [f"line {number}" for number in range(LINES_AT_ONCE)] == lines[:LINES_AT_ONCE]
    assert len(lines) in range(LINES_AT_ONCE + 9, LINES_AT_ONCE + 11)
    assert 1_000 - len(lines) == sink.lines_refused
