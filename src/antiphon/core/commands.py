"""Commands: what the conversation orders of the world. They name a call's parts, never a socket."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from antiphon.core.proposal import Json, Outcome


class Cause(StrEnum):
    """Why the brain is run."""

    GREETING = "greeting"
    TURN = "turn"
    TOOLS = "tools"
    HAND_OFF = "hand_off"
    SILENCE = "silence"
    NONSENSE = "nonsense"  # sound but no words, or the recogniser failed
    TROUBLE = "trouble"  # the last run failed; say so and go on


class Floor(StrEnum):
    """Who holds the floor."""

    OPEN = "open"
    CALLER = "caller"
    PENDING = "pending"
    THINKING = "thinking"
    AGENT = "agent"
    CONTESTED = "contested"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Finish the decoding of an utterance now, beside the endpointing wait."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Think:
    """Run the brain for a new reply, with the conversation's present task and history."""

    reply: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class StopThinking:
    """Close the run of `reply`; what it yields from now on is ignored."""

    reply: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Append `text` to what `reply` says."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class EndReply:
    """`reply` has all its text."""

    reply: int


@dataclass(frozen=True, slots=True)
class ArmReflex:
    """Let the leg pause `reply` by itself when it senses speech, or not."""

    reply: int
    armed: bool


@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Stop sending `reply`; answered by PlayoutPaused."""

    reply: int


@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Go on with `reply` where it stopped."""

    reply: int


@dataclass(frozen=True, slots=True)
class CutReply:
    """Drop the rest of `reply`: synthesis, queue and all; answered by PlayoutFlushed."""

    reply: int


@dataclass(frozen=True, slots=True)
class RunTool:
    """Call a tool once its intent is durable. `key` is its idempotency key."""

    tool_call: int
    reply: int
    tool: str
    arguments: Mapping[str, Json]
    key: str


@dataclass(frozen=True, slots=True)
class FloorChanged:
    """For the page and the timeline."""

    floor: Floor


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """The caller's turn is complete: its words (joined over utterances), and when speech started and really ended."""

    turn: int
    text: str
    started_ms: int
    ended_ms: int
    typed: bool = False
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class ReplyHeard:
    """The ledger closes a reply: the words the caller heard, rounded down, of all that was said."""

    reply: int
    text: str
    said: str
    cut: bool
    heard_ms: int
    basis: str  # acked, aligned, estimated, whole


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    outcome: Outcome
    reason: str


Command = (
    Transcribe
    | Think
    | StopThinking
    | Speak
    | EndReply
    | ArmReflex
    | PausePlayout
    | ResumePlayout
    | CutReply
    | RunTool
    | FloorChanged
    | TurnTaken
    | ReplyHeard
    | HangUp
)
