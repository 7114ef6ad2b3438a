"""Changes: moving a booking and cancelling it. Both keep its reference."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import delete, select, update

from antiphon.core.proposal import Json
from antiphon.kit import Effect, ToolContext, ToolError, tool
from antiphon_verticals.salon.hours import read_hours
from antiphon_verticals.salon.slots import read_slot
from antiphon_verticals.salon.tables import booking_cells, booking_items, bookings
from antiphon_verticals.salon.tools.bookings import local_and_utc, take_cells, write_history
from antiphon_verticals.salon.tools.stylists import able

LATE = timedelta(days=1)
LATE_NOTE = "A deposit may be kept when a booking is cancelled less than a day ahead."


@tool(Effect.WRITES)
async def reschedule_booking(
    context: ToolContext,
    ref: Annotated[str, Field(max_length=40)],
    slot_id: Annotated[str, Field(max_length=80, description="from check_availability")],
) -> Json:
    """Move a booking to a free slot; the old time is given up only if the new one is taken. Only after the caller confirmed."""
    slot = read_slot(slot_id, context.now)
    booking = await _booked(context, ref)
    tx = await context.write()
    mine = (booking_items.c.tenant == context.tenant) & (booking_items.c.reference == booking.reference)
    kept = [row.service_id for row in (await tx.execute(select(booking_items.c.service_id).where(mine))).all()]
    people = await able(tx, context.tenant, kept)
    if slot.stylist_id not in people:
        raise ToolError("not_found", "That stylist does not do that service.")
    if not (await read_hours(tx, context.tenant)).contain(slot, booking.duration_min):
        raise ToolError("closed", "We are not open then.")
    await _give_up(context, booking.reference)
    await take_cells(tx, context, booking.reference, slot, booking.duration_min)
    values = local_and_utc(slot, booking.duration_min) | {"stylist_id": slot.stylist_id}
    await tx.execute(update(bookings).where(_own(context, booking.reference)).values(values))
    await write_history(tx, context, booking.reference, "moved", slot.slot_id)
    when: dict[str, Json] = {"date": slot.starts.date().isoformat(), "time": f"{slot.starts:%H:%M}"}
    return {"reference": booking.reference, **when, "stylist": people[slot.stylist_id]}


@tool(Effect.WRITES)
async def cancel_booking(
    context: ToolContext,
    ref: Annotated[str, Field(max_length=40)],
    reason_code: Annotated[Literal["client", "illness", "weather", "other"], Field()] = "client",
) -> Json:
    """Cancel a booking. Say the deposit rule first; only after the caller confirmed."""
    booking = await _booked(context, ref)
    tx = await context.write()
    await _give_up(context, booking.reference)
    await tx.execute(update(bookings).where(_own(context, booking.reference)).values(status="cancelled"))
    await write_history(tx, context, booking.reference, "cancelled", reason_code)
    late = datetime.fromisoformat(booking.starts_utc) - context.now < LATE
    note: dict[str, Json] = {"deposit_note": LATE_NOTE} if late else {}
    return {"reference": booking.reference, "status": "cancelled", **note}


async def _booked(context: ToolContext, ref: str) -> Any:
    """The booking to change. What does not exist and what is not this caller's look the same to them."""
    tx = await context.write()
    row = (await tx.execute(select(bookings).where(_own(context, ref.upper())))).first()
    theirs = row is not None and (row.call == context.call or await context.speaks_for(row.callback_number))
    if row is None or not theirs or row.status != "booked":
        raise ToolError("not_found", "I can't find that booking.")
    if row.starts_utc <= context.now.astimezone(UTC).isoformat():
        raise ToolError("past", "That appointment has already been.")
    return row


async def _give_up(context: ToolContext, reference: str) -> None:
    mine = (booking_cells.c.tenant == context.tenant) & (booking_cells.c.reference == reference)
    await (await context.write()).execute(delete(booking_cells).where(mine))


def _own(context: ToolContext, reference: str) -> Any:
    return (bookings.c.tenant == context.tenant) & (bookings.c.reference == reference)
