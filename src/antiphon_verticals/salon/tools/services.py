"""Services: what there is, what a caller's words mean, what goes well with it."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit import ToolContext, ToolError, tool
from antiphon.spoken.match import Catalogue
from antiphon_verticals.salon.tables import service_aliases, services


@tool()
async def match_service(
    context: ToolContext, spoken_text: Annotated[str, Field(max_length=500, description="the caller's words")]
) -> Json:
    """Find which services the caller's words mean. Call it when a service was described and its id is not known."""
    names: dict[str, list[str]] = {row.service_id: [row.name] for row in await _all(context)}
    for service, aliases in (await _aliases(context)).items():
        names[service] += aliases
    match = Catalogue(names).find(spoken_text)
    found: list[Json] = [{"service_id": one.entry, "name": one.name, "score": one.score} for one in match.ranked[:3]]
    return {"verdict": match.verdict.value, "matches": found}


@tool()
async def list_services(
    context: ToolContext, category: Annotated[str | None, Field(description="hair or nails; all if left out")] = None
) -> Json:
    """List services with price and duration. Call it before saying a price: prices are never guessed."""
    aliases = await _aliases(context)
    listed: list[Json] = [
        {
            "service_id": row.service_id,
            "name": row.name,
            "aliases": list(aliases.get(row.service_id, [])),
            "category": row.category,
            "price_cents": row.price_cents,
            "duration_min": row.duration_min,
        }
        for row in await _all(context)
        if category in (None, row.category)
    ]
    return {"services": listed}


@tool()
async def suggest_addons(
    context: ToolContext, service_id: Annotated[str, Field(description="the service being booked")]
) -> Json:
    """Suggest at most one service that goes with another. Call it once per call, never after the caller declined."""
    for row in await _all(context):
        if row.addon_to == service_id:
            addon = {"service_id": row.service_id, "name": row.name, "price_cents": row.price_cents}
            return {"addon": addon | {"duration_min": row.duration_min}}
    return {"addon": None}


async def chain(connection: AsyncConnection, tenant: str, service_ids: list[str]) -> tuple[list[str], int, int]:
    """(names, minutes, cents) of services done one after another. Raises ToolError for one that is not offered."""
    query = select(services).where(services.c.tenant == tenant, services.c.service_id.in_(service_ids))
    known = {row.service_id: row for row in (await connection.execute(query)).all()}
    missing = [service for service in service_ids if service not in known]
    if missing or not service_ids:
        raise ToolError("not_found", "We do not offer that service.")
    rows = [known[service] for service in service_ids]
    return [row.name for row in rows], sum(row.duration_min for row in rows), sum(row.price_cents for row in rows)


async def _all(context: ToolContext):  # type: ignore[no-untyped-def]  # rows are named tuples of the table's columns
    query = select(services).where(services.c.tenant == context.tenant).order_by(services.c.category, services.c.name)
    return (await context.read.execute(query)).all()


async def _aliases(context: ToolContext) -> dict[str, list[str]]:
    query = select(service_aliases.c.service_id, service_aliases.c.alias)
    aliases: dict[str, list[str]] = {}
    for row in (await context.read.execute(query.where(service_aliases.c.tenant == context.tenant))).all():
        aliases.setdefault(row.service_id, []).append(row.alias)
    return aliases
