"""The salon's nine tools on real tables. Now is Friday 2026-11-20, 15:00 in New York (HandClock: 20:00:05 UTC)."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from antiphon.adapters.sql import SqlToolbox
from antiphon.ports.tool import ToolCaller, ToolResult
from antiphon_verticals.salon.tables import booking_cells
from tests.sql.stores import salon

CALLER = ToolCaller("demo", "call_1")
TUESDAY: dict[str, Any] = {"date_from": "2026-11-24", "date_to": "2026-11-24"}
BOOKING: dict[str, Any] = {"service_ids": ["haircut"], "client_name": "John Smith", "callback_number": "2125550147"}


async def ask(toolbox: SqlToolbox, tool: str, key: str = "k", **arguments: Any) -> ToolResult:
    return await toolbox.call(tool, arguments, CALLER, key)


async def value(toolbox: SqlToolbox, tool: str, key: str = "k", **arguments: Any) -> Any:
    result = await ask(toolbox, tool, key, **arguments)
    assert result.ok, result.value
    return result.value


async def test_a_service_is_matched_from_the_callers_words(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        found = await value(toolbox, "match_service", spoken_text="just a trim please")
        assert ("certain", "haircut") == (found["verdict"], found["matches"][0]["service_id"])


async def test_services_have_prices_and_people_have_skills(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        nails = await value(toolbox, "list_services", category="nails")
        assert ["manicure", "pedicure"] == [service["service_id"] for service in nails["services"]]
        cutters = await value(toolbox, "get_stylists", service_id="haircut")
        assert ["Daniel", "Maria"] == [person["name"] for person in cutters["stylists"]]
        addon = await value(toolbox, "suggest_addons", service_id="haircut")
        assert "deep_conditioning" == addon["addon"]["service_id"]


async def test_the_wanted_time_is_offered_first(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        found = await value(toolbox, "check_availability", service_ids=["haircut"], time="14:30", **TUESDAY)
        assert (True, "14:30", 3) == (found["exact"], found["slots"][0]["time"], len(found["slots"]))


@pytest.mark.parametrize(("day", "reason"), [("2026-11-22", "closed"), ("2026-11-19", "past")])
async def test_a_closed_or_past_day_says_so(tmp_path: Path, day: str, reason: str) -> None:
    async with salon(tmp_path) as (toolbox, _):
        found = await value(toolbox, "check_availability", service_ids=["haircut"], date_from=day, date_to=day)
        assert reason == found["reason"]


async def test_a_booking_has_a_reference_of_the_tenants_own_day(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        booked = await value(toolbox, "book_appointment", slot_id="maria@2026-11-24T14:30", **BOOKING)
        assert ("GB-20261120-001", "2026-11-24", "14:30", "Maria") == (
            *(booked[name] for name in ("reference", "date", "time", "stylist")),
        )


async def test_the_same_key_books_once_and_gives_the_same_reference(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        first = await value(toolbox, "book_appointment", "call_1:1", slot_id="maria@2026-11-24T14:30", **BOOKING)
        again = await value(toolbox, "book_appointment", "call_1:1", slot_id="maria@2026-11-24T14:30", **BOOKING)
        assert first == again
        other = await value(toolbox, "book_appointment", "call_1:2", slot_id="maria@2026-11-24T15:30", **BOOKING)
        assert "GB-20261120-002" == other["reference"]


async def test_fifty_racing_callers_get_one_booking(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        slot = {"slot_id": "maria@2026-11-24T14:30", **BOOKING}
        results = await asyncio.gather(*(ask(toolbox, "book_appointment", f"key {n}", **slot) for n in range(50)))
        outcomes = Counter("booked" if result.ok else result.value["code"] for result in results)  # type: ignore[index,call-overload]
        assert {"booked": 1, "slot_taken": 49} == outcomes
        async with engines.readers.connect() as connection:
            assert 9 == len((await connection.execute(select(booking_cells))).all())
            assert 1 == (await connection.execute(text("SELECT count(*) FROM salon_bookings"))).scalar_one()


async def test_overlapping_chains_exclude_each_other(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        await value(toolbox, "book_appointment", "a", slot_id="maria@2026-11-24T14:30", **BOOKING)
        late = await ask(toolbox, "book_appointment", "b", slot_id="maria@2026-11-24T15:00", **BOOKING)
        assert not late.ok
        found = await value(
            toolbox, "check_availability", service_ids=["haircut"], stylist_id="maria", time="14:30", **TUESDAY
        )
        assert "14:30" not in [slot["time"] for slot in found["slots"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slot_id": "maria@2026-11-22T14:30"}, "closed"),
        ({"slot_id": "maria@2026-11-24T13:00"}, "closed"),
        ({"slot_id": "maria@2026-11-19T14:30"}, "past"),
        ({"slot_id": "nonsense"}, "bad_argument"),
        ({"slot_id": "sofia@2026-11-24T14:30"}, "not_found"),
        ({"service_ids": ["massage"]}, "not_found"),
        ({"service_ids": []}, "bad_argument"),
        ({"callback_number": "12"}, "bad_number"),
        ({"client_name": ""}, "bad_argument"),
        ({"tenant": "other"}, "bad_argument"),
    ],
)
async def test_a_bad_booking_is_refused_and_leaves_nothing(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        wanted = {"slot_id": "maria@2026-11-24T14:30", **BOOKING, **changes}
        refused = await ask(toolbox, "book_appointment", **wanted)
        assert code == refused.value["code"]  # type: ignore[index,call-overload]
        async with engines.readers.connect() as connection:
            assert 0 == (await connection.execute(text("SELECT count(*) FROM salon_bookings"))).scalar_one()
            assert 0 == (await connection.execute(text("SELECT count(*) FROM reference_counters"))).scalar_one()


async def test_a_reference_alone_shows_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        booked = await value(toolbox, "book_appointment", slot_id="maria@2026-11-24T14:30", **BOOKING)
        alone = await ask(toolbox, "find_booking", ref=booked["reference"])
        assert "number_needed" == alone.value["code"]  # type: ignore[index,call-overload]
        found = await value(toolbox, "find_booking", callback_number="(212) 555-0147")
        assert [booked["reference"]] == [booking["reference"] for booking in found["bookings"]]


async def test_a_booking_moves_with_its_reference_and_frees_its_old_time(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ref = (await value(toolbox, "book_appointment", "a", slot_id="maria@2026-11-24T14:30", **BOOKING))["reference"]
        moved = await value(toolbox, "reschedule_booking", "b", ref=ref, slot_id="daniel@2026-11-25T10:00")
        assert (ref, "10:00", "Daniel") == (moved["reference"], moved["time"], moved["stylist"])
        await value(toolbox, "book_appointment", "c", slot_id="maria@2026-11-24T14:30", **BOOKING)


async def test_a_move_onto_a_taken_time_changes_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        first = await value(toolbox, "book_appointment", "a", slot_id="maria@2026-11-24T14:30", **BOOKING)
        await value(toolbox, "book_appointment", "b", slot_id="maria@2026-11-24T16:00", **BOOKING)
        refused = await ask(
            toolbox, "reschedule_booking", "c", ref=first["reference"], slot_id="maria@2026-11-24T16:00"
        )
        assert "slot_taken" == refused.value["code"]  # type: ignore[index,call-overload]
        taken = await ask(toolbox, "book_appointment", "d", slot_id="maria@2026-11-24T14:30", **BOOKING)
        assert not taken.ok


async def test_a_cancelled_booking_keeps_its_reference_and_frees_its_time(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ref = (await value(toolbox, "book_appointment", "a", slot_id="maria@2026-11-24T14:30", **BOOKING))["reference"]
        assert "cancelled" == (await value(toolbox, "cancel_booking", "b", ref=ref))["status"]
        await value(toolbox, "book_appointment", "c", slot_id="maria@2026-11-24T14:30", **BOOKING)


async def test_another_tenants_salon_is_empty(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        stranger = ToolCaller("other", "call_1")
        result = await toolbox.call("list_services", {}, stranger, "k")
        assert {"services": []} == result.value
