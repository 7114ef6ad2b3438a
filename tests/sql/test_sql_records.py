"""Records in SQLite keep the port's promises, are natural to ask in SQL, and commit with their outbox line or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import OperationalError

from antiphon.adapters.sql import Engines, SqlRecords, migrate, open_sqlite
from antiphon.adapters.sql.migrate import RECORDS
from antiphon.adapters.sql.tables import JOURNAL
from antiphon.kit.tables import METADATA
from antiphon.testing.contracts.records import RecordsContract, begun, ended
from antiphon_verticals.salon import VERTICAL


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    opened = open_sqlite(tmp_path / "records.db", durable=False)
    await migrate(opened.writer, [RECORDS])
    yield opened
    await opened.aclose()


@pytest.fixture
def records(engines: Engines) -> SqlRecords:
    return SqlRecords(engines)


class TestSqlRecords(RecordsContract):
    pass


async def rows(engines: Engines, query: str) -> list[tuple[object, ...]]:
    async with engines.readers.connect() as connection:
        return [tuple(row) for row in (await connection.execute(text(query))).all()]


async def test_a_business_asks_in_plain_sql(records: SqlRecords, engines: Engines) -> None:
    await records.save("demo", ended("call_01").to_json())
    said = """
        SELECT calls.reference, slots.name, slots.value, turns.text FROM calls
        JOIN call_slots AS slots USING (tenant, call)
        JOIN call_turns AS turns USING (tenant, call)
        WHERE turns.who = 'caller' AND turns.number = slots.turn AND calls.outcome = 'done' ORDER BY slots.turn
    """
    assert [
        ("GB-20261120-001", "service", "haircut", "a trim please"),
        ("GB-20261120-001", "name", "Zoë Müller", "zoe muller"),
    ] == await rows(engines, said)
    slow = "SELECT turn, endpointing_ms, thinking_ms, total_ms FROM call_latencies WHERE total_ms > 400"
    assert [(1, 350, 5, 468)] == await rows(engines, slow)
    used = "SELECT tool, ok, started_ms, duration_ms FROM call_tools ORDER BY tool_call"
    assert [("book_appointment", 1, 4_100, 12), ("never_answered", None, 5_000, None)] == await rows(engines, used)
    bad = "SELECT reference, voice, worst_mos, lost, rtt_ms FROM call_quality JOIN calls USING (tenant, call) WHERE mos < 4"
    assert [("GB-20261120-001", "caller", 3.2, 25, 60.2)] == await rows(engines, bad)
    cut = "SELECT text, heard_ms FROM call_turns WHERE cut"
    assert [("Hello, how can", 900)] == await rows(engines, cut)


async def test_the_outbox_tells_that_a_call_began_and_ended_and_who_only_by_its_id(
    records: SqlRecords, engines: Engines
) -> None:
    await records.save("demo", begun("call_01").to_json())
    await records.save("demo", ended("call_01").to_json())
    told = await rows(engines, "SELECT tenant, subject, body FROM outbox ORDER BY id")
    assert [("demo", "record.begun"), ("demo", "record.ended")] == [row[:2] for row in told]
    assert "Müller" not in str(told)
    assert "2125550147" not in str(told)


async def test_without_its_outbox_line_a_record_is_not_saved(records: SqlRecords, engines: Engines) -> None:
    await records.save("demo", begun("call_01").to_json())
    async with engines.writer.begin() as tx:
        await tx.execute(text("ALTER TABLE outbox RENAME TO outbox_gone"))
    with pytest.raises(OperationalError, match="no such table: outbox"):
        await records.save("demo", ended("call_01").to_json())
    assert begun("call_01").to_json() == await records.get("demo", "call_01")
    assert [] == await rows(engines, "SELECT * FROM call_slots")


PERSONAL = {
    "journal_lines.line",
    "calls.caller",
    "calls.record",
    "call_slots.value",
    "call_slots.said",
    "call_turns.text",
    "call_tools.arguments",
    "call_tools.result",
    "outbox.body",
    "messages.name",
    "messages.callback_number",
    "messages.reason",
    "proven_numbers.number",
    "tool_results.result",
    "tool_attempts.result",
    "salon_bookings.client_name",
    "salon_bookings.callback_number",
}


def marked(metadata: MetaData) -> set[str]:
    return {str(column) for table in metadata.tables.values() for column in table.columns if column.info.get("pii")}


def test_columns_with_personal_data_are_marked() -> None:
    assert VERTICAL.name == "salon"  # its tables are in the metadata
    assert PERSONAL == marked(METADATA) | marked(JOURNAL)


def test_every_table_has_its_tenant() -> None:
    tables = [*METADATA.tables.values(), *JOURNAL.tables.values()]
    assert [] == [table.name for table in tables if "tenant" not in table.columns]
