"""Several core threads behind one UDP port, over real sockets: the kernel deals datagrams out without knowing of calls."""

import socket
from collections import Counter
from collections.abc import AsyncIterator

import numpy as np
import pytest

from antiphon import _media  # noqa: TID251  # its own test
from antiphon.adapters.media import Exchange, WebRtcDoor, open_core
from antiphon.core.errors import ConfigError
from antiphon.ports.leg import Closed
from antiphon.testing.dialler import DialledCall
from antiphon.wiring.media import Line, open_line
from tests.media.counter import settle
from tests.media.ear import Ear
from tests.media.nat import Nat, open_nat
from tests.media.tones import strongest_hz, tone

THREADS = 2
ENOUGH_MOVES = ENOUGH_CALLERS = 16
"""The kernel's hash sends a caller to the wrong thread with even odds at each; all of these miss once in 65,536 runs."""
FLOWING = 40
"""Packets of 20 ms."""


def report(where: str, error: Exception) -> None:
    raise AssertionError(where) from error


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange(open_core("127.0.0.1:0", [], THREADS), report) as exchange:
        yield exchange


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with open_line() as line:
        yield line


def stats(exchange: Exchange) -> dict[str, int | float]:
    counts = exchange.core.stats()
    assert counts is not None
    return counts


async def dial(exchange: Exchange, line: Line, nat: Nat | None = None) -> tuple[DialledCall, Ear, int]:
    """A caller, the ear of its leg, and the leg's number."""
    call, ear = DialledCall(), Ear()
    leg = await line(call.sink())
    call.use(leg)
    answered = await WebRtcDoor(exchange).answer(nat.hide(leg.offer) if nat else leg.offer)
    answered.leg.attach(ear)
    await leg.accept(nat.through(answered.sdp) if nat else answered.sdp)
    await call.until(lambda: call.connected_ms is not None)
    return call, ear, int(answered.leg.id)  # type: ignore[attr-defined]  # its own test


async def heard(ear: Ear, seconds: float) -> None:
    """Until the server has heard so much of the caller."""
    await ear.until(lambda: len(ear.pcm()) >= seconds * 16_000)


async def hears(call: DialledCall, seconds: float) -> None:
    """Until the caller has heard so much of the agent."""
    await call.until(lambda: len(call.ear.pcm()) >= seconds * 32_000)


async def flows(exchange: Exchange, call: DialledCall) -> None:
    """Until 0.8 s of packets have come both ways. Audio alone says less: for a while both ends make up what does not come,
    and packets come again when the caller next checks its path, which str0m does every few seconds."""
    theirs, ours = call.stats(), stats(exchange)
    assert theirs is not None
    caller, server = theirs["received"] + FLOWING, ours["received"] + FLOWING
    await call.until(lambda: (call.stats() or theirs)["received"] >= caller and stats(exchange)["received"] >= server)


async def over(ear: Ear) -> None:
    """Until the leg has closed."""
    await ear.until(lambda: ear.of(Closed))


@pytest.mark.realtime
async def test_calls_live_on_both_threads_and_each_hears_its_own(exchange: Exchange, line: Line) -> None:
    calls = [await dial(exchange, line) for _ in range(6)]
    assert {0: 3, 1: 3} == Counter(leg % THREADS for _, _, leg in calls)
    for number, (call, _, leg) in enumerate(calls):
        exchange.core.play(leg, 1, 0, tone(500 + 100 * number, 1.5, 24_000), 24_000, last=True)
        call.say(tone(450 + 100 * number, 1.5, 16_000))
    for number, (call, ear, _) in enumerate(calls):
        await heard(ear, 1.0)
        await hears(call, 1.0)
        assert 450 + 100 * number == pytest.approx(strongest_hz(ear.pcm()[4_000:12_000], 16_000), abs=6)
        agent = np.frombuffer(call.ear.pcm(), np.int16)
        assert 500 + 100 * number == pytest.approx(strongest_hz(agent[4_000:12_000], 16_000), abs=6)
    assert stats(exchange)["strangers"] < stats(exchange)["datagrams"] / 100
    for call, _, _ in calls:
        call.hang_up()
    for _, ear, _ in calls:
        await over(ear)
    await settle(lambda: stats(exchange)["legs"] == 0)
    assert (0, 0) == (stats(exchange)["addresses"], stats(exchange)["user_fragments"])


@pytest.mark.realtime
async def test_a_caller_whose_port_changes_in_mid_call_is_heard_and_hears_on(exchange: Exchange, line: Line) -> None:
    async with open_nat(("127.0.0.1", exchange.core.port)) as nat:
        call, ear, leg = await dial(exchange, line, nat)
        exchange.core.play(leg, 1, 0, tone(660, 55.0, 16_000), 16_000, last=True)
        call.say(tone(330, 55.0, 16_000))
        await heard(ear, 0.5)
        forwarded = 0
        while forwarded == 0 and len(nat.ports) < ENOUGH_MOVES:
            before = stats(exchange)["forwarded"]
            await nat.move()
            await flows(exchange, call)
            forwarded = int(stats(exchange)["forwarded"] - before)
        assert forwarded > 0, f"the kernel kept {len(nat.ports)} ports on one thread"
        assert 330 == pytest.approx(strongest_hz(ear.pcm()[-8_000:], 16_000), abs=10)
        assert 660 == pytest.approx(strongest_hz(np.frombuffer(call.ear.pcm()[-16_000:], np.int16), 16_000), abs=10)
        assert 0 == stats(exchange)["forward_dropped"]
        assert [] == ear.of(Closed)


@pytest.mark.realtime
async def test_all_addresses_of_a_host_serve_all_threads(line: Line) -> None:
    core = open_core("0.0.0.0:0", ["127.0.0.1"], THREADS)
    async with Exchange(core, report) as exchange:
        calls = [await dial(exchange, line) for _ in range(8)]
        for _, _, leg in calls:
            exchange.core.play(leg, 1, 0, tone(660, 0.5, 16_000), 16_000, last=True)
        for call, _, _ in calls:
            await hears(call, 0.25)
        assert 8 == stats(exchange)["answered"]


@pytest.mark.realtime
async def test_ipv6_is_served_by_all_threads() -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    async with Exchange(open_core("[::1]:0", [], THREADS), report) as exchange, open_line("[::1]:0") as line:
        calls = [await dial(exchange, line)]
        while not stats(exchange)["forwarded"] and len(calls) < ENOUGH_CALLERS:
            calls.append(await dial(exchange, line))
        assert stats(exchange)["forwarded"] > 0
        for call, ear, leg in calls:
            exchange.core.play(leg, 1, 0, tone(660, 0.5, 16_000), 16_000, last=True)
            await hears(call, 0.25)
            exchange.core.close(leg)
            await over(ear)


@pytest.mark.realtime
async def test_one_drain_gives_the_audio_of_all_threads_in_each_legs_order(exchange: Exchange, line: Line) -> None:
    calls = [await dial(exchange, line) for _ in range(4)]
    for call, _, _ in calls:
        await call.say_all(tone(330, 0.5, 16_000))
    for _, ear, _ in calls:
        times = [at_ms for at_ms, _ in ear.frames]
        assert len(times) > 20
        assert times == sorted(times)


def test_a_port_that_another_server_has_is_refused_although_threads_share_theirs() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConfigError, match="ANTIPHON_UDP"):
            open_core(f"127.0.0.1:{taken.getsockname()[1]}", [], THREADS)
    first = open_core("127.0.0.1:0", [], THREADS)
    with pytest.raises(ConfigError, match="ANTIPHON_UDP"):
        open_core(f"127.0.0.1:{first.port}", [], THREADS)
    first.shutdown()


@pytest.mark.parametrize("threads", [0, 65])
def test_numbers_of_threads_nobody_can_mean_are_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        _media.Core(threads=threads)


def test_orders_to_legs_that_never_were_are_ignored_on_every_thread() -> None:
    core = _media.Core(threads=THREADS)
    for leg in (0, 1, 2, 3, 2**63):
        core.play(leg, 1, 0, bytes(640), 16_000)
        assert core.stats(leg) is None
    core.shutdown()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_tcp_port_that_another_server_has_is_refused_by_the_name_of_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="ANTIPHON_ICE_TCP"):
        open_core("127.0.0.1:0", [], THREADS, f"127.0.0.1:{taken.getsockname()[1]}")


def test_a_core_has_a_tcp_port_only_if_it_is_told() -> None:
    without, with_one = open_core("127.0.0.1:0", []), open_core("127.0.0.1:0", [], THREADS, "127.0.0.1:0")
    assert without.tcp_port is None
    assert with_one.tcp_port
    for core in (without, with_one):
        core.shutdown()
