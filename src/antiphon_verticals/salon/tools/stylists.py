"""Stylists: who can do what."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit import ToolContext, tool
from antiphon_verticals.salon.tables import stylist_services, stylists


@tool()
async def get_stylists(
    context: ToolContext, service_id: Annotated[str | None, Field(description="only those who do this")] = None
) -> Json:
    """List stylists, or those who do one service. Call it when the caller asks who is there or who can do something."""
    people = await able(context.read, context.tenant, [service_id] if service_id else [])
    listed: list[Json] = [{"stylist_id": stylist, "name": name} for stylist, name in people.items()]
    return {"stylists": listed}


async def able(connection: AsyncConnection, tenant: str, service_ids: list[str]) -> dict[str, str]:
    """Names by id of the stylists who do all of `service_ids`, in alphabetical order."""
    query = select(stylists).where(stylists.c.tenant == tenant).order_by(stylists.c.name)
    people = {row.stylist_id: row.name for row in (await connection.execute(query)).all()}
    does = select(stylist_services).where(stylist_services.c.tenant == tenant)
    skills = {(row.stylist_id, row.service_id) for row in (await connection.execute(does)).all()}
    return {who: name for who, name in people.items() if all((who, service) in skills for service in service_ids)}
