"""Events: facts in the past tense, stamped in milliseconds of call time. The machine sees nothing else."""

from dataclasses import dataclass, field
from enum import StrEnum

from antiphon.core.proposal import Json, Proposal

# --- the call and its leg --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The first event of every call, at 0 ms. `wall` is the UTC instant of 0 ms in ISO 8601; `zone` the business's IANA zone."""

    at_ms: int
    call: str
    tenant: str
    agent: str
    agent_version: str
    channel: str
    wall: str
    zone: str
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class LegConnected:
    """Media flows."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first audio of `reply` left for the caller (or its text, on a leg without audio)."""

    at_ms: int
    reply: int


@dataclass(frozen=True, slots=True)
class PlayoutPaused:
    """Playout of `reply` stands at `sent_ms`. `acked_ms` is what the client itself reported; else heard = sent − `delay_ms`
    (RTT/2 + the client's playout delay)."""

    at_ms: int
    reply: int
    sent_ms: int
    delay_ms: int
    acked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PlayoutFlushed:
    """What was not sent of `reply` is dropped; positions as in PlayoutPaused."""

    at_ms: int
    reply: int
    sent_ms: int
    delay_ms: int
    acked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PlayoutEnded:
    """The last chunk of `reply` has been sent."""

    at_ms: int
    reply: int
    sent_ms: int


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key of the caller's."""

    at_ms: int
    digit: str


@dataclass(frozen=True, slots=True)
class TextTyped:
    """A line the caller typed: a whole turn at once."""

    at_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class LegSuspended:
    """The caller cannot hear us: their network is gone, or they have put the call on hold. Playout waits."""

    at_ms: int
    on_hold: bool


@dataclass(frozen=True, slots=True)
class LegRestored:
    """They hear us again, `anew` over another connection: a page that was reloaded, a phone in another network."""

    at_ms: int
    anew: bool


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The leg closed from the far side or was lost."""

    at_ms: int
    reason: str


class Speaker(StrEnum):
    """Whose voice."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class QualityMeasured:
    """How the voice of `speaker` reaches its listener: counts since the call began as `core.quality.Arrival` has them, jitter and
    round trip on average, scores by the E-model for the last seconds, the worst of them and the whole call. Told when the grade of
    the last seconds changes, and at the end. None where nobody can know."""

    at_ms: int
    speaker: Speaker
    recent_mos: float
    worst_mos: float
    mos: float
    lost: int
    received: int
    jitter_ms: float
    rtt_ms: float | None = None
    recovered: int | None = None
    concealed_ms: int | None = None
    mode_changes: int | None = None


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """Somebody with the right to (the page, the API, the server shutting down) wants the call to end."""

    at_ms: int
    reason: str


# --- hearing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The voice activity detector confirms the caller's voice since `onset_ms`; a new utterance."""

    at_ms: int
    utterance: int
    onset_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The caller has been silent since `end_ms`."""

    at_ms: int
    utterance: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class InterimHeard:
    """The words of the open utterance so far; they may still change."""

    at_ms: int
    utterance: int
    text: str


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """The utterance's words, final; empty text means no words."""

    at_ms: int
    utterance: int
    text: str
    confidence: float
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class HearingFailed:
    """Every recogniser failed on this utterance."""

    at_ms: int
    utterance: int
    category: str


# --- thinking, acting, speaking --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BrainProposed:
    """The run for `reply` yielded something."""

    at_ms: int
    reply: int
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class BrainEnded:
    """The run for `reply` is complete."""

    at_ms: int
    reply: int


@dataclass(frozen=True, slots=True)
class BrainFailed:
    """The run for `reply` broke or stalled, and no brain in the chain could go on."""

    at_ms: int
    reply: int
    category: str


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool's result, also when it failed: then `result` is the error envelope {code, say, retryable}."""

    at_ms: int
    tool_call: int
    ok: bool
    result: Json
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a reply: where it stands in the reply's text and when it ends in the reply's audio."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class AudioMade:
    """A chunk of `reply` was synthesised and queued: it says text[text_from:text_to] in `audio_ms`. Word positions count
    from the start of the reply, text and audio both. No words: the engine gave no times."""

    at_ms: int
    reply: int
    seq: int
    text_from: int
    text_to: int
    audio_ms: int
    words: tuple[Word, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SpeakingFailed:
    """Every voice failed on the rest of `reply`."""

    at_ms: int
    reply: int
    category: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened until `at_ms`; journalled when that caused a command."""

    at_ms: int


Event = (
    CallStarted
    | LegConnected
    | PlayoutStarted
    | PlayoutPaused
    | PlayoutFlushed
    | PlayoutEnded
    | DigitPressed
    | TextTyped
    | LegSuspended
    | LegRestored
    | CallerLeft
    | QualityMeasured
    | HangUpAsked
    | SpeechStarted
    | SpeechStopped
    | InterimHeard
    | WordsHeard
    | HearingFailed
    | BrainProposed
    | BrainEnded
    | BrainFailed
    | ToolReturned
    | AudioMade
    | SpeakingFailed
    | TimePassed
)
