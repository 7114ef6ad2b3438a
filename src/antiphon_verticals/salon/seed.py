"""Fills a demo salon once."""

import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon_verticals.salon.tables import (
    closures,
    service_aliases,
    services,
    stylist_hours,
    stylist_services,
    stylists,
)

SEED = Path(__file__).with_name("seed.toml")


async def seed(tx: AsyncConnection, tenant: str) -> None:
    """Insert the services and people of `seed.toml` for `tenant`, unless it has services already."""
    known = select(func.count()).select_from(services).where(services.c.tenant == tenant)
    if (await tx.execute(known)).scalar():
        return
    salon = tomllib.loads(SEED.read_text(encoding="utf-8"))
    for service in salon["services"]:
        await _service(tx, tenant, service)
    for stylist in salon["stylists"]:
        await _stylist(tx, tenant, stylist)
    await tx.execute(closures.insert(), [{"tenant": tenant, **closure} for closure in salon["closures"]])


async def _service(tx: AsyncConnection, tenant: str, service: dict[str, Any]) -> None:
    row = {"tenant": tenant, "service_id": service["id"], "addon_to": service.get("addon_to")}
    row |= {name: service[name] for name in ("name", "category", "price_cents", "duration_min")}
    await tx.execute(services.insert().values(row))
    aliases = [{"tenant": tenant, "service_id": service["id"], "alias": alias} for alias in service["aliases"]]
    await tx.execute(service_aliases.insert(), aliases)


async def _stylist(tx: AsyncConnection, tenant: str, stylist: dict[str, Any]) -> None:
    who = {"tenant": tenant, "stylist_id": stylist["id"]}
    await tx.execute(stylists.insert().values(who | {"name": stylist["name"]}))
    await tx.execute(stylist_services.insert(), [who | {"service_id": each} for each in stylist["services"]])
    hours = [
        who | {"weekday": day, "opens_min": _minutes(opens), "closes_min": _minutes(closes)}
        for day in stylist["days"]
        for opens, closes in stylist["hours"]
    ]
    await tx.execute(stylist_hours.insert(), hours)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
