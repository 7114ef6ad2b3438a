"""Quality."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "records_5c1b7e02d9f4"
down_revision: str | None = "records_3ea9b969bc15"
branch_labels: str | Sequence[str] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "call_quality",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("voice", sa.String(length=10), nullable=False),
        sa.Column("mos", sa.Float(), nullable=False),
        sa.Column("worst_mos", sa.Float(), nullable=False),
        sa.Column("loss_percent", sa.Float(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("jitter_ms", sa.Float(), nullable=False),
        sa.Column("rtt_ms", sa.Float(), nullable=True),
        sa.Column("recovered", sa.Integer(), nullable=True),
        sa.Column("concealed_ms", sa.Integer(), nullable=True),
        sa.Column("mode_changes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "call", "voice", name=op.f("pk_call_quality")),
        comment="how the caller's and the agent's voice travelled; a voice that was not measured has no row",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("call_quality")
