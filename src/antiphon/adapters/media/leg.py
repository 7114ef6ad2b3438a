"""A leg of the media core in the words of `ports/leg`."""

import json
import re
from dataclasses import replace
from typing import Any, TypeGuard, assert_never

from antiphon import _media
from antiphon.adapters.media.backlog import Backlog
from antiphon.core.quality import Arrival
from antiphon.ports.far_end import FarEnd
from antiphon.ports.leg import (
    Arm,
    ClientPlayout,
    Close,
    Closed,
    Connected,
    Digit,
    DigitsSent,
    Flush,
    Flushed,
    LegFact,
    LegOrder,
    LegProfile,
    LegSink,
    Listen,
    Notify,
    Pause,
    Paused,
    Play,
    Played,
    Quality,
    Restored,
    Resume,
    SendDigits,
    SendText,
    SpeechSensed,
    Suspended,
    TypedText,
)

MOVED = "the call goes on over another connection"
HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can hold and nothing that stores or sends text can."""
LONGEST_LINE = 2_000
"""Characters of a typed line, as the protocol has it. Each goes to the journal and to a model that may be paid by the word."""
WEBRTC = LegProfile(channel="webrtc", audio=True, text=True)


class MediaLeg:
    """One caller whose audio goes through the core: over the core's own WebRTC, or over a connection whose far end is `over`. The
    leg outlives either. What it says between its beginning and `attach` waits in a backlog."""

    def __init__(
        self, core: _media.Core, leg_id: int, profile: LegProfile = WEBRTC, over: FarEnd | None = None
    ) -> None:
        self.id = leg_id
        self.over = over
        self.awaited = False
        """The page has said that it may come back."""
        self.ignored = 0
        """Messages of the page that say nothing to a leg."""
        self._core = core
        self._profile = profile
        self._backlog = Backlog()
        self._sink: LegSink = self._backlog
        self._closed = False
        self.latest_ms = 0

    @property
    def profile(self) -> LegProfile:
        return self._profile

    @property
    def closed(self) -> bool:
        """Whether the leg has told its end."""
        return self._closed

    def move(self, profile: LegProfile, over: FarEnd | None) -> None:
        """The caller has come back by another way; whoever still waits at the old one is sent home."""
        before, self.over, self._profile = self.over, over, profile
        self.awaited = False
        if before is not None:
            before.closed(MOVED)

    def attach(self, sink: LegSink) -> None:
        self._sink = sink
        self._backlog.hand_over(sink)

    def order(self, order: LegOrder) -> None:
        if self._closed:
            return
        try:
            self._carry_out(order)
        except RuntimeError:
            self.deliver(Closed(self.latest_ms, "the media core is shut down"))

    def hear(self, at_ms: int, pcm: memoryview) -> None:
        """Audio from the core."""
        self.latest_ms = at_ms
        self._sink.audio(at_ms, pcm)

    def tell(self, raw: tuple[Any, ...]) -> None:
        """A fact from the core, as its stub describes it."""
        self.latest_ms = raw[2]
        fact = self._message(raw[2], raw[4]) if raw[0] == _media.DATA else _fact(raw)
        if isinstance(fact, Restored) and fact.anew:
            fact = replace(fact, profile=self._profile)
        if fact is not None:
            self.deliver(fact)

    def transmit(self, payload: memoryview) -> None:
        """A packet from the core, for a connection that somebody else keeps."""
        if self.over is not None and not self._closed:
            self.over.packet(bytes(payload))

    def leave(self, reason: str) -> None:
        """The caller has hung up: end it at the far end too."""
        if self.over is None:
            self._core.close(self.id, reason)
        else:
            self._core.lost(self.id, reason)
        self.deliver(Closed(self.latest_ms, reason))

    def say(self, text: str) -> None:
        """A message of the page's."""
        fact = self._message(self.latest_ms, text)
        if fact is not None:
            self.deliver(fact)

    def deliver(self, fact: LegFact) -> None:
        """Tell the call, and let the far end of a stream follow."""
        if self._closed:
            return
        self._closed = isinstance(fact, Closed)
        match fact:
            case Played(_, reply, position_ms, _) if self.over is not None:
                self.over.mark(reply, position_ms)
            case Flushed(_, reply, _) if self.over is not None:
                self.over.clear(reply)
            case _:
                pass
        self._sink.fact(fact)
        if isinstance(fact, Closed) and self.over is not None:
            self.over.closed(fact.reason)

    def _show(self, text: str) -> None:
        if self.over is None:
            self._core.send_data(self.id, text)
        else:
            self.over.message(text)

    def _carry_out(self, order: LegOrder) -> None:
        core = self._core
        match order:
            case Play(reply, seq, pcm, rate_hz, last, _, clip):
                core.play(self.id, reply, seq, pcm, rate_hz, last, clip)
            case Pause():
                core.pause(self.id)
            case Resume():
                core.resume(self.id)
            case Flush(reply):
                core.flush(self.id, reply)
            case Arm(reply, armed):
                core.arm(self.id, reply, armed)
            case Listen(on):
                core.listen(self.id, on)
            case SendText(reply, text):
                self._show(json.dumps({"type": "text", "reply": reply, "text": text}))
            case Notify(message):
                self._show(message)
            case SendDigits(digits):
                core.press(self.id, digits)
            case Close(reason):
                core.close(self.id, reason)
            case _:
                assert_never(order)

    def _message(self, at_ms: int, text: str) -> LegFact | None:
        """What the page says over the data channel (`protocol/`). Anything else is from another version: counted, not feared."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        match message:
            case {"type": "text", "text": str(line)} if _is_line(line):
                return TypedText(at_ms, line)
            case {"type": "playout", "reply": reply, "position_ms": position_ms} if _counts(reply) and _counts(
                position_ms
            ):
                return ClientPlayout(at_ms, reply, position_ms)
            case {"type": "hangup"}:
                self.leave("the caller hung up")
            case {"type": "hold", "held": bool(held)}:
                self._core.hold(self.id, held)
            case {"type": "leaving"}:
                self.awaited = True
                self._core.await_return(self.id)
            case _:
                self.ignored += 1
        return None


def _is_line(text: str) -> bool:
    """Whether somebody can have typed it."""
    return len(text) <= LONGEST_LINE and bool(text.strip()) and not HALF.search(text)


def _counts(number: object) -> TypeGuard[int]:
    """Whether the core could have counted so far: replies and milliseconds have 32 bits there."""
    return type(number) is int and 0 <= number < 2**32


def _fact(raw: tuple[Any, ...]) -> LegFact | None:
    kind, _, at_ms, _, *rest = raw
    if kind == _media.PLAYED:
        return Played(at_ms, *rest)
    if kind == _media.SENSED:
        return SpeechSensed(at_ms)
    if kind == _media.PAUSED:
        return Paused(at_ms, *rest)
    if kind == _media.FLUSHED:
        return Flushed(at_ms, *rest)
    if kind == _media.QUALITY:
        rtt_ms, caller, agent = rest
        return Quality(at_ms, rtt_ms, Arrival(*caller), Arrival(*agent) if agent else None)
    if kind == _media.CONNECTED:
        return Connected(at_ms)
    if kind == _media.DIGIT:
        return Digit(at_ms, *rest)
    if kind == _media.DIGITS_SENT:
        return DigitsSent(at_ms)
    if kind == _media.SUSPENDED:
        return Suspended(at_ms, *rest)
    if kind == _media.RESTORED:
        return Restored(at_ms, *rest)
    if kind == _media.CLOSED:
        return Closed(at_ms, *rest)
    return None  # UNSENSED, DATA_OPENED and OVERFLOWED concern the core's own tests and counters
