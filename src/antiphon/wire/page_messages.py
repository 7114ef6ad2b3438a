"""The data channel `antiphon`. Made from protocol/page.schema.json by tools/generate_protocol.py; change it there."""

from collections.abc import Mapping
from typing import Final, Literal, NotRequired, TypedDict

from antiphon.core.proposal import Json
from antiphon.wire.call_record import HeardBasis, Outcome

CallState = Literal["connecting", "listening", "hearing", "thinking", "speaking", "paused", "ended"]
"""Connecting; the agent waits for words, takes them in, thinks, speaks, has paused because it may be
interrupted; the call is over.
"""


class Hello(TypedDict):
    """The call has begun; always the first message."""

    type: Literal["hello"]
    seq: int
    at_ms: int
    call_id: str
    agent: str
    protocol: Literal[1]


class State(TypedDict):
    """Who holds the floor now."""

    type: Literal["state"]
    seq: int
    at_ms: int
    state: CallState
    specialist: str


class InterimWords(TypedDict):
    """What the caller seems to be saying; replaces the interim before it."""

    type: Literal["interim"]
    seq: int
    at_ms: int
    # Number of the caller's turn.
    turn: int
    text: str


class FinalWords(TypedDict):
    """A whole turn of the caller's."""

    type: Literal["final"]
    seq: int
    at_ms: int
    # Number of the caller's turn.
    turn: int
    text: str


class Say(TypedDict):
    """The next piece of what a reply will say, as it is made; pieces of one reply are joined as they are."""

    type: Literal["say"]
    seq: int
    at_ms: int
    # Number of the agent's reply.
    reply: int
    text: str


class Heard(TypedDict):
    """What the caller really heard of a reply; the last word on it. What is missing from the end was never
    heard.
    """

    type: Literal["heard"]
    seq: int
    at_ms: int
    # Number of the agent's reply.
    reply: int
    text: str
    # The caller interrupted.
    cut: bool
    basis: HeardBasis


class Tool(TypedDict):
    """A tool is at work. `arguments` come with started, `result` and `duration_ms` with done and failed."""

    type: Literal["tool"]
    seq: int
    at_ms: int
    # Number of the tool call.
    call: int
    name: str
    status: Literal["started", "done", "failed"]
    # As sent.
    arguments: NotRequired[dict[str, Json]]
    # As returned; on failure {code, say, retryable}.
    result: NotRequired[Json]
    duration_ms: NotRequired[int]


class Slot(TypedDict):
    """A value was understood, agreed to or taken back."""

    type: Literal["slot"]
    seq: int
    at_ms: int
    name: str
    # Canonical; null when forgotten.
    value: str | None
    # The caller's words.
    said: NotRequired[str]
    # The caller's turn they came in.
    turn: NotRequired[int]
    status: Literal["filled", "confirmed", "forgotten"]


HandOff = TypedDict("HandOff", {"type": Literal["handoff"], "seq": int, "at_ms": int, "from": str, "to": str})
"""Another specialist takes over."""


class Expect(TypedDict):
    """What the agent asks for now."""

    type: Literal["expect"]
    seq: int
    at_ms: int
    # A slot's type, yes_no, choice or open.
    kind: str
    slot: str | None


class Recorded(TypedDict):
    """What the call came to; may be told more than once, the last one stands."""

    type: Literal["record"]
    seq: int
    at_ms: int
    outcome: Outcome
    reference: str | None
    slots: dict[str, str]


class Trouble(TypedDict):
    """Something went wrong and the call goes on."""

    type: Literal["error"]
    seq: int
    at_ms: int
    code: Literal["hearing", "thinking"]
    message: str


class VoiceQuality(TypedDict):
    """How a voice reaches its listener; told when the grade of the last ten seconds changes. Counts are of the
    call so far.
    """

    type: Literal["quality"]
    seq: int
    at_ms: int
    speaker: Literal["caller", "agent"]
    # 1 poor, 2 fair, 3 good, 4 very good: the lines of ITU-T G.109.
    grade: int
    # Of the last ten seconds, by the E-model.
    mos: float
    loss_percent: float
    jitter_ms: float
    rtt_ms: float | None


class Bye(TypedDict):
    """The call is over; always the last message."""

    type: Literal["bye"]
    seq: int
    at_ms: int
    reason: str


class TypedText(TypedDict):
    """A line typed instead of spoken: a whole turn."""

    type: Literal["text"]
    text: str


class Playout(TypedDict):
    """How much of a reply has left the loudspeaker; makes the ledger's basis `acked`."""

    type: Literal["playout"]
    reply: int
    position_ms: int


class Mute(TypedDict):
    """The caller muted or unmuted the microphone. For information: silence is sent while muted."""

    type: Literal["mute"]
    muted: bool


class Hold(TypedDict):
    """The caller holds the call or takes it up again: meanwhile nothing is said, asked or listened to. Over
    WebRTC an offer whose audio is `inactive` says the same.
    """

    type: Literal["hold"]
    held: bool


class HangUp(TypedDict):
    """The caller ends the call."""

    type: Literal["hangup"]


class Leaving(TypedDict):
    """The page goes away and may come back with the call's resume token, as a reloaded one does: the
    connection's end is not yet the call's.
    """

    type: Literal["leaving"]


PageMessage = (
    Hello
    | State
    | InterimWords
    | FinalWords
    | Say
    | Heard
    | Tool
    | Slot
    | HandOff
    | Expect
    | Recorded
    | Trouble
    | VoiceQuality
    | Bye
)
"""From the server to the page."""


CallerMessage = TypedText | Playout | Mute | Hold | HangUp | Leaving
"""From the page to the server."""

PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "InterimWords": ("text",),
    "FinalWords": ("text",),
    "Say": ("text",),
    "Heard": ("text",),
    "Tool": ("arguments", "result"),
    "Slot": ("value", "said"),
    "Recorded": ("slots",),
    "TypedText": ("text",),
}
"""Fields that hold personal data, by type."""
