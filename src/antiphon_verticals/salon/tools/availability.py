"""Availability: which starts are free for a chain of services."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit import ToolContext, ToolError, tool
from antiphon_verticals.salon.slots import STEP_MIN, Slot, minute_of_day
from antiphon_verticals.salon.tables import booking_cells, stylist_hours
from antiphon_verticals.salon.tools.services import chain
from antiphon_verticals.salon.tools.stylists import able

MOST_OFFERED = 3
MOST_DAYS = 31
PARTS = {"morning": (0, 720), "noon": (690, 810), "afternoon": (720, 1020), "evening": (1020, 1440)}
Hours = dict[tuple[str, int], list[tuple[int, int]]]


@tool()
async def check_availability(
    context: ToolContext,
    service_ids: Annotated[list[str], Field(min_length=1, max_length=5, description="done one after another")],
    date_from: Annotated[date, Field(description="first local day")],
    date_to: Annotated[date, Field(description="last local day, the same for one day")],
    stylist_id: Annotated[str | None, Field(description="only this stylist; anyone if left out")] = None,
    time: Annotated[time | None, Field(description="wanted local start")] = None,
    part_of_day: Annotated[Literal["morning", "noon", "afternoon", "evening"] | None, Field()] = None,
) -> Json:
    """Find free starts, the nearest to the wanted time first, at most three. Call it before offering any time: only a slot_id
    from here can be booked."""
    _, minutes, _ = await chain(context.read, context.tenant, service_ids)
    people = await able(context.read, context.tenant, service_ids)
    if stylist_id is not None:
        if stylist_id not in people:
            raise ToolError("not_found", "That stylist does not do that service.")
        people = {stylist_id: people[stylist_id]}
    date_from, date_to = max(date_from, context.now.date()), min(date_to, date_from + timedelta(days=MOST_DAYS))
    hours = await _hours(context.read, context.tenant)
    free = [
        slot
        for slot in _starts(people, hours, date_from, date_to, minutes, context.now)
        if part_of_day is None or PARTS[part_of_day][0] <= minute_of_day(slot.starts) < PARTS[part_of_day][1]
    ]
    taken = await taken_cells(context.read, context.tenant, date_from, date_to)
    open_slots = [slot for slot in free if not any((slot.stylist_id, cell) in taken for cell in slot.cells(minutes))]
    if time is not None:
        wanted = time.hour * 60 + time.minute
        open_slots.sort(key=lambda slot: (abs(minute_of_day(slot.starts) - wanted), slot.starts, slot.stylist_id))
    return _answer(open_slots, people, minutes, time, closed=not free, past=date_to < date_from)


def _answer(
    slots: list[Slot], people: dict[str, str], minutes: int, wanted: time | None, *, closed: bool, past: bool
) -> Json:
    offered: list[Json] = [
        {
            "slot_id": slot.slot_id,
            "date": slot.starts.date().isoformat(),
            "time": f"{slot.starts:%H:%M}",
            "stylist_id": slot.stylist_id,
            "stylist": people[slot.stylist_id],
            "duration_min": minutes,
        }
        for slot in _varied(slots)
    ]
    exact = bool(slots) and (wanted is None or slots[0].starts.time() == wanted)
    if offered:
        return {"exact": exact, "slots": offered}
    return {"exact": False, "slots": [], "reason": "past" if past else "closed" if closed else "full"}


def _varied(slots: list[Slot]) -> list[Slot]:
    """At most three, no start twice: two people at the same time are one offer to a listener."""
    kept: dict[datetime, Slot] = {}
    for slot in slots:
        kept.setdefault(slot.starts, slot)
    return list(kept.values())[:MOST_OFFERED]


def _starts(
    people: dict[str, str], hours: Hours, first: date, last: date, minutes: int, now: datetime
) -> Iterator[Slot]:
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        midnight = datetime.combine(day, time(), tzinfo=now.tzinfo)
        for who in people:
            for opens, closes in hours.get((who, day.weekday()), []):
                for minute in range(opens, closes - minutes + 1, STEP_MIN):
                    starts = midnight.replace(hour=minute // 60, minute=minute % 60)
                    if starts > now:
                        yield Slot(who, starts)


async def _hours(connection: AsyncConnection, tenant: str) -> Hours:
    query = select(stylist_hours).where(stylist_hours.c.tenant == tenant).order_by(stylist_hours.c.opens_min)
    hours: Hours = {}
    for row in (await connection.execute(query)).all():
        hours.setdefault((row.stylist_id, row.weekday), []).append((row.opens_min, row.closes_min))
    return hours


async def works_then(connection: AsyncConnection, tenant: str, slot: Slot, minutes: int) -> bool:
    """Whether the stylist is at work for all of it."""
    start = minute_of_day(slot.starts)
    shifts = (await _hours(connection, tenant)).get((slot.stylist_id, slot.starts.weekday()), [])
    return any(opens <= start and start + minutes <= closes for opens, closes in shifts)


async def taken_cells(connection: AsyncConnection, tenant: str, first: date, last: date) -> set[tuple[str, str]]:
    """(stylist, cell) of everything booked from a day before `first` to a day after `last`, in UTC."""
    begin = datetime.combine(first - timedelta(days=1), time(), tzinfo=UTC).isoformat()
    end = datetime.combine(last + timedelta(days=2), time(), tzinfo=UTC).isoformat()
    cells = booking_cells.c
    query = select(cells.stylist_id, cells.cell_utc).where(cells.tenant == tenant, cells.cell_utc.between(begin, end))
    return {(row.stylist_id, row.cell_utc) for row in (await connection.execute(query)).all()}
