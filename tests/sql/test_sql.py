"""SQLite underneath: no update lost, migrations true to the models."""

import asyncio
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, Table, select

from antiphon.adapters.sql import migrate, open_sqlite
from antiphon.adapters.sql.migrate import JOURNAL, RECORDS
from antiphon.adapters.sql.tables import JOURNAL as JOURNAL_TABLES
from antiphon.kit.tables import METADATA
from antiphon_verticals.salon import VERTICAL


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
