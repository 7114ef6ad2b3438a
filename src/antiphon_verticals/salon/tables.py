"""The salon's tables. Times: the local wall time with its zone is what was agreed, the UTC instant is what is compared."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, String, Table

from antiphon.kit import METADATA, pii, tenant_column

services = Table(
    "salon_services",
    METADATA,
    tenant_column(),
    Column("service_id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("category", String(40), nullable=False),
    Column("price_cents", Integer(), nullable=False),
    Column("duration_min", Integer(), nullable=False),
    Column("addon_to", String(40)),
)
service_aliases = Table(
    "salon_service_aliases",
    METADATA,
    tenant_column(),
    Column("service_id", String(40), primary_key=True),
    Column("alias", String(80), primary_key=True),
)
stylists = Table(
    "salon_stylists",
    METADATA,
    tenant_column(),
    Column("stylist_id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
)
stylist_services = Table(
    "salon_stylist_services",
    METADATA,
    tenant_column(),
    Column("stylist_id", String(40), primary_key=True),
    Column("service_id", String(40), primary_key=True),
)
stylist_hours = Table(
    "salon_stylist_hours",
    METADATA,
    tenant_column(),
    Column("stylist_id", String(40), primary_key=True),
    Column("weekday", Integer(), primary_key=True),
    Column("opens_min", Integer(), primary_key=True),
    Column("closes_min", Integer(), nullable=False),
    comment="minutes of the local day; a lunch break is the gap between two rows",
)
closures = Table(
    "salon_closures",
    METADATA,
    tenant_column(),
    Column("date", String(10), primary_key=True),
    Column("reason", String(80), nullable=False),
    comment="local days on which nobody works, whatever the hours say",
)
bookings = Table(
    "salon_bookings",
    METADATA,
    tenant_column(),
    Column("reference", String(40), primary_key=True),
    Column("status", String(20), nullable=False),
    pii("client_name"),
    pii("callback_number"),
    Column("stylist_id", String(40), nullable=False),
    Column("date", String(10), nullable=False),
    Column("time", String(5), nullable=False),
    Column("zone", String(40), nullable=False),
    Column("starts_utc", String(40), nullable=False),
    Column("duration_min", Integer(), nullable=False),
    Column("price_cents", Integer(), nullable=False),
    Column("call", String(40), nullable=False),
    Column("made_utc", String(40), nullable=False),
    Index("ix_salon_bookings_tenant_number", "tenant", "callback_number"),
)
booking_items = Table(
    "salon_booking_items",
    METADATA,
    tenant_column(),
    Column("reference", String(40), primary_key=True),
    Column("place", Integer(), primary_key=True),
    Column("service_id", String(40), nullable=False),
    ForeignKeyConstraint(["tenant", "reference"], ["salon_bookings.tenant", "salon_bookings.reference"]),
)
booking_cells = Table(
    "salon_booking_cells",
    METADATA,
    tenant_column(),
    Column("stylist_id", String(40), primary_key=True),
    Column("cell_utc", String(40), primary_key=True),
    Column("reference", String(40), nullable=False),
    ForeignKeyConstraint(["tenant", "reference"], ["salon_bookings.tenant", "salon_bookings.reference"]),
    comment="every five minutes of a booking, half open: the primary key is what makes a double booking impossible",
)
booking_history = Table(
    "salon_booking_history",
    METADATA,
    tenant_column(),
    Column("reference", String(40), primary_key=True),
    Column("place", Integer(), primary_key=True),
    Column("what", String(20), nullable=False),
    Column("detail", String(200), nullable=False),
    Column("at_utc", String(40), nullable=False),
)
