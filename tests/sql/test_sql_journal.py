"""The journal in SQLite keeps the port's promises, shares its commits, and tells the truth about a full disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, text

from antiphon.adapters.sql import journal as module
from antiphon.adapters.sql.engine import Engines
from antiphon.adapters.sql.journal import JournalClosed, SqlJournal
from antiphon.core.errors import AntiphonError, Busy
from antiphon.core.journal import VERSION
from antiphon.testing.contracts.journal import FenceContract, JournalContract, MakeJournal, lines
from tests.sql.stores import journal


@pytest.fixture
def make_journal(tmp_path: Path) -> MakeJournal:
    @asynccontextmanager
    async def make() -> AsyncIterator[SqlJournal]:
        async with journal(tmp_path) as (books, _):
            yield books

    return make


class TestSqlJournal(JournalContract, FenceContract):
    pass


async def limit_pages(engines: Engines, *, more: int) -> None:
    """Let the writer's file grow by so many pages and no further, as on a disk that fills."""
    async with engines.writer.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count = {pages + more}"))


async def test_lines_of_all_calls_share_commits(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, engines):
        epochs = {f"call_{n}": await books.open("demo", f"call_{n}") for n in range(30)}
        commits = count()
        event.listen(engines.writer.sync_engine, "commit", lambda _: next(commits))
        await asyncio.gather(*(books.append(call, epoch, 0, ["line"]) for call, epoch in epochs.items()))
        assert next(commits) <= 2


async def test_who_does_not_wait_for_company_is_not_made_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMPANY_S", 3_600.0)
    async with journal(tmp_path) as (books, _):
        epoch = await books.open("demo", "call_1")
        async with asyncio.timeout(5):
            for seq in range(10):
                await books.append("call_1", epoch, seq, ["at once"], urgent=True)
        assert 10 == len(await lines(books, "call_1"))


async def test_more_lines_than_a_transaction_takes_are_all_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 10)
    async with journal(tmp_path) as (books, _):
        epochs = {f"call_{n}": await books.open("demo", f"call_{n}") for n in range(7)}
        appends = (books.append(call, epoch, 0, ["line"] * 4) for call, epoch in epochs.items())
        await asyncio.gather(*appends)
        assert [4] * 7 == [len(await lines(books, call)) for call in epochs]


async def test_a_line_knows_its_tenant_epoch_and_version(tmp_path: Path) -> None:
    async with journal(tmp_path) as (books, engines):
        await books.open("demo", "call_1")
        await books.append("call_1", await books.open("demo", "call_1"), 0, ["line"])
        async with engines.readers.connect() as connection:
            row = (await connection.execute(text("SELECT tenant, epoch, version, key_id FROM journal_lines"))).one()
        assert ("demo", 2, VERSION, None) == tuple(row)


async def test_a_full_disk_refuses_new_lines_keeps_the_acknowledged_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    async with journal(tmp_path) as (books, engines):
        epoch = await books.open("demo", "call_1")
        other = await books.open("demo", "call_2")
        await limit_pages(engines, more=40)
        acknowledged, failure = 0, None
        while failure is None:
            try:
                await books.append("call_1", epoch, acknowledged, ["x" * 4_000], urgent=True)
                acknowledged += 1
            except AntiphonError as error:
                failure = error
        assert "database or disk is full" in str(failure.__cause__)  # the fault that was meant is the one that struck
        assert acknowledged > 10
        assert acknowledged == len(await lines(books, "call_1"))
        await limit_pages(engines, more=1_000)
        await books.append("call_1", epoch, acknowledged, ["room again"], urgent=True)
        await books.append("call_2", other, 0, ["and for others"], urgent=True)
        assert (acknowledged + 1, 1) == (len(await lines(books, "call_1")), len(await lines(books, "call_2")))


async def test_a_disk_that_cannot_keep_up_refuses_instead_of_filling_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 10)
    async with journal(tmp_path) as (books, _):
        epoch = await books.open("demo", "call_1")
        first, second = await asyncio.gather(
            books.append("call_1", epoch, 0, ["line"] * 8),
            books.append("call_1", epoch, 8, ["line"] * 8),
            return_exceptions=True,
        )
        assert (None, Busy) == (first, type(second))
        await books.append("call_1", epoch, 8, ["room again"])


async def test_a_writer_that_stops_tells_those_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMPANY_S", 3_600.0)
    async with journal(tmp_path) as (opened, engines):
        epoch = await opened.open("demo", "call_1")
        books = SqlJournal(engines)
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(books.run())
            waiting = asyncio.gather(books.append("call_1", epoch, 0, ["line"]), return_exceptions=True)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            writer.cancel()
            (told,) = await waiting
        assert isinstance(told, JournalClosed)
        with pytest.raises(JournalClosed):
            await books.append("call_1", epoch, 0, ["too late"])
