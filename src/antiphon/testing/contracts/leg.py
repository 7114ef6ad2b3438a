"""What every leg with audio promises. Subclass `LegContract` and give it the fixtures `make_leg` and `voices`.

In real time, because a leg paces its playout itself. A far side is the caller's end of the leg, whatever that is made of.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

import numpy as np

from antiphon.ports.leg import (
    Arm,
    Close,
    Closed,
    Connected,
    DigitsSent,
    Flush,
    Flushed,
    Leg,
    LegFact,
    LegOrder,
    Listen,
    Pause,
    Paused,
    Play,
    Played,
    Quality,
    Resume,
    SendDigits,
    SpeechSensed,
    TypedText,
)
from antiphon.testing.voices import Voices

RATE_HZ = 16_000
BYTES_PER_MS = 32
LOUD = 300.0
"""Root mean square of a frame that sounds: 40 dB below full scale."""


class FarSide(Protocol):
    """The caller's end of a leg. It sends silence while nothing is said."""

    async def say(self, pcm: bytes) -> None:
        """Speak 16 kHz PCM; returns when the last of it has left."""

    def heard(self) -> bytes:
        """16 kHz PCM that has arrived so far."""

    def keys(self) -> str:
        """Keys that the leg has pressed so far, however they were told."""

    def type(self, text: str) -> None:
        """Type a line."""

    def hang_up(self) -> None:
        """Leave."""

    def is_hung_up_on(self) -> bool:
        """Whether the leg has ended the call."""


MakeLeg = Callable[[], AbstractAsyncContextManager[tuple[Leg, FarSide]]]


Kind = TypeVar("Kind", bound=LegFact)


class Notes:
    """A sink that writes everything down."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.facts: list[LegFact] = []

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """See `ports.leg.LegSink`."""
        self.pcm += pcm

    def fact(self, fact: LegFact) -> None:
        """See the port."""
        self.facts.append(fact)

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The facts of one kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]


async def until(condition: Callable[[], object], within_s: float = 8) -> None:
    """Wait for something that nobody announces. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)


def loud_ms(pcm: bytes | bytearray) -> int:
    """How much of it sounds, in frames of 20 ms."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    return int((np.sqrt((frames**2).mean(axis=1)) > LOUD).sum()) * 20


def reply(number: int, pcm: bytes) -> list[LegOrder]:
    """A reply in two chunks."""
    half = len(pcm) // 4 * 2
    return [Play(number, 0, pcm[:half], RATE_HZ), Play(number, 1, pcm[half:], RATE_HZ, last=True)]


def buzz(ms: int) -> bytes:
    """A steady sound."""
    at = np.arange(ms * 16) / RATE_HZ
    return bytes((6_000 * np.sin(2 * np.pi * 300 * at)).astype("<i2").tobytes())


class KeysContract:
    """What a leg promises of the keys it presses."""

    async def test_keys_arrive_each_once_and_the_voice_waits_for_them_without_a_loss(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(1_000)):
                leg.order(order)
            await until(lambda: notes.of(Played))
            leg.order(SendDigits("1590"))
            leg.order(SendDigits("*#AD"))
            await until(lambda: any(played.done for played in notes.of(Played)))
            await until(lambda: len(far.keys()) >= 8)
            assert far.keys() == "1590*#AD"
            assert notes.of(Played)[-1].position_ms == 1_000

    async def test_it_is_told_when_the_last_key_has_been_pressed(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            leg.order(SendDigits("42w"))
            leg.order(SendDigits("7"))
            await until(lambda: notes.of(DigitsSent))
            await until(lambda: far.keys() == "427")
            leg.order(SendDigits("8"))
            await until(lambda: len(notes.of(DigitsSent)) > 1)
            await until(lambda: far.keys() == "4278")
            first, second = notes.of(DigitsSent)
            assert second.at_ms - first.at_ms >= 180, "a key and its gap"

    async def test_a_hang_up_waits_for_the_last_key(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            leg.order(SendDigits("42"))
            leg.order(Close("goodbye"))
            await until(lambda: notes.of(Closed))
            await until(lambda: far.keys() == "42")


class LegContract(KeysContract):
    """The promises."""

    async def test_the_caller_is_heard_whole_and_sensed(self, make_leg: MakeLeg, voices: Voices) -> None:
        said = voices.say("i would like a haircut on tuesday please", "rms", lead_ms=0, tail_ms=0)
        async with make_leg() as (leg, far):
            notes = attach(leg)
            leg.order(Listen(True))
            await far.say(said)
            await until(lambda: loud_ms(notes.pcm) >= 0.93 * loud_ms(said))
            assert notes.of(SpeechSensed)
            assert loud_ms(notes.pcm) <= 1.1 * loud_ms(said)

    async def test_a_reply_is_played_to_its_end_and_its_progress_told(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(1_000)):
                leg.order(order)
            await until(lambda: any(played.done for played in notes.of(Played)))
            positions = [played.position_ms for played in notes.of(Played)]
            assert positions == sorted(positions)
            assert positions[-1] == 1_000
            assert len(positions) >= 5
            await until(lambda: loud_ms(far.heard()) >= 960)
            assert loud_ms(far.heard()) <= 1_060

    async def test_an_armed_reply_stops_for_a_voice_and_goes_on_where_it_stopped(
        self, make_leg: MakeLeg, voices: Voices
    ) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            leg.order(Arm(3))
            for order in reply(3, buzz(4_000)):
                leg.order(order)
            await until(lambda: notes.of(Played))
            await far.say(voices.say("wait a moment", "rms", lead_ms=0))
            await until(lambda: notes.of(Paused))
            [paused] = notes.of(Paused)
            assert paused.reply == 3
            await far.say(bytes(300 * BYTES_PER_MS))
            assert loud_ms(far.heard()) <= paused.position_ms + 120
            leg.order(Resume())
            await until(lambda: loud_ms(far.heard()) >= paused.position_ms + 300)
            assert any(played.position_ms > paused.position_ms for played in notes.of(Played))

    async def test_a_reply_that_is_not_armed_goes_on(self, make_leg: MakeLeg, voices: Voices) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(2_000)):
                leg.order(order)
            await far.say(voices.say("wait a moment", "rms", lead_ms=0))
            await until(lambda: notes.of(SpeechSensed))
            await until(lambda: any(played.done for played in notes.of(Played)))
            assert not notes.of(Paused)

    async def test_what_was_flushed_never_sounds_and_the_next_reply_does(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(5_000)):
                leg.order(order)
            await until(lambda: any(played.position_ms >= 500 for played in notes.of(Played)))
            leg.order(Flush(1))
            await until(lambda: notes.of(Flushed))
            [flushed] = notes.of(Flushed)
            assert 500 <= flushed.position_ms < 1_500
            leg.order(Play(1, 2, buzz(1_000), RATE_HZ, last=True))
            for order in reply(2, buzz(500)):
                leg.order(order)
            await until(lambda: any(played.reply == 2 and played.done for played in notes.of(Played)))
            await until(lambda: loud_ms(far.heard()) >= flushed.position_ms + 400)
            assert loud_ms(far.heard()) <= flushed.position_ms + 500 + 120

    async def test_a_pause_holds_until_it_is_over(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(1_000)):
                leg.order(order)
            await until(lambda: notes.of(Played))
            leg.order(Pause())
            await far.say(bytes(1_500 * BYTES_PER_MS))
            assert not any(played.done for played in notes.of(Played))
            assert loud_ms(far.heard()) < 500
            leg.order(Resume())
            await until(lambda: any(played.done for played in notes.of(Played)))

    async def test_how_both_voices_travel_is_told(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(3_000)):
                leg.order(order)
            await far.say(bytes(3_000 * BYTES_PER_MS))
            await until(lambda: (told := notes.of(Quality)) and told[-1].caller.received > 100)
            assert notes.of(Quality)[-1].caller.lost == 0
            if leg.profile.datagrams:  # the far end sends reports
                await until(lambda: (agent := notes.of(Quality)[-1].agent) and agent.received > 100)
                assert notes.of(Quality)[-1].rtt_ms is not None

    async def test_what_the_caller_types_is_told(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            if leg.profile.text:
                far.type("half past two")
                await until(lambda: notes.of(TypedText))
                assert [typed.text for typed in notes.of(TypedText)] == ["half past two"]

    async def test_what_came_before_the_call_had_begun_is_told_first(self, make_leg: MakeLeg, voices: Voices) -> None:
        async with make_leg() as (leg, far):
            said = voices.say("good morning", "rms", lead_ms=0, tail_ms=0)
            await far.say(said)
            notes = attach(leg)
            await until(lambda: loud_ms(notes.pcm) >= 0.9 * loud_ms(said))
            assert isinstance(notes.facts[0], Connected)

    async def test_a_hang_up_waits_for_the_last_word(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(600)):
                leg.order(order)
            leg.order(Close("goodbye"))
            await until(far.is_hung_up_on)
            await until(lambda: notes.of(Closed))
            assert Closed(notes.facts[-1].at_ms, "goodbye") == notes.facts[-1]
            assert loud_ms(far.heard()) >= 560

    async def test_a_caller_who_hangs_up_is_told_once_and_last(self, make_leg: MakeLeg) -> None:
        async with make_leg() as (leg, far):
            notes = attach(leg)
            for order in reply(1, buzz(5_000)):
                leg.order(order)
            far.hang_up()
            await until(lambda: notes.of(Closed))
            for order in (Play(2, 0, buzz(100), RATE_HZ), Pause(), Flush(1), Close("too late")):
                leg.order(order)
            assert len(notes.of(Closed)) == 1
            assert isinstance(notes.facts[-1], Closed)


def attach(leg: Leg) -> Notes:
    """A sink on the leg."""
    notes = Notes()
    leg.attach(notes)
    return notes
