"""Working hours: when a stylist is there, by the clock on the wall."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon_verticals.salon.slots import STEP_MIN, Slot, exists
from antiphon_verticals.salon.tables import closures, stylist_hours

Shift = tuple[int, int]
"""From and to in minutes of the local day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Everybody's week, and the days on which nobody works."""

    week: Mapping[tuple[str, int], list[Shift]]
    closed: frozenset[str]

    def shifts(self, stylist_id: str, day: date) -> list[Shift]:
        """A stylist's shifts on a day, none when it is closed."""
        return [] if day.isoformat() in self.closed else self.week.get((stylist_id, day.weekday()), [])

    def contain(self, slot: Slot, duration_min: int) -> bool:
        """Whether the stylist is at work for all of it."""
        return self._fits(slot, duration_min, self.shifts(slot.stylist_id, slot.starts.date()))

    def starts(self, stylist_id: str, day: date, duration_min: int, zone: tzinfo | None) -> Iterator[Slot]:
        """Every quarter hour at which that much work could begin."""
        shifts = self.shifts(stylist_id, day)
        midnight = datetime.combine(day, time(), tzinfo=zone)
        plain = (
            midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset()
        )  # no change of clocks: minutes just add up
        for opens, closes in shifts:
            for minute in range(-(-opens // STEP_MIN) * STEP_MIN, closes, STEP_MIN):
                slot = Slot(stylist_id, midnight.replace(hour=minute // 60, minute=minute % 60))
                fits = minute + duration_min <= closes
                if not plain:
                    fits = exists(slot.starts) and self._fits(slot, duration_min, shifts)
                if fits:
                    yield slot

    @staticmethod
    def _fits(slot: Slot, duration_min: int, shifts: list[Shift]) -> bool:
        midnight = datetime.combine(slot.starts.date(), time(), tzinfo=slot.starts.tzinfo)
        starts, ends = slot.starts - midnight, slot.ends(duration_min) - midnight  # wall time: both are of one zone
        return any(timedelta(minutes=opens) <= starts and ends <= timedelta(minutes=closes) for opens, closes in shifts)


async def read_hours(connection: AsyncConnection, tenant: str) -> Hours:
    """The tenant's hours."""
    query = select(stylist_hours).where(stylist_hours.c.tenant == tenant).order_by(stylist_hours.c.opens_min)
    week: dict[tuple[str, int], list[Shift]] = {}
    for row in (await connection.execute(query)).all():
        week.setdefault((row.stylist_id, row.weekday), []).append((row.opens_min, row.closes_min))
    days = await connection.execute(select(closures.c.date).where(closures.c.tenant == tenant))
    return Hours(week, frozenset(days.scalars()))
