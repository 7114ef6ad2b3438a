"""The record of a call. Made from protocol/record.schema.json by tools/generate_protocol.py; change it there."""

from collections.abc import Mapping
from typing import Final, Literal, TypedDict

from antiphon.core.proposal import Json

Outcome = Literal["done", "answered", "human", "callback", "abandoned", "failed"]
"""How a call ended: the task was carried out, questions were answered, a person took over, a message was taken,
the caller left, or we could not go on.
"""


HeardBasis = Literal["acked", "aligned", "estimated", "whole"]
"""How it is known what the caller heard: reported by the client, aligned word times, estimated from the text, or
all of it.
"""


SlotState = Literal["filled", "confirmed"]
"""Understood, or agreed to by the caller."""


class RecordedSlot(TypedDict):
    """A value the caller gave."""

    # Canonical.
    value: str
    # The caller's words.
    said: str
    # The caller's turn they came in.
    turn: int
    status: SlotState


class RecordedTurn(TypedDict):
    """A turn of the transcript. For the agent `text` is what was heard, `said` what would have been."""

    who: Literal["caller", "agent"]
    number: int
    text: str
    started_ms: int
    ended_ms: int
    typed: bool
    said: str
    cut: bool
    # Of the reply's audio.
    heard_ms: int
    # Empty for the caller.
    basis: HeardBasis | Literal[""]


class RecordedTool(TypedDict):
    """A tool call. `ok` is null when there is no answer."""

    tool_call: int
    tool: str
    # As sent.
    arguments: dict[str, Json]
    reply: int
    started_ms: int
    ok: bool | None
    # As returned; on failure {code, say, retryable}.
    result: Json
    duration_ms: int | None


class RecordedLatency(TypedDict):
    """Where an answered turn's time went; null where a stage did not happen."""

    turn: int
    ended_ms: int
    taken_ms: int
    hearing_ms: int | None
    endpointing_ms: int | None
    thinking_ms: int | None
    acting_ms: int | None
    speaking_ms: int | None
    playout_ms: int | None
    total_ms: int | None


class Travelled(TypedDict):
    """How a voice reached its listener over the whole call. Scores are estimates by the E-model (ITU-T G.107), 1
    to 4.5 on the telephone's scale. Null is what nobody could measure.
    """

    # Of the score: 1 poor, 2 fair, 3 good, 4 very good, by the lines of ITU-T G.109.
    grade: int
    # Of the whole call.
    mos: float
    # Of its worst ten seconds.
    worst_mos: float
    # Of its packets.
    loss_percent: float
    # Packets that never came themselves.
    lost: int
    # Packets.
    received: int
    # On average, as RFC 3550 has it.
    jitter_ms: float
    # There and back, on average.
    rtt_ms: float | None
    # Of the lost, those heard from a copy in another packet (RED, in-band FEC).
    recovered: int | None
    # Made up for the listener.
    concealed_ms: int | None
    # How often the encoder was changed for one that bears loss better, or back.
    mode_changes: int | None


class RecordedQuality(TypedDict):
    """How the two voices travelled; null where too little was said, or nobody reports."""

    caller: Travelled | None
    agent: Travelled | None


class CallRecord(TypedDict):
    """Everything a business asks about a call."""

    call: str
    tenant: str
    agent: str
    agent_version: str
    channel: str
    # The caller's address, where the channel has one.
    caller: str | None
    # The business's IANA zone.
    zone: str
    started: str
    ended: str | None
    duration_ms: int
    outcome: Outcome | None
    end_reason: str | None
    reference: str | None
    specialist: str
    task: str | None
    slots: dict[str, RecordedSlot]
    transcript: list[RecordedTurn]
    tools: list[RecordedTool]
    latency: list[RecordedLatency]
    barge_ins: int
    false_barge_ins: int
    reprompts: int
    silences: int
    quality: RecordedQuality


PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "RecordedSlot": ("value", "said"),
    "RecordedTurn": ("text", "said"),
    "RecordedTool": ("arguments", "result"),
    "CallRecord": ("caller",),
}
"""Fields that hold personal data, by type."""
