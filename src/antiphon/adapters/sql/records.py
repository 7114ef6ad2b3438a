"""Records in SQL: a row per call, its slots, turns and tools beside it, and an outbox line in the same transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select

from antiphon.adapters.sql.engine import Engines
from antiphon.adapters.sql.tables import (
    LATENCY_STAGES,
    call_latencies,
    call_quality,
    call_slots,
    call_tools,
    call_turns,
    calls,
    outbox,
)
from antiphon.core.errors import NotFound
from antiphon.core.proposal import Json
from antiphon.ports.records import RecordSummary

COLUMNS = (
    "call",
    "agent",
    "agent_version",
    "channel",
    "caller",
    "started",
    "ended",
    "duration_ms",
    "outcome",
    "end_reason",
    "reference",
    "task",
    "barge_ins",
)


class SqlRecords:
    """Implements `ports.records.Records`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def save(self, tenant: str, record: Mapping[str, Json]) -> None:
        """See `ports.records`."""
        values: dict[str, Any] = dict(record)
        call = values["call"]
        row = {name: values[name] for name in COLUMNS}
        children: list[tuple[Table, list[dict[str, Any]]]] = [
            (calls, [row | {"record": json.dumps(values, ensure_ascii=False)}]),
            (call_slots, _slots(values)),
            (call_turns, _turns(values)),
            (call_tools, _tools(values)),
            (call_latencies, _latencies(values)),
            (call_quality, _quality(values)),
        ]
        async with self._engines.writer.begin() as tx:
            for table, rows in children:
                await tx.execute(delete(table).where(table.c.tenant == tenant, table.c.call == call))
                if rows:
                    await tx.execute(table.insert(), [{"tenant": tenant, "call": call} | each for each in rows])
            subject = "record.ended" if values["ended"] else "record.begun"
            body = json.dumps({"call": call, "outcome": values["outcome"], "reference": values["reference"]})
            await tx.execute(outbox.insert().values(tenant=tenant, subject=subject, body=body))

    async def get(self, tenant: str, call: str) -> Mapping[str, Json]:
        """See `ports.records`."""
        query = select(calls.c.record).where(calls.c.tenant == tenant, calls.c.call == call)
        async with self._engines.readers.connect() as connection:
            found = (await connection.execute(query)).scalar()
        if found is None:
            raise NotFound(f"There is no call {call}.")
        record: dict[str, Json] = json.loads(found)
        return record

    async def list(self, tenant: str, limit: int = 50, before: str | None = None) -> Sequence[RecordSummary]:
        """See `ports.records`."""
        columns = (calls.c[name] for name in ("call", "agent", "channel", "started", "ended", "outcome", "reference"))
        query = select(*columns).where(calls.c.tenant == tenant).order_by(calls.c.call.desc()).limit(limit)
        if before:
            query = query.where(calls.c.call < before)  # ids are time-ordered
        async with self._engines.readers.connect() as connection:
            return [RecordSummary(*row) for row in (await connection.execute(query)).all()]


def _slots(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, **slot} for name, slot in record["slots"].items()]


def _turns(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = ("who", "number", "text", "started_ms", "ended_ms", "heard_ms")
    return [
        {"place": place, "cut": int(turn["cut"]), **{name: turn[name] for name in wanted}}
        for place, turn in enumerate(record["transcript"])
    ]


def _tools(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "tool_call": used["tool_call"],
            "tool": used["tool"],
            "started_ms": used["started_ms"],
            "arguments": json.dumps(used["arguments"], ensure_ascii=False),
            "ok": None if used["ok"] is None else int(used["ok"]),
            "result": json.dumps(used["result"], ensure_ascii=False),
            "duration_ms": used["duration_ms"],
        }
        for used in record["tools"]
    ]


def _latencies(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: turn[name] for name in ("turn", *LATENCY_STAGES)} for turn in record["latency"]]


def _quality(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [column.name for column in call_quality.c if column.name not in ("tenant", "call", "voice")]
    measured = ((voice, travelled) for voice, travelled in record["quality"].items() if travelled)
    return [{"voice": voice, **{name: travelled[name] for name in names}} for voice, travelled in measured]
