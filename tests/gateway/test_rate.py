"""How many messages a connection may bring."""

from antiphon.gateway.rate import A_SECOND, AT_ONCE, Rate


def test_what_a_stall_held_up_comes_at_once_and_a_flood_does_not() -> None:
    rate = Rate(100.0)
    assert all(rate.take(100.0) for _ in range(AT_ONCE))
    assert not rate.take(100.0)


def test_a_caller_of_50_packets_a_second_may_stall_again_and_again() -> None:
    rate, now_s = Rate(0.0), 0.0
    for _ in range(20):
        assert all(rate.take(now_s) for _ in range(35 * 50))
        for _ in range(20 * 50):
            now_s += 0.02
            assert rate.take(now_s)


def test_who_goes_on_beyond_the_rate_is_stopped() -> None:
    rate, allowed = Rate(0.0), 0
    for n in range(10 * 2 * A_SECOND):
        allowed += rate.take(n / (2 * A_SECOND))
    assert AT_ONCE < allowed <= AT_ONCE + 10 * A_SECOND
