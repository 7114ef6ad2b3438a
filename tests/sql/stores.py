"""Databases for tests, in a temporary folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from antiphon.adapters.sql import SqlJournal, SqlToolbox, migrate, open_sqlite
from antiphon.adapters.sql.engine import Engines
from antiphon.adapters.sql.migrate import JOURNAL, RECORDS
from antiphon_verticals.salon import VERTICAL
from tests.call.fakes import HandClock


@asynccontextmanager
async def journal(folder: Path) -> AsyncIterator[tuple[SqlJournal, Engines]]:
    engines = open_sqlite(folder / "journal.db", durable=False)
    await migrate(engines.writer, [JOURNAL])
    async with asyncio.TaskGroup() as tasks:
        books = SqlJournal(engines)
        tasks.create_task(books.run())
        yield books, engines
        await books.aclose()
    await engines.aclose()


@asynccontextmanager
async def salon(folder: Path) -> AsyncIterator[tuple[SqlToolbox, Engines]]:
    engines = open_sqlite(folder / "records.db", durable=False)
    await migrate(engines.writer, [RECORDS, VERTICAL.migrations])
    async with engines.writer.begin() as tx:
        await VERTICAL.seed(tx, "demo")
    yield SqlToolbox(VERTICAL.tools, engines, HandClock(), zone="America/New_York", prefix="GB"), engines
    await engines.aclose()
