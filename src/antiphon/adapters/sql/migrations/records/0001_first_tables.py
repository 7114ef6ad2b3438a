"""First tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "records_3fe6b4a7b624"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = "records"
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    _calls()
    _parts_of_calls()
    _tools()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=100), nullable=False),
        sa.Column("agent_version", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("started", sa.String(length=40), nullable=False),
        sa.Column("ended", sa.String(length=40), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.Column("task", sa.String(length=80), nullable=True),
        sa.Column("barge_ins", sa.Integer(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "call", name=op.f("pk_calls")),
        comment="one row per call; record is the whole of it as JSON",
    )
    op.create_index("ix_calls_tenant_started", "calls", ["tenant", "started"], unique=False)
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("callback_number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "reference", name=op.f("pk_messages")),
        comment="messages taken for a person who calls back",
    )


def _parts_of_calls() -> None:
    op.create_table(
        "call_slots",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "call", "name", name=op.f("pk_call_slots")),
    )
    op.create_table(
        "call_tools",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("tool_call", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(length=80), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("ok", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "call", "tool_call", name=op.f("pk_call_tools")),
    )
    op.create_table(
        "call_turns",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("started_ms", sa.Integer(), nullable=False),
        sa.Column("ended_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "call", "place", name=op.f("pk_call_turns")),
    )


def _tools() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        comment="what the bus must be told, written with what it tells of",
    )
    op.create_table(
        "reference_counters",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("prefix", sa.String(length=2), nullable=False),
        sa.Column("local_date", sa.String(length=10), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "prefix", "local_date", name=op.f("pk_reference_counters")),
    )
    op.create_table(
        "tool_attempts",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("tool", sa.String(length=80), nullable=False),
        sa.Column("begun", sa.String(length=40), nullable=False),
        sa.Column("ended", sa.String(length=40), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_tool_attempts")),
        comment="tools with an effect outside: an attempt before the call, its outcome after; no outcome means unknown",
    )
    op.create_table(
        "tool_results",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("tool", sa.String(length=80), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_tool_results")),
        comment="one row per idempotency key, written in the effect's own transaction",
    )


def downgrade() -> None:
    """Drop them."""
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_table("tool_results")
    op.drop_table("tool_attempts")
    op.drop_table("reference_counters")
    op.drop_table("outbox")
    op.drop_table("messages")
    op.drop_index("ix_calls_tenant_started", table_name="calls")
    op.drop_table("calls")
    op.drop_table("call_turns")
    op.drop_table("call_tools")
    op.drop_table("call_slots")
    # ### end Alembic commands ###
