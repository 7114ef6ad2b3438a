"""References such as GB-20261120-001: a counter per tenant, prefix and local date, in the record's own transaction."""

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.kit.tables import reference_counters as counters


async def next_reference(tx: AsyncConnection, tenant: str, prefix: str, today: date) -> str:
    """The next reference of that day (the tenant's own, when the record is made); 001 first, wider past 999, gaps allowed."""
    row = (counters.c.tenant == tenant) & (counters.c.prefix == prefix) & (counters.c.local_date == today.isoformat())
    last = (await tx.execute(select(counters.c.last).where(row))).scalar()
    number = (last or 0) + 1
    if last is None:
        values = {"tenant": tenant, "prefix": prefix, "local_date": today.isoformat(), "last": number}
        await tx.execute(counters.insert().values(values))
    else:
        await tx.execute(update(counters).where(row).values(last=number))
    return f"{prefix}-{today:%Y%m%d}-{number:03d}"
