"""Slots: what is offered, what an id may say, no overlaps. Now is Friday 2026-11-20, 15:00 in New York."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit import ToolError
from antiphon.ports.tool import ToolCaller
from antiphon_verticals.salon.hours import Hours
from antiphon_verticals.salon.slots import GRAIN_MIN, Slot, read_slot
from tests.sql.stores import salon

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 20, 15, tzinfo=NEW_YORK)
CALLER = ToolCaller("demo", "call_1")
BOOKING: dict[str, Any] = {"service_ids": ["haircut"], "client_name": "John Smith", "callback_number": "2125550147"}


@pytest.mark.parametrize(
    "slot_id",
    [
        "maria@2026-11-24T14:31",  # off the grain: its cells would lie between those of 14:30
        "maria@2026-11-24T14:30:01",
        "maria@2026-11-24T14:30+05:00",
        "maria@2026-11-24",
        "maria",
        "",
        "@2026-11-24T14:30",
        "maria@2026-W48-2T14:30",
        "maria@2027-03-14T02:30",  # the clocks jump over it
    ],
)
def test_an_id_that_was_never_offered_is_no_slot(slot_id: str) -> None:
    with pytest.raises(ToolError, match="bad_argument"):
        read_slot(slot_id, NOW)


async def test_a_time_beside_the_grain_cannot_double_book(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        ids = [f"maria@2026-11-24T14:{minute:02}" for minute in range(30, 60)]
        calls = (toolbox.call("book_appointment", {**BOOKING, "slot_id": slot}, CALLER, slot) for slot in ids)
        assert 1 == sum(result.ok for result in await asyncio.gather(*calls))


quarters = st.integers(0, 24 * 4 * 7 - 1).map(
    lambda n: datetime(2026, 11, 24, tzinfo=NEW_YORK) + timedelta(minutes=15 * n)
)
minutes = st.integers(5, 240)


@given(quarters, minutes, quarters, minutes)
def test_two_slots_share_a_cell_exactly_when_they_overlap(
    first: datetime, first_min: int, second: datetime, second_min: int
) -> None:
    def whole(length: int) -> timedelta:
        return timedelta(minutes=-(-length // GRAIN_MIN) * GRAIN_MIN)

    overlap = first < second + whole(second_min) and second < first + whole(first_min)
    cells = set(Slot("maria", first).cells(first_min)) & set(Slot("maria", second).cells(second_min))
    assert overlap == bool(cells)


@given(quarters)
def test_an_id_reads_back_as_its_slot(starts: datetime) -> None:
    slot = Slot("maria", starts)
    assert slot == read_slot(slot.slot_id, NOW)


def test_an_hour_that_comes_twice_is_taken_as_its_first() -> None:
    slot = read_slot("maria@2027-11-07T01:30", NOW)
    assert datetime(2027, 11, 7, 5, 30, tzinfo=UTC) == slot.starts.astimezone(UTC)


def test_a_slot_across_the_change_of_clocks_ends_by_the_clock_on_the_wall() -> None:
    spring = Slot("maria", datetime(2027, 3, 14, 1, 30, tzinfo=NEW_YORK))
    assert "03:30" == f"{spring.ends(60):%H:%M}"
    assert 12 == len(set(spring.cells(60)))


async def test_the_same_wall_time_is_another_instant_after_the_change_of_clocks(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        for day in ("2027-03-13", "2027-03-15"):
            slot = {"slot_id": f"maria@{day}T14:30", **BOOKING}
            assert (await toolbox.call("book_appointment", slot, CALLER, day)).ok
        async with engines.readers.connect() as connection:
            rows = await connection.exec_driver_sql("SELECT time, starts_utc FROM salon_bookings ORDER BY starts_utc")
            assert [("14:30", "2027-03-13T19:30:00+00:00"), ("14:30", "2027-03-15T18:30:00+00:00")] == list(rows.all())


async def test_availability_without_a_time_comes_in_order_of_time(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, engines):
        async with engines.writer.begin() as tx:
            await tx.exec_driver_sql(
                "UPDATE salon_stylist_hours SET opens_min = 660 WHERE stylist_id = 'daniel' AND opens_min = 540"
            )
        day: dict[str, Any] = {"service_ids": ["haircut"], "date_from": "2026-11-24", "date_to": "2026-11-24"}
        found: Any = (await toolbox.call("check_availability", day, CALLER, "k")).value
        assert [("09:00", "Maria"), ("09:15", "Maria"), ("09:30", "Maria")] == [
            (slot["time"], slot["stylist"]) for slot in found["slots"]
        ]


async def test_a_day_the_salon_is_closed_offers_and_books_nothing(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        christmas: dict[str, Any] = {"service_ids": ["haircut"], "date_from": "2026-12-25", "date_to": "2026-12-25"}
        found: Any = (await toolbox.call("check_availability", christmas, CALLER, "k")).value
        assert (False, [], "closed") == (found["exact"], found["slots"], found["reason"])
        refused: Any = await toolbox.call(
            "book_appointment", {**BOOKING, "slot_id": "maria@2026-12-25T14:30"}, CALLER, "b"
        )
        assert "closed" == refused.value["code"]


async def test_a_search_that_begins_in_the_past_still_finds_what_is_to_come(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        long: dict[str, Any] = {"service_ids": ["haircut"], "date_from": "2026-01-01", "date_to": "2026-11-24"}
        found: Any = (await toolbox.call("check_availability", long, CALLER, "k")).value
        assert "2026-11-20" == found["slots"][0]["date"]


async def test_days_in_the_wrong_order_are_a_bad_argument(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        upside_down: dict[str, Any] = {"service_ids": ["haircut"], "date_from": "2026-11-30", "date_to": "2026-11-25"}
        refused: Any = await toolbox.call("check_availability", upside_down, CALLER, "k")
        assert "bad_argument" == refused.value["code"]


async def test_a_chain_of_services_needs_one_stretch_long_enough(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        chain: dict[str, Any] = {
            "service_ids": ["highlights", "color"],
            "date_from": "2026-11-24",
            "date_to": "2026-11-24",
        }
        found: Any = (await toolbox.call("check_availability", {**chain, "time": "12:00"}, CALLER, "k")).value
        assert [("13:30", 210), ("13:45", 210), ("14:00", 210)] == [
            (slot["time"], slot["duration_min"]) for slot in found["slots"]
        ]
        assert not found["exact"]


async def test_services_nobody_does_together_are_refused_and_not_called_closed(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        mixed: dict[str, Any] = {
            "service_ids": ["highlights", "manicure"],
            "date_from": "2026-11-24",
            "date_to": "2026-11-24",
        }
        refused: Any = await toolbox.call("check_availability", mixed, CALLER, "k")
        assert "not_found" == refused.value["code"]


async def test_a_part_of_today_that_is_over_is_past_and_not_closed(tmp_path: Path) -> None:
    async with salon(tmp_path) as (toolbox, _):
        morning: dict[str, Any] = {
            "service_ids": ["haircut"],
            "date_from": "2026-11-20",
            "date_to": "2026-11-20",
            "part_of_day": "morning",
        }
        found: Any = (await toolbox.call("check_availability", morning, CALLER, "k")).value
        assert "past" == found["reason"]


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        # clocks jump from 02:00 to 03:00: 01:15 would end at 03:15, after closing
        ("2027-03-14", ["01:00"]),
        # 01:00 to 02:00 comes twice: 01:45 ends at 01:45 again
        ("2027-11-07", ["01:00", "01:15", "01:30", "01:45"]),
        ("2027-03-15", ["01:00", "01:15", "01:30", "01:45", "02:00"]),
    ],
)
def test_a_shift_across_the_change_of_clocks_holds_what_fits_by_the_clock(day: str, starts: list[str]) -> None:
    local = date.fromisoformat(day)
    hours = Hours({("maria", local.weekday()): [(60, 180)]}, frozenset())
    assert starts[:4] == [f"{slot.starts:%H:%M}" for slot in hours.starts("maria", local, 60, NEW_YORK)][:4]


@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.integers(5, 240))
def test_every_start_offered_lies_within_its_shift_and_is_read_back(day: date, duration_min: int) -> None:
    hours = Hours({("maria", day.weekday()): [(30, 200), (545, 780)]}, frozenset())
    for slot in hours.starts("maria", day, duration_min, NEW_YORK):
        assert hours.contain(slot, duration_min)
        assert slot == read_slot(slot.slot_id, NOW)
