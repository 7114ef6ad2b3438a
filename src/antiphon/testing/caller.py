"""A simulated caller: decides what to say next from what the agent asks, the same over text, the dialler, aiortc or a browser.

It sees only what the page sees (the messages of the data channel), so it can stand behind any leg.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DEAD_END = 24
"""Lines after which a caller gives up: the longest scripted booking needs eleven."""

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth"),
    *("sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"),
)


@dataclass(frozen=True, slots=True)
class Interruption:
    """While the agent asks to confirm (`during` = "confirm") or answers, say this over it."""

    during: str
    say: str


@dataclass(frozen=True, slots=True)
class CallerPlan:
    """What a caller wants, and his words for each thing he may be asked. `extras` are (after which slot, line)."""

    name: str
    opening: str
    answers: Mapping[str, str]
    extras: Sequence[tuple[str, str]] = ()
    interruption: Interruption | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class SimulatedCaller:
    """Follows a plan. Feed it every page message; ask it for a line whenever the agent listens."""

    plan: CallerPlan
    asked: str | None = None
    lines: list[str] = field(default_factory=list)
    asked_again: dict[str, int] = field(default_factory=dict)
    record: Mapping[str, Any] | None = None
    ended: bool = False
    _extras: deque[str] = field(default_factory=deque)
    _heard: str = ""
    _was_a_turn: bool = True

    def message(self, message: Mapping[str, Any]) -> None:
        """One message of the data channel."""
        match message:
            case {"type": "expect"}:
                kind = message.get("kind")
                self.asked = "confirm" if kind == "yes_no" and not message.get("slot") else message.get("slot") or kind
            case {"type": "say"}:
                self._heard += str(message["text"])
            case {"type": "final"}:
                self._was_a_turn = True
            case {"type": "record"}:
                self.record = message
            case {"type": "bye"}:
                self.ended = True
            case _:
                pass

    def line(self) -> str:
        """What to say now that the agent waits for an answer; the same again if the last line was no turn to the agent."""
        if len(self.lines) >= DEAD_END:
            raise AssertionError(f"{self.plan.name}: no end after {DEAD_END} lines: {self.lines}")
        said = self._choose() if self._was_a_turn else self.lines[-1]
        self._heard = ""
        self._say(said)
        return said

    def _say(self, line: str) -> None:
        self.lines.append(line)
        self._was_a_turn = False

    def _choose(self) -> str:
        if not self.lines:
            self._remember_extras("opening")
            return self.plan.opening
        if self._extras:
            return self._extras.popleft()
        slot = self._answer_slot()
        if objection := self._objection(slot):
            return objection
        self.asked_again[slot] = self.asked_again.get(slot, -1) + 1
        self._remember_extras(slot)
        return self.plan.answers[slot]

    def _objection(self, slot: str) -> str:
        """What a caller says who hears his name wrong in the read-back, or is asked to spell it."""
        name = str(self.plan.expect.get("name", "")).lower()
        heard = self._heard.lower()
        if slot == "confirm" and name and name not in heard:
            self.asked_again["name"] = self.asked_again.get("name", 0) + 1
            return f"no it's {name}"
        if slot == "name" and "letter by letter" in heard:
            return ", ".join(" ".join(word) for word in name.upper().split())
        return ""

    def _answer_slot(self) -> str:
        names = {"stylist": "person", "callback_number": "phone", "client_name": "name", "open": "anything_else"}
        slot = names.get(self.asked or "open", self.asked or "anything_else")
        return slot if slot in self.plan.answers else "anything_else"

    def _remember_extras(self, slot: str) -> None:
        if self.asked_again.get(slot, 0) == 0:
            self._extras.extend(say for after, say in self.plan.extras if after == slot)

    def interrupts(self) -> str | None:
        """What to say over the agent right now, once, if the plan has it."""
        interruption = self.plan.interruption
        if interruption and interruption.say not in self.lines and interruption.during == self.asked:
            self._say(interruption.say)
            return interruption.say
        return None


def read_plans(path: Path, today: date) -> list[CallerPlan]:
    """Every dialogue of a file in every date variant, with dates counted from `today`."""
    held = json.loads(path.read_text(encoding="utf-8"))
    return [_plan(dialogue, dates, today) for dialogue in held["dialogues"] for dates in held["dates"]]


def _plan(dialogue: Mapping[str, Any], dates: Mapping[str, Any], today: date) -> CallerPlan:
    day = _month_day(today) if "{month_day}" in dates["date"] else _next_tuesday(today)
    holes = {"{date}": dates["date"], "{time}": dates["time"], "{month_day}": spell_day(day)}

    def fill(text: str) -> str:
        for hole, words in holes.items():
            text = text.replace(hole, words)
        return text

    expect = {**dialogue["expect"], "date": day.isoformat(), "time": dates["expect_time"]}
    interrupt = dialogue.get("interrupt")
    return CallerPlan(
        f"{dialogue['name']} on {fill(dates['date'])}",
        fill(dialogue["opening"]),
        {slot: fill(words) for slot, words in dialogue["answers"].items()},
        tuple((extra["after"], fill(extra["say"])) for extra in dialogue.get("extra", ())),
        Interruption(interrupt["during"], fill(interrupt["say"])) if interrupt else None,
        expect,
    )


def _next_tuesday(today: date) -> date:
    return today + timedelta(days=(1 - today.weekday() - 1) % 7 + 1)


def _month_day(today: date) -> date:
    """A working day two to four weeks ahead whose ordinal is one word or two and that is no holiday."""
    for ahead in range(14, 28):
        day = today + timedelta(days=ahead)
        if day.weekday() < 5 and (day.month, day.day) not in ((12, 24), (12, 25), (12, 31), (1, 1), (7, 4)):
            return day
    raise AssertionError("two weeks hold a working day")


def spell_day(day: date) -> str:
    """A date as a caller says it: "december tenth"."""
    ordinal = _ORDINALS[day.day - 1] if day.day <= 20 else _tens(day.day)
    return f"{_MONTHS[day.month - 1]} {ordinal}"


def _tens(number: int) -> str:
    if number == 30:
        return "thirtieth"
    tens = "twenty" if number < 30 else "thirty"
    return f"{tens} {_ORDINALS[number % 10 - 1]}"
