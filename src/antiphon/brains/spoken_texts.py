"""From values to words: texts of the agent's own file with their holes filled as a voice says them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from antiphon.core.agent import ANY, Agent, Options
from antiphon.spoken.dates import say_date
from antiphon.spoken.numbers import say_cardinal
from antiphon.spoken.phones import say_phone
from antiphon.spoken.reference import say_reference
from antiphon.spoken.times import say_time

HOLE = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
_ON_TOMORROW = re.compile(r"\b([Oo])n (today|tomorrow)\b")
"""A text says "on {date}", and a near date is said as "tomorrow, Saturday"."""


class Expression:
    """Fills texts for one agent."""

    def __init__(self, agent: Agent, options: Options) -> None:
        self._agent, self._options = agent, options

    def fill(self, template: str, values: Mapping[str, str], today: date) -> str:
        """The text with every hole spoken; a hole without a value is left out."""

        def spoken(hole: re.Match[str]) -> str:
            name, style = hole.group(1), hole.group(2)
            if name == "title":
                return self._agent.title
            value = values.get(name)
            return "" if value is None else self._styled(style, value) if style else self.value(name, value, today)

        text = _ON_TOMORROW.sub(_near_day, HOLE.sub(spoken, template))
        return re.sub(r"\s+([,.?!])", r"\1", re.sub(r"[ ]{2,}", " ", text))

    def value(self, name: str, value: str, today: date) -> str:
        """One value as it is said. A note such as "booked_date" is said like the slot or type its name ends in."""
        known = name if name in self._agent.slots else name.rpartition("_")[2]
        slot = self._agent.slots.get(known)
        if value == ANY:
            return self._agent.texts["any_time" if slot and slot.type in ("date", "time") else "anyone"][0]
        names = self._options.get(known, {})
        if names and (listed := [names[part][0] for part in value.split(",") if part in names]):
            return self.listed(listed, "and")
        try:
            return self._by_type(slot.type if slot else known, value, today)
        except ValueError:
            return value

    def listed(self, items: Sequence[str], word: str) -> str:
        """ "one, two or three", with the agent's own "or" and "and"."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])}{',' if word == 'or' else ''} {self._agent.texts[word][0]} {items[-1]}"

    @staticmethod
    def _by_type(kind: str, value: str, today: date) -> str:
        match kind:
            case "date":
                return say_date(date.fromisoformat(value), today)
            case "time":
                return say_time(time.fromisoformat(value))
            case "phone":
                return say_phone(value)
            case "reference":
                return say_reference(value)
            case "number":
                return say_cardinal(int(value))
            case _:
                return value

    @staticmethod
    def _styled(style: str, value: str) -> str:
        try:
            number = int(value)
        except ValueError:
            return value
        if style == "dollars":
            dollars, cents = divmod(number, 100)
            return f"{say_cardinal(dollars)} dollars" + (f" and {say_cardinal(cents)} cents" if cents else "")
        if style == "minutes":
            return _duration(number)
        return say_cardinal(number)

    def row(self, template: str, row: Mapping[str, Any], today: date) -> str:
        """A text about one row of a tool's result."""
        values = {name: _joined(value) for name, value in row.items() if value is not None}
        return self.fill(template, values, today)


def _near_day(found: re.Match[str]) -> str:
    return found[2].capitalize() if found[1] == "O" else found[2]


def _joined(value: Any) -> str:
    return ",".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _duration(minutes: int) -> str:
    """ "forty five minutes", "an hour and a half", "two hours and ten minutes"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{say_cardinal(rest)} minutes"
    whole = "an hour" if hours == 1 else f"{say_cardinal(hours)} hours"
    if rest == 30:
        return f"{whole} and a half"
    return f"{whole} and {say_cardinal(rest)} minutes" if rest else whole
