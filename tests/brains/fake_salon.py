"""A salon's tools in memory, by the shapes the salon's own tools have: fast, and apart from SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.agents import load_options, read_agent
from antiphon.brains.dialogue import DialogueBrain
from antiphon.core.proposal import Json
from antiphon.ports.tool import ToolCaller, ToolDeclaration, ToolResult
from antiphon.testing.text_dialogue import TextDialogue

FOLDER = Path(__file__).parents[2] / "src/antiphon_verticals/salon"
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("America/New_York"))
"""A Friday."""
SERVICES = (
    ("haircut", "haircut", ("trim", "cut"), 5500, 45),
    ("blow_dry", "blow dry", ("blowout",), 4500, 30),
    ("color", "color", ("coloring", "dye"), 12000, 90),
    ("highlights", "highlights", (), 15000, 120),
    ("beard_trim", "beard trim", ("beard",), 2500, 20),
    ("manicure", "manicure", ("nails",), 3500, 40),
)
PEOPLE = {"maria": "Maria", "daniel": "Daniel", "sofia": "Sofia"}
HOURS = [f"{hour:02}:{minute}" for hour in range(9, 18) for minute in ("00", "30")]
PARTS = {"morning": ("09:00", "11:30"), "noon": ("12:00", "13:00"), "afternoon": ("12:00", "17:00")}


@dataclass(slots=True)
class FakeSalon:
    """Implements `ports.tool.Toolbox`. `busy` are "stylist date time"; `failing` are tools that crash."""

    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    messages: list[Mapping[str, Json]] = field(default_factory=list)
    snatched: bool = False  # the next slot is booked by somebody else first

    def declarations(self) -> tuple[ToolDeclaration, ...]:
        return ()

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        if tool in self.failing:
            return ToolResult(False, {"code": "crashed", "say": "", "retryable": False})
        return getattr(self, f"_{tool}")(dict(arguments))  # type: ignore[no-any-return]

    def _list_services(self, _: dict[str, Any]) -> ToolResult:
        rows: list[Json] = [
            {"service_id": id_, "name": name, "aliases": list(aliases), "price_cents": cents, "duration_min": minutes}
            for id_, name, aliases, cents, minutes in SERVICES
        ]
        return ToolResult(True, {"services": rows})

    def _get_stylists(self, _: dict[str, Any]) -> ToolResult:
        return ToolResult(True, {"stylists": [{"stylist_id": id_, "name": name} for id_, name in PEOPLE.items()]})

    def _check_availability(self, asked: dict[str, Any]) -> ToolResult:
        first_day, last_day = (date.fromisoformat(str(asked[bound])) for bound in ("date_from", "date_to"))
        days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
        open_days = [day.isoformat() for day in days if day.weekday() != 6]
        if not open_days:
            return ToolResult(True, {"exact": False, "slots": [], "reason": "closed"})
        first, last = PARTS.get(asked.get("part_of_day") or "", ("09:00", "17:00"))
        people = [asked["stylist_id"]] if "stylist_id" in asked else list(PEOPLE)
        wanted = asked.get("time")
        free = [
            (day, time, who)
            for day in open_days
            for time in HOURS
            if first <= time <= last
            for who in people
            if f"{who} {day} {time}" not in self.busy
        ]
        free.sort(key=lambda each: abs(HOURS.index(each[1]) - HOURS.index(wanted)) if wanted in HOURS else 0)
        found = [(day, time, who) for (day, time), who in {each[:2]: each[2] for each in reversed(free)}.items()][::-1][
            :3
        ]
        if not found:
            return ToolResult(True, {"exact": False, "slots": [], "reason": "full"})
        rows: list[Json] = [
            {
                "slot_id": f"{who}@{day}T{time}",
                "date": day,
                "time": time,
                "stylist_id": who,
                "stylist": PEOPLE[who],
                "duration_min": 45,
            }
            for day, time, who in found
        ]
        return ToolResult(True, {"exact": wanted is None or found[0][1] == wanted, "slots": rows})

    def _take(self, slot: str) -> str | None:
        who, _, when = slot.partition("@")
        cell = f"{who} {when.replace('T', ' ')}"
        if self.snatched:
            self.busy.add(cell)
            self.snatched = False
        if cell in self.busy:
            return None
        self.busy.add(cell)
        return cell

    def _book_appointment(self, asked: dict[str, Any]) -> ToolResult:
        cell = self._take(asked["slot_id"])
        if cell is None:
            return _refused("slot_taken", "I'm sorry, that time was just taken.", retryable=True)
        who, day, time = cell.split()
        reference = f"GB-20261120-{len(self.bookings) + 1:03}"
        self.bookings[reference] = {**asked, "reference": reference, "date": day, "time": time, "stylist_id": who}
        return ToolResult(True, {"reference": reference, "date": day, "time": time, "price_cents": 5500})

    def _find_booking(self, asked: dict[str, Any]) -> ToolResult:
        mine = [row for row in self.bookings.values() if row["callback_number"] == asked.get("callback_number")]
        rows: list[Json] = [
            {name: row[name] for name in ("reference", "date", "time", "stylist_id", "service_ids")} for row in mine
        ]
        return ToolResult(True, {"bookings": rows})

    def _reschedule_booking(self, asked: dict[str, Any]) -> ToolResult:
        cell = self._take(asked["slot_id"])
        if cell is None:
            return _refused("slot_taken", "I'm sorry, that time was just taken.", retryable=True)
        who, day, time = cell.split()
        self.bookings[asked["ref"]] |= {"stylist_id": who, "date": day, "time": time}
        return ToolResult(True, {"reference": asked["ref"], "date": day, "time": time})

    def _cancel_booking(self, asked: dict[str, Any]) -> ToolResult:
        del self.bookings[asked["ref"]]
        return ToolResult(True, {"reference": asked["ref"], "status": "cancelled"})

    def _take_message(self, asked: dict[str, Any]) -> ToolResult:
        self.messages.append(asked)
        return ToolResult(True, {"reference": "GB-20261120-900"})


def _refused(code: str, say: str, *, retryable: bool = False) -> ToolResult:
    return ToolResult(False, {"code": code, "say": say, "retryable": retryable})


async def open_desk(salon: FakeSalon | None = None) -> TextDialogue:
    """The salon's agent on these tools, after its greeting."""
    toolbox, agent = salon or FakeSalon(), read_agent(FOLDER)
    made = TextDialogue(agent, DialogueBrain(agent, await load_options(agent, toolbox, "demo")), toolbox, NOW)
    await made.greet()
    return made
