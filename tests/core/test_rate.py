"""How much of something may come."""

from antiphon.core.rate import Rate

AT_ONCE, A_SECOND = 1_800, 200


def test_so_much_comes_at_once_and_no_more() -> None:
    rate = Rate(AT_ONCE, A_SECOND, 100.0)
    assert all(rate.take(100.0) for _ in range(AT_ONCE))
    assert not rate.take(100.0)
    assert not rate.take(100.0 + 0.9 / A_SECOND)
    assert rate.take(100.0 + 1.1 / A_SECOND)


def test_who_keeps_below_the_rate_may_stall_again_and_again() -> None:
    rate, now_s = Rate(AT_ONCE, A_SECOND, 0.0), 0.0
    for _ in range(20):
        assert all(rate.take(now_s) for _ in range(35 * 50))
        for _ in range(20 * 50):
            now_s += 0.02
            assert rate.take(now_s)


def test_who_goes_on_beyond_the_rate_gets_the_rate() -> None:
    rate, allowed = Rate(AT_ONCE, A_SECOND, 0.0), 0
    for n in range(10 * 2 * A_SECOND):
        allowed += rate.take(n / (2 * A_SECOND))
    assert abs(allowed - (AT_ONCE + 10 * A_SECOND)) <= 1
