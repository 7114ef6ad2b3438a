"""Hop 3, the inner side: a leg's facts become events of the call."""

from collections.abc import Callable
from typing import Protocol

from antiphon.call.call_clock import CallClock
from antiphon.call.call_quality import CallQuality
from antiphon.call.press import Pressing
from antiphon.core.events import (
    CallerLeft,
    DigitPressed,
    Event,
    LegConnected,
    LegRestored,
    LegSuspended,
    PlayoutEnded,
    PlayoutFlushed,
    PlayoutPaused,
    PlayoutStarted,
    TextTyped,
)
from antiphon.core.rate import Rate
from antiphon.ports.leg import (
    ClientPlayout,
    Closed,
    Connected,
    Digit,
    DigitsSent,
    Flushed,
    LegFact,
    LegProfile,
    Paused,
    Played,
    Quality,
    Restored,
    SpeechSensed,
    Suspended,
    TypedText,
)

Audio = Callable[[int, memoryview], None]
LINES_AT_ONCE = 20
"""Typed lines: what waited while the network was away …"""
LINES_A_SECOND = 1.0
"""… and as fast as anybody types. Each stops what the brain does and begins anew, which a model is paid for."""


class Progress(Protocol):
    """Who must know how much of a reply was sent."""

    def __call__(self, reply: int, position_ms: int, *, done: bool) -> None: ...


class CallSink:
    """Receives what a leg reports. Progress of playout goes to the voice; the machine is told of beginnings, ends and stops."""

    def __init__(
        self,
        profile: LegProfile,
        clock: CallClock,
        post: Callable[[Event], None],
        audio: Audio,
        quality: CallQuality,
        pressing: Pressing,
        progress: Progress,
    ) -> None:
        self._profile, self._clock, self._post, self._quality = profile, clock, post, quality
        self._pressing, self._progress = pressing, progress
        self.audio = audio
        self._acked: tuple[int, int] | None = None  # reply, ms
        self._half_rtt_ms = 0
        self._started: set[int] = set()
        self._connected = False
        self._lines = Rate(LINES_AT_ONCE, LINES_A_SECOND, 0.0)
        self.lines_refused = 0

    def fact(self, fact: LegFact) -> None:
        """Turn one fact into an event, or remember it."""
        now = self._clock.at(fact.at_ms)
        match fact:
            case Connected():
                self._connect(now)
            case Played(_, reply, position_ms, done):
                self._played(now, reply, position_ms, done)
            case Paused(_, reply, position_ms):
                self._begin(now, reply, position_ms)
                self._post(PlayoutPaused(now, reply, position_ms, self._delay_ms(), self._acked_ms(reply)))
            case Flushed(_, reply, position_ms):
                self._post(PlayoutFlushed(now, reply, position_ms, self._delay_ms(), self._acked_ms(reply)))
            case Digit() | DigitsSent() | TypedText():
                self._by_hand(now, fact)
            case ClientPlayout(_, reply, position_ms):
                self._acked = (reply, position_ms)
            case Quality(_, rtt_ms):
                self._half_rtt_ms = round((rtt_ms or 0) / 2)
                for event in self._quality.tell(now, fact):
                    self._post(event)
            case SpeechSensed():
                pass  # the reflex has acted on it already; the detector's verdict comes on its own
            case Suspended() | Restored() | Closed():
                self._reach(now, fact)

    def _by_hand(self, now: int, fact: Digit | DigitsSent | TypedText) -> None:
        """Keys and lines of the caller's, and keys of our own."""
        match fact:
            case Digit(_, digit):
                self._post(DigitPressed(now, digit))
            case DigitsSent():
                self._pressing.sent()
            case TypedText(_, text) if self._lines.take(now / 1000):
                self._post(TextTyped(now, text))
            case TypedText():
                self.lines_refused += 1

    def _reach(self, now: int, fact: Suspended | Restored | Closed) -> None:
        """Whether the caller can be reached."""
        match fact:
            case Suspended(_, on_hold):
                self._post(LegSuspended(now, on_hold))
            case Restored(_, anew, profile):
                if profile is not None:
                    self._profile = profile
                    self._quality.move(profile, now)
                self._post(LegRestored(now, anew))
            case Closed(_, reason):
                self._pressing.gone()
                self._post(CallerLeft(now, reason))

    def _connect(self, now: int) -> None:
        if not self._connected:
            self._connected = True
            self._post(LegConnected(now))

    def _played(self, now: int, reply: int, position_ms: int, done: bool) -> None:
        self._progress(reply, position_ms, done=done)
        self._begin(now, reply, position_ms)
        if done:
            self._post(PlayoutEnded(now, reply, position_ms))

    def _begin(self, now: int, reply: int, position_ms: int) -> None:
        if reply not in self._started and position_ms > 0:
            self._started.add(reply)
            self._post(PlayoutStarted(now, reply))

    def _delay_ms(self) -> int:
        return self._half_rtt_ms + self._profile.client_buffer_ms

    def _acked_ms(self, reply: int) -> int | None:
        return self._acked[1] if self._acked and self._acked[0] == reply else None
