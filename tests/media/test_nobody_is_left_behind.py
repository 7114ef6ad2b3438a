"""Clients that vanish, strangers on the media port, offers nobody answers: nothing is left of them."""

import asyncio
import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest

from antiphon import _media  # noqa: TID251  # its own test
from antiphon.adapters.media import Exchange, WebRtcDoor
from antiphon.core.errors import BadRequest
from antiphon.ports.leg import Close, Closed, Play
from tests.media.counter import settle
from tests.media.ear import Ear

CROWD = 200


def report(where: str, error: Exception) -> None:
    raise AssertionError(where) from error


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def stats(core: _media.Core) -> dict[str, int | float]:
    counts = core.stats()
    assert counts is not None
    return counts


@pytest.mark.realtime
async def test_two_hundred_clients_that_vanish_leave_no_leg_no_address_and_no_timer() -> None:
    server, callers = _media.Core(), _media.Core()
    async with Exchange(server, report) as exchange:
        door = WebRtcDoor(exchange, most_legs=CROWD)
        ears = []
        for _ in range(CROWD):
            leg_id, offer = callers.offer(open_microphone=False)
            answered = await door.answer(offer)
            ear = Ear()
            answered.leg.attach(ear)
            ears.append(ear)
            if len(ears) % 2:  # the others never even connect
                callers.accept_answer(leg_id, answered.sdp)
        assert CROWD == exchange.live
        await settle(lambda: stats(server)["addresses"] >= CROWD // 2)
        callers.shutdown()  # without a word
        await settle(lambda: exchange.live == 0, within_s=45)
        left = stats(server)
        assert (0, 0, 0) == (left["legs"], left["addresses"], left["panics"])
        await settle(lambda: stats(server)["timers"] == 0, within_s=10)
        reasons = {fact.reason for ear in ears for fact in ear.of(Closed)}
        assert {"vanished", "never connected"} == reasons
        assert all(1 == len(ear.of(Closed)) for ear in ears)


async def test_an_offer_nobody_answers_is_forgotten_when_it_is_closed() -> None:
    core = _media.Core()
    before = open_descriptors()
    legs = [core.offer()[0] for _ in range(20)]
    assert before + 20 == open_descriptors()
    for leg in legs:
        core.close(leg, "changed my mind")
    assert before == open_descriptors()
    assert [_media.CLOSED] * 20 == [fact[0] for fact in core.drain().facts]
    assert core.accept_answer(legs[0], "v=0") is False
    core.shutdown()


async def test_strangers_on_the_media_port_are_counted_and_discarded() -> None:
    core = _media.Core()
    check = (
        struct.pack("!HHI12s", 1, 16, 0x2112A442, b"a" * 12) + struct.pack("!HH", 6, 9) + b"100ABCDEF:x"[:9] + b"\0" * 3
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number in range(3000):
            garbage = check if number % 3 == 0 else os.urandom(number % 1400)
            stranger.sendto(garbage, ("127.0.0.1", core.port))
            if number % 100 == 0:
                await asyncio.sleep(0)
    await settle(lambda: stats(core)["strangers"] > 2000)
    assert (0, 0) == (stats(core)["legs"], stats(core)["panics"])
    assert not core.drain().facts
    core.shutdown()


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ("", "does not begin with v=0"),
        ("v=0\r\nm=video 9 x 96\r\n", "no audio m-line"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "no a=fingerprint"),
        ("v=0\r\na=fingerprint:sha-256 00\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "cannot be"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, "bytes"),
    ],
)
async def test_an_offer_that_cannot_be_served_says_why(offer: str, words: str) -> None:
    async with Exchange(_media.Core(), report) as exchange:
        with pytest.raises(BadRequest, match=words):
            await WebRtcDoor(exchange).answer(offer)
        assert 0 == exchange.live


async def test_an_offer_without_opus_is_refused() -> None:
    core = _media.Core()
    _, offer = core.offer()
    core.shutdown()
    deaf = offer.replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 PCMU/8000").replace("a=fmtp:111", "a=fmtp:99")
    async with Exchange(_media.Core(), report) as exchange:
        with pytest.raises(BadRequest, match="No common audio codec"):
            await WebRtcDoor(exchange).answer(deaf)


async def test_candidates_of_every_kind_are_taken_or_refused_in_words() -> None:
    caller = _media.Core()
    _, offer = caller.offer()
    async with Exchange(_media.Core(), report) as exchange:
        answered = await WebRtcDoor(exchange).answer(offer)
        signal = answered.signal
        for line in [
            "candidate:1 1 udp 2113937151 6f1e2b34-4c7d-4e3a-9a55-0c9d2f2a7b11.local 54321 typ host",
            "candidate:1 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
            "candidate:garbage",
            "",
        ]:
            signal.add_candidate(line)
        for number in range(200):
            signal.add_candidate(f"candidate:{number} 1 udp 2113937151 192.0.2.1 {1024 + number} typ host")
        with pytest.raises(BadRequest, match="begins with candidate"):
            signal.add_candidate("v=0")
        with pytest.raises(BadRequest, match="at most 512"):
            signal.add_candidate("candidate:" + "x" * 600)
        assert [] == signal.local_candidates()
        assert 0 == stats(exchange.core)["panics"]
    caller.shutdown()


async def test_facts_that_come_before_attach_are_delivered_first() -> None:
    caller = _media.Core()
    async with Exchange(_media.Core(), report) as exchange:
        caller_leg, offer = caller.offer()
        answered = await WebRtcDoor(exchange).answer(offer)
        caller.accept_answer(caller_leg, answered.sdp)
        caller.send_data(caller_leg, '{"type": "text", "text": "early"}')
        await settle(lambda: any(fact[0] == _media.DATA_OPENED for fact in drained(caller)))
        caller.close(caller_leg)
        await settle(lambda: exchange.live == 0)
        ear = Ear()
        answered.leg.attach(ear)
        assert ["Connected", "TypedText", "Closed"] == [type(fact).__name__ for fact in ear.facts]
        answered.leg.order(Play(1, 0, b"", 24_000))  # a leg that is gone takes orders quietly
        answered.leg.order(Close("again"))
    caller.shutdown()


def drained(core: _media.Core) -> list[tuple[Any, ...]]:
    return list(core.drain().facts)


async def test_a_leg_ends_when_the_core_is_shut_down() -> None:
    caller = _media.Core()
    ear = Ear()
    async with Exchange(_media.Core(), report) as exchange:
        answered = await WebRtcDoor(exchange).answer(caller.offer()[1])
        answered.leg.attach(ear)
    assert ["the media core is shut down"] == [fact.reason for fact in ear.of(Closed)]
    assert ear.facts[0].at_ms == pytest.approx(time.monotonic() * 1000, abs=2000)
    with pytest.raises(RuntimeError):
        exchange.core.drain()
    caller.shutdown()


async def test_one_sink_that_fails_does_not_cost_the_others_their_audio() -> None:
    reported: list[str] = []
    caller = _media.Core()
    async with Exchange(_media.Core(), lambda where, error: reported.append(f"{where}: {error}")) as exchange:
        ears = []
        for broken in (True, False):
            leg_id, offer = caller.offer()
            answered = await WebRtcDoor(exchange).answer(offer)
            caller.accept_answer(leg_id, answered.sdp)
            ear = _BrokenEar() if broken else Ear()
            answered.leg.attach(ear)
            ears.append(ear)
        await ears[1].until(lambda: len(ears[1].pcm()) > 3200)
    assert "audio: broken" in reported
    caller.shutdown()


class _BrokenEar(Ear):
    def audio(self, at_ms: int, pcm: memoryview) -> None:
        raise ValueError("broken")


async def test_orders_that_make_no_sense_are_refused_in_words() -> None:
    core = _media.Core()
    with pytest.raises(ValueError, match="rate_hz is 44100"):
        core.play(1, 1, 0, b"", 44_100)
    with pytest.raises(ValueError, match="length must be even"):
        core.play(1, 1, 0, b"abc", 24_000)
    with pytest.raises(ValueError, match="not an address"):
        _media.Core("nonsense")
    with pytest.raises(ValueError, match="not IP addresses"):
        _media.Core(public_addresses=["example.org"])
    with pytest.raises(OSError, match="no UDP socket"):
        _media.Core("192.0.2.1:1")
    core.pause(99)
    core.shutdown()
