"""A leg: one media path of a call, spoken to in messages because it may be far away.

Orders go out and return nothing; facts come in through a sink, stamped in milliseconds of the leg's clock. Playout positions
are milliseconds of the named reply that were really sent (what was heard is less: see `core/reply.py`).
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from antiphon.core.quality import Arrival


@dataclass(frozen=True, slots=True)
class LegProfile:
    """What a leg can do. `client_buffer_ms` is the playout delay assumed at the far end until it reports its own."""

    channel: str  # "webrtc", "text", …
    audio: bool
    text: bool
    client_buffer_ms: int = 40
    codec: Literal["opus", "pcm16", "ulaw"] = "opus"
    datagrams: bool = True
    """Packets may be lost; otherwise they wait for each other."""


@dataclass(frozen=True, slots=True)
class WordTime:
    """A word of a reply and when it sounds, ms from the start of the chunk it came with. `start`/`end` index the chunk's text."""

    start: int
    end: int
    start_ms: int
    end_ms: int


# --- facts, in -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """Media flows: the transport is up both ways."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechSensed:
    """The leg's cheap gate heard what may be the caller's voice; the voice activity detector has the last word."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The armed reflex stopped playout by itself, `position_ms` into `reply`."""

    at_ms: int
    reply: int
    position_ms: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """Everything of `reply` not yet sent was dropped; `position_ms` is all that ever will have been sent."""

    at_ms: int
    reply: int
    position_ms: int


@dataclass(frozen=True, slots=True)
class Played:
    """Progress of `reply`; `done` when its last chunk has been sent."""

    at_ms: int
    reply: int
    position_ms: int
    done: bool


@dataclass(frozen=True, slots=True)
class Digit:
    """A key pressed by the caller: 0-9, *, #, A-D."""

    at_ms: int
    digit: str


@dataclass(frozen=True, slots=True)
class DigitsSent:
    """Every key that was ordered by `SendDigits` has been pressed, and the pauses behind them are over."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class TypedText:
    """A line the caller typed instead of speaking."""

    at_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class ClientPlayout:
    """Our own client's report: `position_ms` of `reply` has left its loudspeaker (basis `acked`)."""

    at_ms: int
    reply: int
    position_ms: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How both voices travel, as far as it is known: about once a second."""

    at_ms: int
    rtt_ms: float | None
    caller: Arrival
    agent: Arrival | None


@dataclass(frozen=True, slots=True)
class Suspended:
    """The far end cannot hear us: its network is gone, or it has put us on hold. Playout waits by itself, and what was sent in vain
    is taken back: the positions of a reply go back with it."""

    at_ms: int
    on_hold: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """It hears us again, and playout goes on; `anew` over a connection that has taken the lost one's place, and then `profile` is
    what the leg can do now."""

    at_ms: int
    anew: bool
    profile: LegProfile | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The far end is gone, or the leg was closed; the last fact a leg reports."""

    at_ms: int
    reason: str


LegFact = (
    Connected
    | SpeechSensed
    | Paused
    | Flushed
    | Played
    | Digit
    | DigitsSent
    | TypedText
    | ClientPlayout
    | Quality
    | Suspended
    | Restored
    | Closed
)


class LegSink(Protocol):
    """Where a leg delivers. Both are called on the event loop and must not block."""

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """16 kHz mono int16 PCM in order, gaps concealed; the view is valid only during the call. Without `Listen` a leg may leave
        out silence that has lasted."""

    def fact(self, fact: LegFact) -> None:
        """One fact, in the order it happened."""


# --- orders, out -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """Queue a chunk of `reply` behind what is queued. An empty `pcm` with `last` ends the reply."""

    reply: int
    seq: int
    pcm: bytes  # mono int16
    rate_hz: int  # 16000 or 24000
    last: bool = False
    words: tuple[WordTime, ...] = field(default=())
    clip: str | None = None
    """A name under which the leg may keep what it made of `pcm`: the same name, the same `pcm`, on every leg."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop sending, keep the queue."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on where playout stopped."""


@dataclass(frozen=True, slots=True)
class Flush:
    """Drop what is not sent of `reply`, answered by `Flushed`; ignored if another reply is playing."""

    reply: int


@dataclass(frozen=True, slots=True)
class Arm:
    """Let the gate pause `reply` by reflex, or not."""

    reply: int
    armed: bool = True


@dataclass(frozen=True, slots=True)
class Listen:
    """Whether all of the caller's audio is needed from now on, silence too."""

    on: bool


@dataclass(frozen=True, slots=True)
class SendText:
    """A line of the agent's for legs that show text; on a leg without audio it counts as heard at once."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class Notify:
    """A message for the page: JSON text of the shapes in `protocol/`."""

    message: str


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Press keys towards the far end now, behind keys that wait: 0-9, *, #, A-D. `,` waits two seconds, `w` half a second,
    anything else is passed over, and more than 64 at once are refused. Playout waits meanwhile and loses nothing; a `Flush` takes
    no key away. Answered by `DigitsSent`."""

    digits: str


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up once everything before it has been sent."""

    reason: str


LegOrder = Play | Pause | Resume | Flush | Arm | Listen | SendText | Notify | SendDigits | Close


class Leg(Protocol):
    """One media path. Time is the leg's own clock, `started_ms` its reading at the call's start."""

    @property
    def profile(self) -> LegProfile: ...

    def attach(self, sink: LegSink) -> None:
        """Deliver here from now on; facts that came earlier are delivered first."""

    def order(self, order: LegOrder) -> None:
        """Carry out an order. Never blocks, never fails: a leg that is gone reports `Closed`."""
