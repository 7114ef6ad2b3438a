"""The scribe of a call: who waits for the disk waits for nothing else."""

import asyncio
from pathlib import Path

import pytest

from antiphon.adapters.sql import journal as module
from antiphon.call.record import Scribe
from antiphon.core.events import LegConnected, TimePassed
from tests.sql.stores import journal


async def test_an_intent_does_not_wait_behind_lines_that_wait_for_company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMPANY_S", 3_600.0)
    async with journal(tmp_path) as (books, _), asyncio.TaskGroup() as tasks:
        scribe = Scribe(books, "call_1", await books.open("demo", "call_1"))
        tasks.create_task(scribe.run(), name="scribe")
        scribe.seen(LegConnected(1))
        for _ in range(3):
            await asyncio.sleep(0)  # the line is on its way, and in no hurry
        scribe.seen(TimePassed(2))
        async with asyncio.timeout(5):
            await scribe.durable()
        assert 2 == len([entry async for entry in books.read("demo", "call_1")])
        scribe.close()
