"""What a caller's words say: slots in any order and number, an answer, a wish, a task, a question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from antiphon.core.agent import Agent, Knowledge, Options, Slot, Task
from antiphon.core.proposal import Expect
from antiphon.spoken.answers import Answer, says, says_any, yes_or_no
from antiphon.spoken.match import Catalogue, Verdict
from antiphon.spoken.moments import find_when
from antiphon.spoken.names import find_name
from antiphon.spoken.phones import find_phone
from antiphon.spoken.times import Hours
from antiphon.spoken.words import tokens

ANY = "any"
"""The value of a slot whose caller has no preference."""


@dataclass(slots=True)
class Findings:
    """What was found. `fills` are slot → (value, words)."""

    fills: dict[str, tuple[str, str]] = field(default_factory=dict)
    between: dict[str, tuple[str, ...]] = field(default_factory=dict)  # slot → option ids that sound alike
    partial_phone: str = ""
    answer: Answer = Answer.UNCLEAR
    wishes: set[str] = field(default_factory=set)
    task: str | None = None
    question: Knowledge | None = None
    about: str = ""  # the option the question names; asking for its price is not choosing it

    @property
    def empty(self) -> bool:
        """Whether nothing at all was understood."""
        understood = self.fills or self.between or self.partial_phone or self.wishes or self.task or self.question
        return not understood and self.answer is Answer.UNCLEAR


class Understanding:
    """Reads turns for one agent with its present options."""

    def __init__(self, agent: Agent, options: Options) -> None:
        self._agent = agent
        self._hours = Hours(agent.opens_min, agent.closes_min)
        self._catalogues = {name: Catalogue(entries) for name, entries in options.items() if entries}

    def read(self, text: str, expecting: Expect | None, notes: Mapping[str, str], now: datetime) -> Findings:
        """The findings of one turn."""
        found = Findings(answer=yes_or_no(text))
        asked = self._agent.slots.get(expecting.slot) if expecting and expecting.slot else None
        rest = self._name(text, asked, found)
        rest = self._phone(rest, asked, notes, found)
        self._catalogue_slots(rest, asked, found)
        self._when(rest, asked, now, found)
        if asked and asked.type == "text" and text.strip():
            found.fills[asked.name] = (text.strip(), text.strip())
        found.wishes = {kind for kind, phrases in self._agent.phrases.items() if says(text, phrases)}
        found.question = self._question(text)
        if found.question and found.question.about in found.fills:
            found.about, _ = found.fills.pop(found.question.about)
        found.task = self._task(text, found)
        return found

    def _slot_of(self, kind: str, asked: Slot | None) -> Slot | None:
        """The slot a value of this type goes to: the one asked for, else the agent's first of the type."""
        if asked and asked.type == kind:
            return asked
        return next((slot for slot in self._agent.slots.values() if slot.type == kind), None)

    def _name(self, text: str, asked: Slot | None, found: Findings) -> str:
        slot = self._slot_of("name", asked)
        if slot is None:
            return text
        name = find_name(text, asked=asked is slot)
        if not name or self._is_catalogued(name, asked, slot):
            return text
        found.fills[slot.name] = (name, name)
        words = tokens(text)
        said = tokens(name)
        at = next((at for at in range(len(words)) if words[at : at + len(said)] == said), None)
        return text if at is None else " ".join([*words[:at], *words[at + len(said) :]])

    def _is_catalogued(self, name: str, asked: Slot | None, slot: Slot) -> bool:
        """ "it's maria" in answer to anything but the name question is the stylist."""
        if asked is slot:
            return False
        matches = (catalogue.find(name) for catalogue in self._catalogues.values())
        return " " not in name and any(match.verdict is Verdict.CERTAIN for match in matches)

    def _phone(self, text: str, asked: Slot | None, notes: Mapping[str, str], found: Findings) -> str:
        slot = self._slot_of("phone", asked)
        if slot is None:
            return text
        before = notes.get(f"partial:{slot.name}", "") if asked is slot else ""
        digits, whole = find_phone(text, before)
        if whole and (digits != before):
            found.fills[slot.name] = (digits, digits)
            return " ".join(word for word in text.split() if not word.isdigit())
        if asked is slot and digits and len(digits) >= 2 and digits != before:
            found.partial_phone = digits
            return ""
        return text

    def _catalogue_slots(self, text: str, asked: Slot | None, found: Findings) -> None:
        for name, catalogue in self._catalogues.items():
            slot = self._agent.slots[name]
            if slot.any and says_any(text) and (asked is slot or "anyone" in text or "anybody" in text):
                found.fills[name] = (ANY, "anyone")
                continue
            match = catalogue.find(text)
            if match.best is None:
                continue
            if match.verdict is Verdict.CERTAIN or (asked is slot and len(match.ranked) == 1):
                found.fills[name] = (match.best.entry, match.best.said)
            elif asked is slot or match.best.score >= 0.9:
                found.between[name] = tuple(scored.entry for scored in match.ranked[:2])

    def _when(self, text: str, asked: Slot | None, now: datetime, found: Findings) -> None:
        day, at = self._slot_of("date", asked), self._slot_of("time", asked)
        if day is None and at is None:
            return
        when = find_when(text, now, self._hours, asked_time=bool(asked and asked.type == "time"))
        if day and when.date:
            found.fills[day.name] = (when.date.isoformat(), when.said_date)
        if at and when.time:
            found.fills[at.name] = (f"{when.time:%H:%M}", when.said_time)

    def _question(self, text: str) -> Knowledge | None:
        return next((entry for entry in self._agent.knowledge if says(text, entry.phrases)), None)

    def _task(self, text: str, found: Findings) -> str | None:
        """The task whose longest phrase is said; else the first that has a catalogue slot which was filled."""
        named = [
            (len(phrase), task.name)
            for task in self._agent.tasks.values()
            for phrase in task.phrases
            if says(text, (phrase,))
        ]
        if named:
            return max(named)[1]
        implied = [task for task in self._agent.tasks.values() if self._implies(task, found)]
        return implied[0].name if implied and found.question is None else None

    def _implies(self, task: Task, found: Findings) -> bool:
        """A service, a person, a day or a time is what a booking is made of; a name or a number is not."""
        wanted = (self._agent.slots[slot].type for slot in found.fills if slot in task.slots)
        return any(kind in ("service", "person", "date", "time") for kind in wanted)
