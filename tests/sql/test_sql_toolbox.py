"""The toolbox over SQLite keeps the port's promises."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.adapters.sql import Engines, SqlToolbox, migrate, open_sqlite
from antiphon.adapters.sql.migrate import RECORDS
from antiphon.kit.messages import take_message
from antiphon.testing.contracts.toolbox import (
    CALLER,
    FaultContract,
    MakeToolbox,
    OutsideContract,
    ToolboxContract,
    asked,
    count,
    counted,
)
from tests.call.fakes import HandClock


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    opened = open_sqlite(tmp_path / "records.db", durable=False)
    await migrate(opened.writer, [RECORDS])
    yield opened
    await opened.aclose()


@pytest.fixture
def make_toolbox(engines: Engines) -> MakeToolbox:
    return lambda tools: SqlToolbox(tools, engines, HandClock(), zone="America/New_York", prefix="GB")


class TestSqlToolbox(ToolboxContract, FaultContract, OutsideContract):
    pass


async def test_callers_that_vanish_at_any_moment_leave_the_writer_free(make_toolbox: MakeToolbox) -> None:
    box = make_toolbox([count])
    for patience in range(40):
        try:
            async with asyncio.timeout(patience / 2_000):
                await box.call("count", {}, CALLER, f"key {patience}")
        except TimeoutError:
            pass
    before = int(await counted(box))
    kept = [await asked(box, "count", f"key {patience}") for patience in range(40)]
    references = {value["reference"] for _, value in kept}
    assert (40, True) == (len(references), all(ok for ok, _ in kept))
    assert before <= 41


async def test_a_message_has_a_reference_and_a_number_to_call(make_toolbox: MakeToolbox, engines: Engines) -> None:
    box = make_toolbox([take_message])
    message = {"name": "Ann", "callback_number": "(212) 555-0147", "reason": "a refund", "urgency": "high"}
    ok, value = await asked(box, "take_message", **message)
    assert (True, {"reference": "GB-20261120-001"}) == (ok, value)
    async with engines.readers.connect() as connection:
        query = "SELECT name, callback_number, urgency, call, at FROM messages"
        row = (await connection.exec_driver_sql(query)).one()
    assert ("Ann", "+12125550147", "high", "call_1", "2026-11-20T20:00:05+00:00") == tuple(row)


async def test_a_number_that_cannot_be_read_is_kept_as_it_was_said(make_toolbox: MakeToolbox, engines: Engines) -> None:
    box = make_toolbox([take_message])
    ok, _ = await asked(box, "take_message", name="Ann", callback_number="extension 12 at work")
    async with engines.readers.connect() as connection:
        kept = (await connection.exec_driver_sql("SELECT callback_number FROM messages")).scalar_one()
    assert (True, "extension 12 at work") == (ok, kept)
