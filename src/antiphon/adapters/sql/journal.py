"""The journal in SQL: one writer commits the lines of all calls together.

A commit costs far more than a line, so lines wait up to 50 ms for company, unless somebody waits for them. The fence is checked per
call inside the transaction that writes, whose lock is taken first: a zombie's lines are refused and the others' are kept.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.adapters.sql.engine import Engines
from antiphon.adapters.sql.tables import journal_heads as heads
from antiphon.adapters.sql.tables import journal_lines as rows
from antiphon.core.errors import AntiphonError, Busy, Fenced, NotFound
from antiphon.core.journal import VERSION
from antiphon.ports.journal import JournalEntry

COMPANY_S = 0.05
MOST_LINES = 2_000
"""Lines in one transaction; more wait for the next."""
MOST_WAITING = 20_000
"""Lines that may wait for the disk: some ten seconds of a full house. Beyond, calls are refused before a line is lost."""
PAGE = 1_000
"""Lines read at a time, so that no reader is held while a slow client takes them."""


@dataclass(slots=True, eq=False)
class _Append:
    call: str
    epoch: int
    expected: int
    lines: Sequence[str]
    done: "asyncio.Future[None]"


@dataclass(slots=True)
class _Head:
    """Where a call's journal stands, as its transaction sees it."""

    tenant: str
    epoch: int
    seq: int

    def takes(self, append: _Append) -> bool:
        """Whether the lines belong here; then the head has moved."""
        if (append.epoch, append.expected) != (self.epoch, self.seq):
            return False
        self.seq += len(append.lines)
        return True


class JournalClosed(AntiphonError):
    """The journal has stopped; nothing more is written."""


class SqlJournal:
    """Implements `ports.journal.Journal`. `run` is the writer and must be running for appends to return."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._waiting: list[_Append] = []
        self._lines_waiting = 0
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closed = False
        self._stopped = asyncio.Event()
        self._stopped.set()

    async def open(self, tenant: str, call: str) -> int:
        """See `ports.journal`."""
        async with self._engines.writer.begin() as tx:
            owner = (await tx.execute(select(heads.c.tenant, heads.c.epoch).where(heads.c.call == call))).first()
            if owner is None:
                await tx.execute(heads.insert().values(call=call, tenant=tenant, epoch=1, seq=0))
                return 1
            if owner.tenant != tenant:
                raise NotFound(f"There is no call {call}.")
            await tx.execute(update(heads).where(heads.c.call == call).values(epoch=owner.epoch + 1))
            return int(owner.epoch) + 1

    async def append(
        self, call: str, epoch: int, expected_seq: int, lines: Sequence[str], *, urgent: bool = False
    ) -> None:
        """See `ports.journal`. Raises Busy when the disk is too far behind."""
        if self._closed:
            raise JournalClosed("The journal is closed; this process is going down.")
        if not lines:
            return
        if self._lines_waiting + len(lines) > MOST_WAITING:
            raise Busy("The journal cannot keep up with the calls; is the disk slow?")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Append(call, epoch, expected_seq, tuple(lines), done))
        self._lines_waiting += len(lines)
        self._wake.set()
        if urgent:
            self._urgent.set()
        await done

    def hurry(self) -> None:
        """See `ports.journal`."""
        self._urgent.set()

    async def run(self) -> None:
        """Write until `aclose`. Whoever still waits when it ends for another reason is told."""
        self._stopped.clear()
        batch: list[_Append] = []
        try:
            while not (self._closed and not self._waiting):
                await self._wake.wait()
                self._wake.clear()
                if self._waiting:
                    await self._company()
                    batch = self._take()
                    await self._commit(batch)
        finally:
            self._closed = True
            _fail([*batch, *self._waiting], JournalClosed("The journal's writer has stopped."))
            self._stopped.set()

    async def _company(self) -> None:
        try:
            async with asyncio.timeout(0 if self._closed else COMPANY_S):
                await self._urgent.wait()
        except TimeoutError:
            pass
        self._urgent.clear()

    def _take(self) -> list[_Append]:
        count = lines = 0
        for append in self._waiting:
            if count and lines + len(append.lines) > MOST_LINES:
                break
            count, lines = count + 1, lines + len(append.lines)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._lines_waiting -= lines
        if self._waiting or self._closed:
            self._urgent.set()  # what is left has waited already
            self._wake.set()
        return taken

    async def _commit(self, appends: list[_Append]) -> None:
        try:
            async with self._engines.writer.begin() as tx:
                written = await _write(tx, appends)
        except SQLAlchemyError as error:
            failure = AntiphonError(f"The journal could not be written ({type(error).__name__}); is the disk full?")
            failure.__cause__ = error
            _fail(appends, failure)
            return
        for append in appends:
            if append.done.done():
                continue  # its caller was cancelled; the lines are written all the same
            if append in written:
                append.done.set_result(None)
            else:
                append.done.set_exception(Fenced(f"Call {append.call} has another owner than epoch {append.epoch}."))

    async def read(self, tenant: str, call: str, after: int = 0) -> AsyncIterator[JournalEntry]:
        """See `ports.journal`."""
        async with self._engines.readers.connect() as connection:
            owner = (await connection.execute(select(heads.c.tenant).where(heads.c.call == call))).scalar()
        if owner != tenant:
            raise NotFound(f"There is no call {call}.")
        page = await self._page(call, after)
        while page:
            for entry in page:
                yield entry
            page = await self._page(call, page[-1].seq) if len(page) == PAGE else []

    async def _page(self, call: str, after: int) -> list[JournalEntry]:
        query = select(rows.c.seq, rows.c.epoch, rows.c.line).where(rows.c.call == call, rows.c.seq > after)
        async with self._engines.readers.connect() as connection:
            found = await connection.execute(query.order_by(rows.c.seq).limit(PAGE))
            return [JournalEntry(*row) for row in found.all()]

    async def aclose(self) -> None:
        """See `ports.journal`. Waits for the writer, if it runs."""
        self._closed = True
        self._wake.set()
        self._urgent.set()
        await self._stopped.wait()


async def _write(tx: AsyncConnection, appends: list[_Append]) -> set[_Append]:
    """Writes what belongs where the heads stand; the rest is fenced. Three statements, however many calls."""
    query = select(heads).where(heads.c.call.in_({append.call for append in appends})).with_for_update()
    known = {row.call: _Head(row.tenant, row.epoch, row.seq) for row in (await tx.execute(query)).all()}
    written = [append for append in appends if append.call in known and known[append.call].takes(append)]
    if written:
        moved = [{"of": call, "to": known[call].seq} for call in {append.call for append in written}]
        await tx.execute(update(heads).where(heads.c.call == bindparam("of")).values(seq=bindparam("to")), moved)
        lines = [value for append in written for value in _values(append, known[append.call].tenant)]
        await tx.execute(rows.insert(), lines)
    return set(written)


def _values(append: _Append, tenant: str) -> Iterator[dict[str, object]]:
    common = {"call": append.call, "tenant": tenant, "epoch": append.epoch, "version": VERSION}
    return ({**common, "seq": append.expected + place, "line": line} for place, line in enumerate(append.lines, 1))


def _fail(appends: Sequence[_Append], failure: AntiphonError) -> None:
    for append in appends:
        if not append.done.done():
            told = type(failure)(*failure.args)  # one each: whoever raises it adds a traceback
            told.__cause__ = failure.__cause__
            append.done.set_exception(told)
