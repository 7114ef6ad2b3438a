"""Who may change a booking: whoever made it in this call, whose line it is, or who named its number. A reference can be guessed."""

from pathlib import Path
from typing import Any

import pytest

from antiphon.adapters.sql import SqlToolbox
from antiphon.ports.tool import ToolCaller
from antiphon_verticals.salon import VERTICAL
from tests.call.fakes import HandClock
from tests.sql.stores import salon

HERS = ToolCaller("demo", "call_1")
LATER = ToolCaller("demo", "call_2")
NUMBER = "+12125550147"
BOOKING: dict[str, Any] = {
    "slot_id": "maria@2026-11-24T14:30",
    "service_ids": ["haircut"],
    "client_name": "John Smith",
    "callback_number": NUMBER,
}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("cancel_booking", {}),
    ("reschedule_booking", {"slot_id": "daniel@2026-11-25T10:00"}),
]


async def booked(toolbox: SqlToolbox) -> str:
    value: Any = (await toolbox.call("book_appointment", BOOKING, HERS, "book")).value
    return str(value["reference"])


async def code(toolbox: SqlToolbox, tool: str, caller: ToolCaller, **arguments: Any) -> str:
    result: Any = await toolbox.call(tool, arguments, caller, f"{caller.call} {tool} {arguments}")
    return "ok" if result.ok else result.value["code"]


@pytest.mark.parametrize(("tool", "more"), CHANGES)
async def test_a_reference_alone_changes_nothing(tmp_path: Path, tool: str, more: dict[str, Any]) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ref = await booked(toolbox)
        assert "not_found" == await code(toolbox, tool, LATER, ref=ref, **more)
        wrong_line = ToolCaller("demo", "call_3", "+12125550199")
        assert "not_found" == await code(toolbox, tool, wrong_line, ref=ref, **more)
        found: Any = (await toolbox.call("find_booking", {"callback_number": NUMBER}, HERS, "f")).value
        assert "14:30" == found["bookings"][0]["time"]


@pytest.mark.parametrize(("tool", "more"), CHANGES)
async def test_naming_the_number_in_the_call_is_enough(tmp_path: Path, tool: str, more: dict[str, Any]) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ref = await booked(toolbox)
        assert "ok" == await code(toolbox, "find_booking", LATER, callback_number="212 555 0147")
        another_call = ToolCaller("demo", "call_3")
        assert "not_found" == await code(toolbox, tool, another_call, ref=ref, **more)
        assert "ok" == await code(toolbox, tool, LATER, ref=ref, **more)


@pytest.mark.parametrize(("tool", "more"), CHANGES)
async def test_the_callers_own_line_is_enough(tmp_path: Path, tool: str, more: dict[str, Any]) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ref = await booked(toolbox)
        assert "ok" == await code(toolbox, tool, ToolCaller("demo", "call_3", NUMBER), ref=ref, **more)


async def test_a_number_without_bookings_opens_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        ref = await booked(toolbox)
        assert "ok" == await code(toolbox, "find_booking", LATER, callback_number="2125550199")
        assert "not_found" == await code(toolbox, "cancel_booking", LATER, ref=ref)
        async with engines.readers.connect() as connection:
            rows = await connection.exec_driver_sql("SELECT count(*) FROM proven_numbers")
            assert 0 == rows.scalar_one()


async def test_another_tenants_stylist_of_the_same_id_lends_no_name(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        async with engines.writer.begin() as tx:
            await VERTICAL.seed(tx, "a_tenant_before")
            await tx.exec_driver_sql("UPDATE salon_stylists SET name = 'Nobody' WHERE tenant = 'a_tenant_before'")
        ref = await booked(toolbox)
        move = {"ref": ref, "slot_id": "daniel@2026-11-25T10:00"}
        moved: Any = (await toolbox.call("reschedule_booking", move, HERS, "m")).value
        assert "Daniel" == moved["stylist"]


async def test_an_appointment_that_has_been_is_not_changed(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        ref = await booked(toolbox)
        clock = HandClock()
        clock.ms = 7 * 86_400_000
        a_week_on = SqlToolbox(VERTICAL.tools, engines, clock, zone="America/New_York", prefix="GB")
        assert "past" == await code(a_week_on, "cancel_booking", HERS, ref=ref)


@pytest.mark.parametrize(("slot_id", "noted"), [("maria@2026-11-21T14:30", True), ("maria@2026-11-24T14:30", False)])
async def test_the_deposit_is_mentioned_when_it_is_at_stake(tmp_path: Path, slot_id: str, *, noted: bool) -> None:
    async with salon(tmp_path) as (toolbox, _):
        made: Any = (await toolbox.call("book_appointment", {**BOOKING, "slot_id": slot_id}, HERS, "b")).value
        value: Any = (await toolbox.call("cancel_booking", {"ref": made["reference"]}, HERS, "c")).value
        assert noted == ("deposit_note" in value)
