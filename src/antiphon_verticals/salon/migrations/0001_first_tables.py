"""First tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "salon_cc47ff0184a4"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = "salon"
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    _offers()
    _bookings()
    _parts_of_bookings()


def _offers() -> None:
    op.create_table(
        "salon_services",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("addon_to", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "service_id", name=op.f("pk_salon_services")),
    )
    op.create_table(
        "salon_stylist_hours",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("stylist_id", sa.String(length=40), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens_min", sa.Integer(), nullable=False),
        sa.Column("closes_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stylist_id", "weekday", "opens_min", name=op.f("pk_salon_stylist_hours")),
        comment="minutes of the local day; a lunch break is the gap between two rows",
    )
    op.create_table(
        "salon_stylist_services",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("stylist_id", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stylist_id", "service_id", name=op.f("pk_salon_stylist_services")),
    )
    op.create_table(
        "salon_stylists",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("stylist_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stylist_id", name=op.f("pk_salon_stylists")),
    )


def _bookings() -> None:
    op.create_table(
        "salon_bookings",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("callback_number", sa.Text(), nullable=False),
        sa.Column("stylist_id", sa.String(length=40), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("time", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("starts_utc", sa.String(length=40), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(length=40), nullable=False),
        sa.Column("made_utc", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "reference", name=op.f("pk_salon_bookings")),
    )
    op.create_index("ix_salon_bookings_tenant_number", "salon_bookings", ["tenant", "callback_number"], unique=False)
    op.create_table(
        "salon_service_aliases",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.Column("alias", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "service_id", "alias", name=op.f("pk_salon_service_aliases")),
    )


def _parts_of_bookings() -> None:
    op.create_table(
        "salon_booking_history",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("at_utc", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "reference", "place", name=op.f("pk_salon_booking_history")),
    )
    op.create_table(
        "salon_booking_cells",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("stylist_id", sa.String(length=40), nullable=False),
        sa.Column("cell_utc", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "reference"],
            ["salon_bookings.tenant", "salon_bookings.reference"],
            name=op.f("fk_salon_booking_cells_tenant_salon_bookings"),
        ),
        sa.PrimaryKeyConstraint("tenant", "stylist_id", "cell_utc", name=op.f("pk_salon_booking_cells")),
        comment="every five minutes of a booking, half open: the primary key is what makes a double booking impossible",
    )
    op.create_table(
        "salon_booking_items",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "reference"],
            ["salon_bookings.tenant", "salon_bookings.reference"],
            name=op.f("fk_salon_booking_items_tenant_salon_bookings"),
        ),
        sa.PrimaryKeyConstraint("tenant", "reference", "place", name=op.f("pk_salon_booking_items")),
    )


def downgrade() -> None:
    """Drop them."""
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_table("salon_booking_items")
    op.drop_table("salon_booking_cells")
    op.drop_table("salon_stylists")
    op.drop_table("salon_stylist_services")
    op.drop_table("salon_stylist_hours")
    op.drop_table("salon_services")
    op.drop_table("salon_service_aliases")
    op.drop_index("ix_salon_bookings_tenant_number", table_name="salon_bookings")
    op.drop_table("salon_bookings")
    op.drop_table("salon_booking_history")
    # ### end Alembic commands ###
