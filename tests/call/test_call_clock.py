"""Call time goes one way."""

from antiphon.call.call_clock import CallClock
from tests.call.fakes import HandClock


def test_a_late_stamp_is_lifted_to_the_youngest_time_used() -> None:
    hand = HandClock()
    clock = CallClock(hand)
    hand.ms += 100
    assert 100 == clock.now()
    assert 100 == clock.at(hand.ms - 40)


def test_an_onset_lies_before_its_detection() -> None:
    hand = HandClock()
    clock = CallClock(hand)
    hand.ms += 100
    assert (100, 60) == (clock.now(), clock.of(hand.ms - 40))


def test_nothing_happened_before_the_call() -> None:
    hand = HandClock()
    assert 0 == CallClock(hand).of(hand.ms - 500)
