"""From values to words: texts of the agent's own file with their holes filled as a voice says them."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from antiphon.brains.dialogue.understand import ANY
from antiphon.core.agent import Agent, Options
from antiphon.spoken.dates import say_date
from antiphon.spoken.numbers import say_cardinal
from antiphon.spoken.phones import say_phone
from antiphon.spoken.reference import say_reference
from antiphon.spoken.times import say_time

HOLE = re.compile(r"\{(\w+)(?:\|(\w+))?\}")


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

        return re.sub(r"\s+([,.?!])", r"\1", re.sub(r"[ ]{2,}", " ", HOLE.sub(spoken, template)))

    def value(self, name: str, value: str, today: date) -> str:
        """One value as it is said."""
        slot = self._agent.slots.get(name)
        kind = slot.type if slot else name
        names = self._options.get(name, {}).get(value)
        if names:
            return names[0]
        if value == ANY:
            return "anyone"
        try:
            return self._by_type(kind, value, today)
        except ValueError:
            return value

    @staticmethod
    def _by_type(kind: str, value: str, today: date) -> str:
        if kind == "date":
            return say_date(date.fromisoformat(value), today)
        if kind == "time":
            return say_time(time.fromisoformat(value))
        if kind == "phone":
            return say_phone(value)
        if kind == "reference":
            return say_reference(value)
        return value

    @staticmethod
    def _styled(style: str, value: str) -> str:
        if style == "dollars":
            dollars, cents = divmod(int(value), 100)
            return f"{say_cardinal(dollars)} dollars" + (f" and {say_cardinal(cents)} cents" if cents else "")
        if style == "minutes":
            return f"{say_cardinal(int(value))} minutes"
        return value

    def row(self, template: str, row: Mapping[str, Any], today: date) -> str:
        """A text about one row of a tool's result."""
        return self.fill(
            template, {name: str(value) for name, value in row.items() if not isinstance(value, list)}, today
        )
