"""What a journal line costs: alone, in company, and in a house of fifty calls.

`python -m benchmarks.journal` takes about half a minute and writes `benchmarks/results/journal.json`. CPU is the whole process's,
SQLite's thread included; the disk is the one the temporary folder is on.
"""

import asyncio
import json
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from antiphon.adapters.sql import SqlJournal, migrate, open_sqlite
from antiphon.adapters.sql.migrate import JOURNAL

RESULTS = Path(__file__).with_name("results") / "journal.json"
LINE = json.dumps(
    {"v": 1, "k": "event", "t": 12_345, "n": "WordsHeard", "d": {"text": "a haircut on tuesday at three " * 4}}
)
CALLS = 50
ROUNDS = 60
REPEATS = 5
EVENTS_A_SECOND = 5
HOUSE_S = 8


@asynccontextmanager
async def running_journal(*, durable: bool) -> AsyncIterator[SqlJournal]:
    """A journal in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        engines = open_sqlite(Path(folder) / "journal.db", durable=durable)
        await migrate(engines.writer, [JOURNAL])
        async with asyncio.TaskGroup() as tasks:
            journal = SqlJournal(engines)
            tasks.create_task(journal.run(), name="journal writer")
            yield journal
            await journal.aclose()
        await engines.aclose()


async def alone(journal: SqlJournal) -> int:
    """One call; every line waits for its own commit."""
    epoch = await journal.open("demo", "call_alone")
    start = [entry.seq async for entry in journal.read("demo", "call_alone")]
    for seq in range(len(start), len(start) + ROUNDS):
        await journal.append("call_alone", epoch, seq, [LINE], urgent=True)
    return ROUNDS


async def in_fifties(journal: SqlJournal, epochs: list[tuple[str, int]]) -> int:
    """Fifty calls with a line each, committed together; the last asks for it at once, so that no waiting is in the figure."""
    for seq in range(ROUNDS):
        appends = (
            journal.append(call, epoch, seq, [LINE], urgent=place == CALLS - 1)
            for place, (call, epoch) in enumerate(epochs)
        )
        await asyncio.gather(*appends)
    return ROUNDS * CALLS


async def cost(work: Callable[[], Awaitable[int]]) -> dict[str, float]:
    """Milliseconds of CPU and of wall time a line."""
    cpu, wall = time.process_time(), time.perf_counter()
    lines = await work()
    return {
        "cpu_ms_per_line": (time.process_time() - cpu) * 1_000 / lines,
        "wall_ms_per_line": (time.perf_counter() - wall) * 1_000 / lines,
    }


async def costs(*, durable: bool) -> dict[str, dict[str, float]]:
    """Medians of the repeats, alone and in fifties by turns."""
    async with running_journal(durable=durable) as journal:
        await alone(journal)
        runs: dict[str, list[dict[str, float]]] = {"alone": [], "in_fifties": []}
        for repeat in range(REPEATS):
            runs["alone"].append(await cost(lambda: alone(journal)))
            calls = [f"call_{repeat}_{n}" for n in range(CALLS)]
            epochs = [(call, await journal.open("demo", call)) for call in calls]
            runs["in_fifties"].append(await cost(lambda opened=epochs: in_fifties(journal, opened)))  # type: ignore[misc]
    return {
        name: {key: round(statistics.median(run[key] for run in kind), 4) for key in kind[0]}
        for name, kind in runs.items()
    }


async def house(*, durable: bool) -> dict[str, float]:
    """Fifty calls that each write five lines a second: the share of one core, and how long a line waits to be durable."""
    waits: list[float] = []

    async def call(journal: SqlJournal, number: int) -> None:
        epoch = await journal.open("demo", f"call_{number}")
        start = time.perf_counter() + number / CALLS / EVENTS_A_SECOND
        for seq in range(HOUSE_S * EVENTS_A_SECOND):
            await asyncio.sleep(max(0.0, start + seq / EVENTS_A_SECOND - time.perf_counter()))
            began = time.perf_counter()
            await journal.append(f"call_{number}", epoch, seq, [LINE])
            waits.append((time.perf_counter() - began) * 1_000)

    async with running_journal(durable=durable) as journal:
        cpu, wall = time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(CALLS):
                tasks.create_task(call(journal, number))
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    cuts = statistics.quantiles(waits, n=100)
    return {
        "lines": len(waits),
        "core_share": round(share, 4),
        "wait_p50_ms": round(cuts[49], 1),
        "wait_p95_ms": round(cuts[94], 1),
        "wait_p99_ms": round(cuts[98], 1),
        "wait_max_ms": round(max(waits), 1),
    }


async def main() -> None:
    """Measure and write."""
    result: dict[str, object] = {
        "machine": {
            "cpus": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }
    }
    for durable in (True, False):
        name = "synchronous_full" if durable else "synchronous_normal"
        result[name] = {**await costs(durable=durable), "house_of_fifty": await house(durable=durable)}
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    asyncio.run(main())
