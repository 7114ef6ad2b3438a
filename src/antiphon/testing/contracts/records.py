"""What every store of records promises. Subclass `RecordsContract` and give it the fixture `records`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from antiphon.core.errors import NotFound
from antiphon.core.latency import TurnLatency
from antiphon.core.proposal import Json
from antiphon.core.record import CallRecord, Spoken, ToolUse, Travelled
from antiphon.ports.records import Records


def begun(call: str) -> CallRecord:
    """A call that has just begun."""
    return CallRecord(
        call=call,
        tenant="demo",
        agent="salon",
        agent_version="v1",
        channel="webrtc",
        zone="America/New_York",
        started="2026-11-20T20:00:05+00:00",
    )


def ended(call: str) -> CallRecord:
    """A call that booked a haircut, with everything a record can hold."""
    record = begun(call)
    record.caller, record.ended, record.duration_ms = "+12125550147", "2026-11-20T20:01:05+00:00", 60_000
    record.outcome, record.end_reason, record.reference = "done", "finished", "GB-20261120-001"
    record.specialist, record.task, record.barge_ins = "booking", "book", 1
    record.slots = {
        "service": {"value": "haircut", "said": "a trim", "turn": 1, "status": "confirmed"},
        "name": {"value": "Zoë Müller", "said": "zoe muller", "turn": 2, "status": "confirmed"},
    }
    record.transcript = [
        Spoken(
            "agent", 1, "Hello, how can", 0, 900, said="Hello, how can I help?", cut=True, heard_ms=900, basis="acked"
        ),
        Spoken("caller", 1, "a trim please", 900, 2_000),
        Spoken("caller", 2, "zoe muller", 3_000, 4_000, typed=True),
    ]
    arguments: dict[str, Json] = {"service_ids": ["haircut"]}
    record.tools = [
        ToolUse(1, "book_appointment", arguments, 2, 4_100, True, {"reference": "GB-20261120-001"}, 12),
        ToolUse(2, "never_answered", {}, 3, 5_000),
    ]
    record.latency = [TurnLatency(1, 2_000, 2_350, 150, 350, 5, 3, 90, 20, 468)]
    record.quality["caller"] = Travelled(3, 3.9, 3.2, 2.5, 25, 975, 4.5, 60.2, 20, 100, None)
    return record


class RecordsContract:
    """The promises."""

    async def test_a_record_comes_back_as_it_was_saved(self, records: Records) -> None:
        record = ended("call_01")
        await records.save("demo", record.to_json())
        assert await records.get("demo", "call_01") == record.to_json()

    async def test_a_call_is_listed_while_it_runs_and_replaced_when_it_ends(self, records: Records) -> None:
        await records.save("demo", begun("call_01").to_json())
        (running,) = await records.list("demo")
        assert (running.call, running.agent, running.channel, running.ended) == ("call_01", "salon", "webrtc", None)
        await records.save("demo", ended("call_01").to_json())
        (over,) = await records.list("demo")
        assert (over.outcome, over.reference, over.ended) == ("done", "GB-20261120-001", "2026-11-20T20:01:05+00:00")

    async def test_a_record_that_shrank_leaves_nothing_behind(self, records: Records) -> None:
        await records.save("demo", ended("call_01").to_json())
        await records.save("demo", begun("call_01").to_json())
        assert await records.get("demo", "call_01") == begun("call_01").to_json()

    async def test_lists_are_newest_first_and_go_on_after_any_call(self, records: Records) -> None:
        calls = [f"call_{number:02}" for number in range(25)]
        for call in calls[::2] + calls[1::2]:
            await records.save("demo", begun(call).to_json())
        pages: list[str] = []
        page = await records.list("demo", limit=10)
        while page:
            pages += [summary.call for summary in page]
            page = await records.list("demo", limit=10, before=pages[-1])
        assert pages == calls[::-1]

    async def test_another_tenant_sees_and_touches_nothing(self, records: Records) -> None:
        record: Mapping[str, Any] = ended("call_01").to_json()
        await records.save("demo", record)
        assert list(await records.list("other")) == []
        for call in ("call_01", "call_of_nobody"):
            with pytest.raises(NotFound):
                await records.get("other", call)
        await records.save("other", {**record, "tenant": "other", "outcome": "failed"})
        assert (await records.get("demo", "call_01"))["outcome"] == "done"

    async def test_fifty_calls_may_end_at_once(self, records: Records) -> None:
        await asyncio.gather(*(records.save("demo", ended(f"call_{number:02}").to_json()) for number in range(50)))
        assert len(await records.list("demo", limit=100)) == 50
