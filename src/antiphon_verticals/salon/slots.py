"""Slots: a stylist at a local time for some minutes, laid on a grain of five minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from antiphon.kit import ToolError

GRAIN_MIN = 5
STEP_MIN = 15
"""Appointments are offered on the quarter hour."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stylist and a local start. The id says both and nothing more: whether it is free is asked again when it is booked."""

    stylist_id: str
    starts: datetime  # local, with its zone

    @property
    def slot_id(self) -> str:
        """ "maria@2026-11-24T14:30"."""
        return f"{self.stylist_id}@{self.starts:%Y-%m-%dT%H:%M}"

    def cells(self, duration_min: int) -> list[str]:
        """The UTC starts of its five-minute cells, half open."""
        first = self.starts.astimezone(UTC)
        return [(first + timedelta(minutes=at)).isoformat() for at in range(0, duration_min, GRAIN_MIN)]


def read_slot(slot_id: str, now: datetime) -> Slot:
    """The slot an id names, in the zone of `now`. Raises ToolError for what is no slot or lies in the past."""
    stylist_id, _, local = slot_id.partition("@")
    try:
        starts = datetime.fromisoformat(local).replace(tzinfo=now.tzinfo)
    except ValueError:
        raise ToolError("bad_argument", "") from None
    if starts <= now:
        raise ToolError("past", "That time has already passed.")
    return Slot(stylist_id, starts)


def minute_of_day(moment: datetime) -> int:
    """Local minutes since midnight."""
    return moment.hour * 60 + moment.minute
