"""Bookings: made once, found by their number."""

from datetime import UTC
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit import Effect, ToolContext, ToolError, next_reference, tool
from antiphon.spoken.phones import complete, e164
from antiphon_verticals.salon.hours import read_hours
from antiphon_verticals.salon.slots import Slot, read_slot
from antiphon_verticals.salon.tables import booking_cells, booking_history, booking_items, bookings, services, stylists
from antiphon_verticals.salon.tools.services import chain
from antiphon_verticals.salon.tools.stylists import able

TAKEN = ToolError("slot_taken", "I'm sorry, that time was just taken.", retryable=True)


@tool(Effect.WRITES)
async def book_appointment(
    context: ToolContext,
    slot_id: Annotated[str, Field(max_length=80, description="from check_availability")],
    service_ids: Annotated[list[str], Field(min_length=1, max_length=5)],
    client_name: Annotated[str, Field(min_length=1, max_length=100)],
    callback_number: Annotated[str, Field(max_length=20, description="where to reach the client")],
    stylist_id: Annotated[str | None, Field(description="the stylist of the slot")] = None,
) -> Json:
    """Book a free slot once the caller has confirmed service, stylist, day, time, name and number. Never without that yes."""
    slot = read_slot(slot_id, context.now)
    number = normal_number(callback_number)
    tx = await context.write()
    names, minutes, cents = await chain(tx, context.tenant, service_ids)
    people = await able(tx, context.tenant, service_ids)
    if slot.stylist_id not in people or (stylist_id or slot.stylist_id) != slot.stylist_id:
        raise ToolError("not_found", "That stylist does not do that service.")
    if not (await read_hours(tx, context.tenant)).contain(slot, minutes):
        raise ToolError("closed", "We are not open then.")
    reference = await next_reference(tx, context.tenant, context.prefix, context.now.date())
    row = {"tenant": context.tenant, "reference": reference, "status": "booked", "stylist_id": slot.stylist_id}
    client = {"client_name": client_name, "callback_number": number, "call": context.call}
    made = {"price_cents": cents, "made_utc": context.now.astimezone(UTC).isoformat()}
    await tx.execute(bookings.insert().values(row | client | made | local_and_utc(slot, minutes)))
    items = [{"place": place, "service_id": service} for place, service in enumerate(service_ids)]
    await tx.execute(booking_items.insert(), [_owned(context, reference) | item for item in items])
    await take_cells(tx, context, reference, slot, minutes)
    await write_history(tx, context, reference, "booked", slot.slot_id)
    spoken: list[Json] = [*names]
    when: dict[str, Json] = {"date": slot.starts.date().isoformat(), "time": f"{slot.starts:%H:%M}"}
    return {
        "reference": reference,
        **when,
        "stylist": people[slot.stylist_id],
        "services": spoken,
        "price_cents": cents,
    }


@tool()
async def find_booking(
    context: ToolContext,
    ref: Annotated[str | None, Field(max_length=40, description="the reference, if the caller has it")] = None,
    callback_number: Annotated[str | None, Field(max_length=20, description="the number it was booked with")] = None,
) -> Json:
    """Find a client's bookings to come. A reference alone proves nothing: the number it was booked with is needed as well, unless
    the caller's own line is known."""
    number = normal_number(callback_number) if callback_number else context.subject
    if number is None:
        raise ToolError("number_needed", "Which phone number was it booked with?")
    query = select(bookings, stylists.c.name).join(
        stylists, (stylists.c.tenant == bookings.c.tenant) & (stylists.c.stylist_id == bookings.c.stylist_id)
    )
    mine = (bookings.c.tenant == context.tenant) & (bookings.c.callback_number == number)
    mine &= bookings.c.starts_utc >= context.now.astimezone(UTC).isoformat()
    mine &= bookings.c.status == "booked"
    if ref:
        mine &= bookings.c.reference == ref.upper()
    rows = (await context.read.execute(query.where(mine).order_by(bookings.c.starts_utc).limit(5))).all()
    if rows:
        context.proofs.add(number)
    found: list[Json] = [_shown(row, await _items(context.read, context.tenant, row.reference)) for row in rows]
    return {"bookings": found}


def _shown(row: Any, items: dict[str, str]) -> Json:
    """A booking as find_booking answers it; `service_id` is the first of `service_ids`."""
    when: dict[str, Json] = {"reference": row.reference, "date": row.date, "time": row.time}
    what: dict[str, Json] = {
        "services": [*items.values()],
        "service_id": next(iter(items), None),
        "service_ids": [*items],
    }
    return {**when, "stylist": row.name, "stylist_id": row.stylist_id, **what, "status": row.status}


def normal_number(text: str) -> str:
    """+12125550147 from any way of writing it. Raises ToolError for what is no number."""
    digits = "".join(letter for letter in text if letter.isdigit())
    if not complete(digits):
        raise ToolError("bad_number", "That does not seem to be a whole phone number.")
    return e164(digits)


def local_and_utc(slot: Slot, minutes: int) -> dict[str, object]:
    """The columns that say when."""
    local: dict[str, object] = {
        "date": slot.starts.date().isoformat(),
        "time": f"{slot.starts:%H:%M}",
        "zone": str(slot.starts.tzinfo),
    }
    return local | {"starts_utc": slot.starts.astimezone(UTC).isoformat(), "duration_min": minutes}


async def take_cells(tx: AsyncConnection, context: ToolContext, reference: str, slot: Slot, minutes: int) -> None:
    """Occupy the slot's cells. Raises slot_taken when one is occupied; the transaction is then rolled back by the toolbox."""
    owned = _owned(context, reference) | {"stylist_id": slot.stylist_id}
    try:
        await tx.execute(booking_cells.insert(), [owned | {"cell_utc": cell} for cell in slot.cells(minutes)])
    except IntegrityError:
        raise ToolError(TAKEN.code, TAKEN.say, retryable=True) from None


async def write_history(tx: AsyncConnection, context: ToolContext, reference: str, what: str, detail: str) -> None:
    """Note what happened to a booking."""
    mine = (booking_history.c.tenant == context.tenant) & (booking_history.c.reference == reference)
    place = len((await tx.execute(select(booking_history.c.place).where(mine))).all())
    row = {"place": place, "what": what, "detail": detail, "at_utc": context.now.astimezone(UTC).isoformat()}
    await tx.execute(booking_history.insert().values(_owned(context, reference) | row))


async def _items(connection: AsyncConnection, tenant: str, reference: str) -> dict[str, str]:
    """Names of a booking's services by id, in order."""
    join = booking_items.join(
        services,
        (services.c.tenant == booking_items.c.tenant) & (services.c.service_id == booking_items.c.service_id),
    )
    mine = (booking_items.c.tenant == tenant) & (booking_items.c.reference == reference)
    query = select(services.c.service_id, services.c.name).select_from(join).where(mine)
    return {row.service_id: row.name for row in (await connection.execute(query.order_by(booking_items.c.place))).all()}


def _owned(context: ToolContext, reference: str) -> dict[str, object]:
    return {"tenant": context.tenant, "reference": reference}
