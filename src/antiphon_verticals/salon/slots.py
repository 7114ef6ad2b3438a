"""Slots: a stylist at a local time for some minutes, laid on a grain of five minutes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from antiphon.kit import ToolError

GRAIN_MIN = 5
STEP_MIN = 15
"""Appointments are offered on the quarter hour."""
_ID = re.compile(r"(?P<who>[a-z0-9_]+)@(?P<local>\d{4}-\d\d-\d\dT\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A stylist and a local start. The id says both and nothing more: whether it is free is asked again when it is booked."""

    stylist_id: str
    starts: datetime  # local, with its zone

    @property
    def slot_id(self) -> str:
        """ "maria@2026-11-24T14:30"."""
        return f"{self.stylist_id}@{self.starts:%Y-%m-%dT%H:%M}"

    def cells(self, duration_min: int) -> Iterator[str]:
        """The UTC starts of its five-minute cells, half open."""
        first = self.starts.astimezone(UTC)
        return ((first + timedelta(minutes=at)).isoformat() for at in range(0, duration_min, GRAIN_MIN))

    def ends(self, duration_min: int) -> datetime:
        """When it is over by the clock on the wall; across a change of clocks that is not start plus duration."""
        return (self.starts.astimezone(UTC) + timedelta(minutes=duration_min)).astimezone(self.starts.tzinfo)


def read_slot(slot_id: str, now: datetime) -> Slot:
    """The slot an id names, in the zone of `now`; a time that comes twice is its first. Raises ToolError for what is no slot, off
    the grain (its cells would lie between those of others), jumped over by the clocks, or past."""
    found = _ID.fullmatch(slot_id)
    try:
        starts = datetime.fromisoformat(found["local"]).replace(tzinfo=now.tzinfo) if found else None
    except ValueError:
        starts = None
    if found is None or starts is None or starts.minute % GRAIN_MIN or not exists(starts):
        raise ToolError("bad_argument", "")
    if not after(starts, now):
        raise ToolError("past", "That time has already passed.")
    return Slot(found["who"], starts)


def exists(local: datetime) -> bool:
    """Whether clocks ever show that time; in spring they jump over an hour."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def after(moment: datetime, now: datetime) -> bool:
    """Whether `moment` is still to come. Compared as instants: two times of one zone compare by the clock on the wall."""
    return moment.astimezone(UTC) > now.astimezone(UTC)


def minute_of_day(moment: datetime | time) -> int:
    """Local minutes since midnight."""
    return moment.hour * 60 + moment.minute
