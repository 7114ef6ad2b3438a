"""What a wire in user space does to packets, in virtual time."""

from random import Random

import pytest

from tests.network.wire import Conditions, Direction

PACKETS = 2_000
EVERY_MS = 20


def run(conditions: Conditions, seed: int = 1) -> tuple[Direction, list[tuple[int, int]]]:
    """A packet every 20 ms, looked at every ms; each one's number with its delay in ms, in the order they came out."""
    direction = Direction(Random(seed), conditions)
    out = []
    for now_ms in range(PACKETS * EVERY_MS + 1_000):
        if now_ms % EVERY_MS == 0 and now_ms < PACKETS * EVERY_MS:
            direction.take(now_ms, (now_ms // EVERY_MS).to_bytes(4, "big"))
        for packet in direction.due(now_ms):
            number = int.from_bytes(packet, "big")
            out.append((number, now_ms - number * EVERY_MS))
    return direction, out


def test_a_perfect_wire_delivers_everything_at_once() -> None:
    direction, out = run(Conditions())
    assert [(number, 0) for number in range(PACKETS)] == out
    assert PACKETS == direction.counts.delivered
    assert direction.next_ms() is None


def test_delay_holds_every_packet_so_long() -> None:
    direction, out = run(Conditions(delay_ms=40))
    assert {40} == {delay for _, delay in out}
    assert PACKETS * 40 == direction.counts.delay_ms


def test_jitter_spreads_around_the_delay_both_ways() -> None:
    _, out = run(Conditions(delay_ms=40, jitter_ms=30, reorder=True))
    delays = [delay for _, delay in out]
    assert 10 <= min(delays) <= 13
    assert 68 <= max(delays) <= 71
    assert 40 == pytest.approx(sum(delays) / len(delays), abs=2)


def test_jitter_alone_never_lets_a_packet_overtake() -> None:
    direction, out = run(Conditions(delay_ms=40, jitter_ms=30))
    assert sorted(out) == out
    assert 0 == direction.counts.overtaken


def test_reordering_lets_packets_overtake_and_counts_them() -> None:
    direction, out = run(Conditions(delay_ms=40, jitter_ms=30, reorder=True))
    newest, late = -1, 0
    for number, _ in out:
        late += number < newest
        newest = max(newest, number)
    assert late > 100
    assert late == direction.counts.overtaken


def test_loss_takes_its_share_and_counts_it() -> None:
    direction, out = run(Conditions(loss=0.1))
    assert 0.1 == pytest.approx(direction.counts.lost / PACKETS, abs=0.02)
    assert PACKETS == len(out) + direction.counts.lost


def test_the_same_seed_gives_the_same_fates_and_another_seed_others() -> None:
    conditions = Conditions(delay_ms=40, jitter_ms=30, loss=0.1, reorder=True)
    assert run(conditions)[1] == run(conditions)[1]
    assert run(conditions)[1] != run(conditions, seed=2)[1]


def test_a_wire_that_is_down_blocks_what_comes_and_what_is_under_way() -> None:
    direction = Direction(Random(1), Conditions(delay_ms=40))
    direction.take(0, b"under way")
    direction.conditions = Conditions(delay_ms=40, down=True)
    direction.take(10, b"too late")
    assert [] == direction.due(100)
    direction.conditions = Conditions(delay_ms=40)
    direction.take(110, b"after")
    assert [b"after"] == direction.due(150)
    assert (3, 2, 1) == (direction.counts.arrived, direction.counts.blocked, direction.counts.delivered)
