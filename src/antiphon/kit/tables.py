"""The base of every business table, and the few tables that all trades share."""

from sqlalchemy import Column, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeEngine

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Business tables of the platform and of every trade; they live in one database with the records."""


def tenant_column() -> Column[str]:
    """The first column of every table; its value comes from the credential."""
    return Column("tenant", String(40), primary_key=True)


def pii(name: str, kind: TypeEngine[str] | None = None, *, nullable: bool = False) -> Column[str]:
    """A column that holds personal data: redaction, encryption and deletion find it by this mark."""
    return Column(name, kind or Text(), nullable=nullable, info={"pii": True})


tool_results = Table(
    "tool_results",
    METADATA,
    tenant_column(),
    Column("key", String(200), primary_key=True),
    Column("tool", String(80), nullable=False),
    Column("result", Text(), nullable=False, info={"pii": True}),
    Column("at", String(40), nullable=False),
    comment="one row per idempotency key, written in the effect's own transaction",
)
tool_attempts = Table(
    "tool_attempts",
    METADATA,
    tenant_column(),
    Column("key", String(200), primary_key=True),
    Column("tool", String(80), nullable=False),
    Column("begun", String(40), nullable=False),
    Column("ended", String(40)),
    Column("result", Text(), info={"pii": True}),
    comment="tools with an effect outside: an attempt before the call, its outcome after; no outcome means unknown",
)
reference_counters = Table(
    "reference_counters",
    METADATA,
    tenant_column(),
    Column("prefix", String(2), primary_key=True),
    Column("local_date", String(10), primary_key=True),
    Column("last", Integer(), nullable=False),
)
proven_numbers = Table(
    "proven_numbers",
    METADATA,
    tenant_column(),
    Column("call", String(40), primary_key=True),
    Column("number", String(40), primary_key=True, info={"pii": True}),
    comment="numbers a caller named in a call and something was found under: what a tool may change for them",
)
messages = Table(
    "messages",
    METADATA,
    tenant_column(),
    Column("reference", String(20), primary_key=True),
    pii("name"),
    pii("callback_number"),
    pii("reason"),
    Column("urgency", String(20), nullable=False),
    Column("call", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    comment="messages taken for a person who calls back",
)
