"""Availability: which starts are free for a chain of services."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit import ToolContext, ToolError, tool
from antiphon_verticals.salon.hours import read_hours
from antiphon_verticals.salon.slots import Slot, after, minute_of_day
from antiphon_verticals.salon.tables import booking_cells
from antiphon_verticals.salon.tools.services import chain
from antiphon_verticals.salon.tools.stylists import able

MOST_OFFERED = 3
MOST_DAYS = 31
PARTS = {"morning": (0, 720), "noon": (690, 810), "afternoon": (720, 1020), "evening": (1020, 1440)}


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
    if date_to < date_from:
        raise ToolError("bad_argument", "")
    _, minutes, _ = await chain(context.read, context.tenant, service_ids)
    people = await _people(context, service_ids, stylist_id)
    first, last = max(date_from, context.now.date()), date_to
    last = min(last, first + timedelta(days=MOST_DAYS))
    hours = await read_hours(context.read, context.tenant)
    worked = [
        slot
        for day in range((last - first).days + 1)
        for who in people
        for slot in hours.starts(who, first + timedelta(days=day), minutes, context.now.tzinfo)
        if part_of_day is None or PARTS[part_of_day][0] <= minute_of_day(slot.starts) < PARTS[part_of_day][1]
    ]
    to_come = [slot for slot in worked if after(slot.starts, context.now)]
    wanted = minute_of_day(time) if time else None
    to_come.sort(key=lambda slot: (_distance(slot, wanted), slot.starts, slot.stylist_id))
    taken = await taken_cells(context.read, context.tenant, first, last)
    free = _offered(to_come, minutes, taken)
    if not free:
        past = last < first or (worked and not to_come)
        return {"exact": False, "slots": [], "reason": "past" if past else "full" if to_come else "closed"}
    exact = wanted is None or _distance(free[0], wanted) == 0
    return {"exact": exact, "slots": [_offer(slot, people, minutes) for slot in free]}


async def _people(context: ToolContext, service_ids: list[str], stylist_id: str | None) -> dict[str, str]:
    people = await able(context.read, context.tenant, service_ids)
    if not people:
        raise ToolError("not_found", "Nobody here does all of that in one visit.")
    if stylist_id is None:
        return people
    if stylist_id not in people:
        raise ToolError("not_found", "That stylist does not do that service.")
    return {stylist_id: people[stylist_id]}


def _distance(slot: Slot, wanted: int | None) -> int:
    return 0 if wanted is None else abs(minute_of_day(slot.starts) - wanted)


def _offer(slot: Slot, people: dict[str, str], minutes: int) -> Json:
    return {
        "slot_id": slot.slot_id,
        "date": slot.starts.date().isoformat(),
        "time": f"{slot.starts:%H:%M}",
        "stylist_id": slot.stylist_id,
        "stylist": people[slot.stylist_id],
        "duration_min": minutes,
    }


def _offered(slots: list[Slot], minutes: int, taken: set[tuple[str, str]]) -> list[Slot]:
    """The first three that are free, no start twice: two people at the same time are one offer to a listener."""
    kept: dict[datetime, Slot] = {}
    for slot in slots:
        if len(kept) == MOST_OFFERED:
            break
        if slot.starts not in kept and not any((slot.stylist_id, cell) in taken for cell in slot.cells(minutes)):
            kept[slot.starts] = slot
    return list(kept.values())


async def taken_cells(connection: AsyncConnection, tenant: str, first: date, last: date) -> set[tuple[str, str]]:
    """(stylist, cell) of everything booked from a day before `first` to a day after `last`, in UTC."""
    begin = datetime.combine(first - timedelta(days=1), time(), tzinfo=UTC).isoformat()
    end = datetime.combine(last + timedelta(days=2), time(), tzinfo=UTC).isoformat()
    cells = booking_cells.c
    query = select(cells.stylist_id, cells.cell_utc).where(cells.tenant == tenant, cells.cell_utc.between(begin, end))
    return {(row.stylist_id, row.cell_utc) for row in (await connection.execute(query)).all()}
