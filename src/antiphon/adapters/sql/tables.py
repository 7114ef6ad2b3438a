"""The platform's own tables: the journal in one database, records and outbox in the other."""

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text

from antiphon.kit.tables import METADATA as RECORDS
from antiphon.kit.tables import pii, tenant_column

LATENCY_STAGES = ("hearing_ms", "endpointing_ms", "thinking_ms", "acting_ms", "speaking_ms", "playout_ms", "total_ms")
JOURNAL = MetaData(naming_convention=RECORDS.naming_convention)

journal_heads = Table(
    "journal_heads",
    JOURNAL,
    Column("call", String(40), primary_key=True),
    Column("tenant", String(40), nullable=False),
    Column("epoch", Integer(), nullable=False),
    Column("seq", Integer(), nullable=False),
    comment="who may append where: an append moves the head of its own epoch and sequence, or it is refused",
)
journal_lines = Table(
    "journal_lines",
    JOURNAL,
    Column("call", String(40), primary_key=True),
    Column("seq", Integer(), primary_key=True),
    Column("tenant", String(40), nullable=False),
    Column("epoch", Integer(), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("key_id", String(40)),
    Column("line", Text(), nullable=False, info={"pii": True}),
)

calls = Table(
    "calls",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("agent", String(100), nullable=False),
    Column("agent_version", String(80), nullable=False),
    Column("channel", String(20), nullable=False),
    pii("caller", nullable=True),
    Column("started", String(40), nullable=False),
    Column("ended", String(40)),
    Column("duration_ms", Integer(), nullable=False),
    Column("outcome", String(20)),
    Column("end_reason", String(40)),
    Column("reference", String(40)),
    Column("task", String(80)),
    Column("barge_ins", Integer(), nullable=False),
    Column("record", Text(), nullable=False, info={"pii": True}),
    Index("ix_calls_tenant_started", "tenant", "started"),
    comment="one row per call; record is the whole of it as JSON",
)
call_slots = Table(
    "call_slots",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("name", String(80), primary_key=True),
    pii("value"),
    pii("said"),
    Column("turn", Integer(), nullable=False),
    Column("status", String(20), nullable=False),
)
call_turns = Table(
    "call_turns",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("place", Integer(), primary_key=True),
    Column("who", String(10), nullable=False),
    Column("number", Integer()),
    pii("text"),
    Column("cut", Integer(), nullable=False),
    Column("started_ms", Integer(), nullable=False),
    Column("ended_ms", Integer(), nullable=False),
    Column("heard_ms", Integer()),
    comment="the transcript; of an agent's turn `text` is what was heard; call_slots.turn is the `number` of a caller's turn",
)
call_tools = Table(
    "call_tools",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("tool_call", Integer(), primary_key=True),
    Column("tool", String(80), nullable=False),
    Column("started_ms", Integer()),
    Column("arguments", Text(), nullable=False, info={"pii": True}),
    Column("ok", Integer()),
    Column("result", Text(), info={"pii": True}),
    Column("duration_ms", Integer()),
)
call_latencies = Table(
    "call_latencies",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("turn", Integer(), primary_key=True),
    *(Column(name, Integer()) for name in LATENCY_STAGES),
    comment="milliseconds per answered turn; total is end of speech to first audio sent, the others are its stages",
)
call_quality = Table(
    "call_quality",
    RECORDS,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("voice", String(10), primary_key=True),
    Column("mos", Float(), nullable=False),
    Column("worst_mos", Float(), nullable=False),
    Column("loss_percent", Float(), nullable=False),
    Column("lost", Integer(), nullable=False),
    Column("received", Integer(), nullable=False),
    Column("jitter_ms", Float(), nullable=False),
    Column("rtt_ms", Float()),
    Column("recovered", Integer()),
    Column("concealed_ms", Integer()),
    Column("mode_changes", Integer()),
    comment="how the caller's and the agent's voice travelled; a voice that was not measured has no row",
)
outbox = Table(
    "outbox",
    RECORDS,
    Column("id", Integer(), primary_key=True, autoincrement=True),
    Column("tenant", String(40), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("body", Text(), nullable=False, info={"pii": True}),
    comment="what the bus must be told, written with what it tells of",
)
