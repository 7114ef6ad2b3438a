"""The journal and the records in SQL: nothing lost, nothing done twice, zombies fenced."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, Table, event, select, text

from antiphon.adapters.sql import SqlRecords, migrate, open_sqlite
from antiphon.adapters.sql.migrate import JOURNAL, RECORDS
from antiphon.adapters.sql.tables import JOURNAL as JOURNAL_TABLES
from antiphon.adapters.sql.tables import outbox
from antiphon.core.errors import AntiphonError, Fenced, NotFound
from antiphon.core.record import CallRecord
from antiphon.kit.tables import METADATA
from antiphon_verticals.salon import VERTICAL
from tests.sql.stores import journal


async def test_400_racing_increments_lose_none(tmp_path: Path) -> None:
    counters = Table("counters", MetaData(), Column("value", Integer()))
    engines = open_sqlite(tmp_path / "race.db", durable=False)
    async with engines.writer.begin() as tx:
        await tx.run_sync(counters.metadata.create_all)
        await tx.execute(counters.insert().values(value=0))

    async def add() -> None:
        for _ in range(20):
            async with engines.writer.begin() as tx:
                value = (await tx.execute(select(counters.c.value))).scalar_one()
                await tx.execute(counters.update().values(value=value + 1))

    await asyncio.gather(*(add() for _ in range(20)))
    async with engines.readers.connect() as connection:
        assert 400 == (await connection.execute(select(counters.c.value))).scalar_one()
    await engines.aclose()


def differences(connection: Connection, models: MetaData) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), models))


async def test_models_and_migrations_say_the_same(tmp_path: Path) -> None:
    for name, versions, metadata in (
        ("journal.db", [JOURNAL], JOURNAL_TABLES),
        ("records.db", [RECORDS, VERTICAL.migrations], METADATA),
    ):
        engines = open_sqlite(tmp_path / name, durable=False)
        await migrate(engines.writer, versions)
        await migrate(engines.writer, versions)  # the second time does nothing
        async with engines.readers.connect() as connection:
            assert [] == await connection.run_sync(differences, metadata)
        await engines.aclose()


async def test_lines_of_fifty_calls_are_contiguous_and_in_order(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, _):

        async def write(call: str) -> None:
            epoch = await books.open("demo", call)
            for seq in range(0, 20, 2):
                await books.append(call, epoch, seq, [f"{call} {seq + 1}", f"{call} {seq + 2}"])

        await asyncio.gather(*(write(f"call_{number}") for number in range(50)))
        for number in range(50):
            entries = [entry async for entry in books.read("demo", f"call_{number}")]
            assert [(seq, f"call_{number} {seq}") for seq in range(1, 21)] == [(e.seq, e.line) for e in entries]


async def test_lines_of_all_calls_share_commits(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, engines):
        epochs = {f"call_{n}": await books.open("demo", f"call_{n}") for n in range(30)}
        commits = 0

        def count(_connection: object) -> None:
            nonlocal commits
            commits += 1

        event.listen(engines.writer.sync_engine, "commit", count)
        await asyncio.gather(*(books.append(call, epoch, 0, ["line"]) for call, epoch in epochs.items()))
        assert commits <= 2


async def test_a_zombie_is_refused_and_the_others_in_its_batch_are_written(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, _):
        old = await books.open("demo", "call_1")
        new = await books.open("demo", "call_1")
        other = await books.open("demo", "call_2")
        results = await asyncio.gather(
            books.append("call_1", old, 0, ["zombie"]),
            books.append("call_2", other, 0, ["fine"]),
            books.append("call_1", new, 0, ["owner"]),
            return_exceptions=True,
        )
        assert [True, False, False] == [isinstance(result, Fenced) for result in results]
        assert ["owner"] == [entry.line async for entry in books.read("demo", "call_1")]
        assert ["fine"] == [entry.line async for entry in books.read("demo", "call_2")]


async def test_a_line_at_the_wrong_place_is_refused(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, _):
        epoch = await books.open("demo", "call_1")
        await books.append("call_1", epoch, 0, ["one"])
        with pytest.raises(Fenced):
            await books.append("call_1", epoch, 0, ["one again"])


async def test_another_tenant_sees_and_opens_nothing(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, _):
        await books.append("call_1", await books.open("demo", "call_1"), 0, ["line"])
        with pytest.raises(NotFound):
            _ = [entry async for entry in books.read("other", "call_1")]
        with pytest.raises(NotFound):
            await books.open("other", "call_1")


async def test_a_full_disk_refuses_new_lines_and_keeps_the_acknowledged_ones(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, engines):
        epoch = await books.open("demo", "call_1")
        await books.append("call_1", epoch, 0, ["kept"])
        async with engines.writer.connect() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(AntiphonError, match="disk full") as refused:
            await books.append("call_1", epoch, 1, ["x" * 4_000] * 100, urgent=True)
        assert "full" in str(refused.value.__cause__)  # the fault that was meant is the one that struck
        lines = [entry.line async for entry in books.read("demo", "call_1")]
        assert "kept" == lines[0]


async def test_a_record_is_replaced_whole_with_its_outbox_line(tmp_path: Path) -> None:
    engines = open_sqlite(tmp_path / "records.db", durable=False)
    await migrate(engines.writer, [RECORDS])
    records = SqlRecords(engines)
    record = CallRecord(call="call_1", tenant="demo", agent="salon", agent_version="v1", channel="text", started="s")
    await records.save("demo", record.to_json())
    record.slots["service"] = {"value": "haircut", "said": "a haircut", "turn": 1, "status": "confirmed"}
    record.ended, record.outcome, record.reference = "e", "done", "GB-20261120-001"
    await records.save("demo", record.to_json())
    assert record.to_json() == await records.get("demo", "call_1")
    assert [("call_1", "done")] == [(row.call, row.outcome) for row in await records.list("demo")]
    with pytest.raises(NotFound):
        await records.get("other", "call_1")
    async with engines.readers.connect() as connection:
        subjects = (await connection.execute(select(outbox.c.subject).order_by(outbox.c.id))).scalars().all()
        value = (await connection.execute(text("SELECT value FROM call_slots WHERE call = 'call_1'"))).scalar_one()
    assert (["record.begun", "record.ended"], "haircut") == (list(subjects), value)
    await engines.aclose()
