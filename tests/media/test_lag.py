"""Whether Python keeps up with the core."""

from antiphon.adapters.media.lag import Lag


def drained(lag: Lag, seconds: float, late_ms: float, from_ms: float = 0) -> float:
    """A drain every 100 ms, each so late; returns when it was over."""
    at_ms = from_ms
    while at_ms < from_ms + seconds * 1000:
        at_ms += 100
        lag.note(at_ms, at_ms - late_ms)
    return at_ms


def test_what_comes_late_for_three_seconds_without_a_break_is_lag() -> None:
    lag = Lag()
    now_ms = drained(lag, 2.9, late_ms=150)
    assert not lag.lasts(now_ms)
    now_ms = drained(lag, 0.3, late_ms=150, from_ms=now_ms)
    assert lag.lasts(now_ms)


def test_one_drain_in_time_ends_a_lag() -> None:
    lag = Lag()
    now_ms = drained(lag, 5, late_ms=150)
    lag.note(now_ms + 20, now_ms)
    assert not lag.lasts(now_ms + 20)


def test_the_cores_own_twenty_milliseconds_are_no_lag() -> None:
    lag = Lag()
    assert not lag.lasts(drained(lag, 60, late_ms=30))


def test_a_lag_is_over_with_the_calls_that_had_it() -> None:
    lag = Lag()
    now_ms = drained(lag, 5, late_ms=150)
    assert lag.lasts(now_ms + 900)
    assert not lag.lasts(now_ms + 1_100)
