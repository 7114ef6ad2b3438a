"""What a caller's words say: slots in any order and number, an answer, a wish, a task, a question."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from antiphon.brains.dialogue.choose import choose
from antiphon.brains.dialogue.named import bare_name_stands, without
from antiphon.core.agent import ANY, Agent, Knowledge, Options, Slot, Task
from antiphon.core.proposal import Expect
from antiphon.spoken.answers import Answer, says, says_any, yes_or_no
from antiphon.spoken.dates import find_dates
from antiphon.spoken.match import Catalogue
from antiphon.spoken.moments import find_when
from antiphon.spoken.names import corrected_name, find_name
from antiphon.spoken.numbers import cardinal
from antiphon.spoken.phones import find_phone, too_many
from antiphon.spoken.times import Hours
from antiphon.spoken.words import tokens

FREE = ("text", "address")
"""Slots that take the caller's words as they are."""
CATALOGUED = ("service", "person", "choice")
ALONE = ("hello", "pardon", "thanks")
"""Wishes that are meant only by a turn that says nothing else: "what"."""
SHORT = 5
"""Words up to which a wish ("say that again") is no free text."""
SOUNDS_LIKE = 0.9
"""How near a task's phrase must sound to count without being spelled so."""
_GREETING = re.compile(r"\bgood (morning|afternoon|evening|day)\b", re.IGNORECASE)
_TO_BE = re.compile(
    r"^.*\b(?:should be|supposed to be|meant to be|change (?:it|that|the name|my name) to)\b", re.IGNORECASE
)
_THE_ONE = re.compile(r"\b(?:the|that|this|which|first|second|third|last|later|earlier|other) ones?\b", re.IGNORECASE)
"""One of several, not one o'clock."""
_SOON = re.compile(r"time|available|soon|earliest|opening|whenever")


@dataclass(slots=True)
class Findings:
    """What was found. `fills` are slot → (value, words)."""

    fills: dict[str, tuple[str, str]] = field(default_factory=dict)
    between: dict[str, tuple[str, ...]] = field(default_factory=dict)  # slot → option ids that sound alike
    parts: dict[str, str] = field(default_factory=dict)  # time slot → part of the day, or "any"
    partial_phone: str = ""
    too_many_digits: bool = False
    answer: Answer = Answer.UNCLEAR
    wishes: set[str] = field(default_factory=set)
    labels: tuple[str, ...] = ()  # slots called by their name: "the time"
    task: str | None = None
    said_task: bool = False  # by its own phrase
    question: Knowledge | None = None
    about: str = ""  # the option the question names; asking for its price is not choosing it

    @property
    def values(self) -> bool:
        """Whether the turn says anything about slots."""
        return bool(self.fills or self.between or self.parts or self.partial_phone)

    @property
    def empty(self) -> bool:
        """Whether nothing at all was understood."""
        understood = self.values or self.wishes or self.task or self.question or self.labels
        return not understood and self.answer is Answer.UNCLEAR


@dataclass(frozen=True, slots=True)
class Listening:
    """In what light a turn is read: what was asked, in which task, what earlier turns left open."""

    expecting: Expect | None
    task: Task | None
    notes: Mapping[str, str]
    now: datetime
    beside: tuple[str, ...] = ()  # slots that say which of the offered options is meant
    name: str = ""  # as it was just read back


class Understanding:
    """Reads turns for one agent with its present options."""

    def __init__(self, agent: Agent, options: Options) -> None:
        self._agent = agent
        self._hours = Hours(agent.opens_min, agent.closes_min)
        suggested = {task.suggestion.slot for task in agent.tasks.values() if task.suggestion}
        self._catalogues = {
            name: Catalogue(entries) for name, entries in options.items() if entries and name not in suggested
        }
        self._wanted = [name for name in agent.slots if any(name in task.slots for task in agent.tasks.values())]
        long = {task.name: [phrase for phrase in task.phrases if len(phrase) >= 8] for task in agent.tasks.values()}
        self._tasks = Catalogue({name: phrases for name, phrases in long.items() if phrases})

    def read(self, text: str, light: Listening) -> Findings:
        """The findings of one turn."""
        found = Findings(answer=yes_or_no(text))
        found.wishes = {kind for kind, phrases in self._agent.phrases.items() if _wishes(kind, text, phrases)}
        asked = self._asked(light, text, found)
        if asked and asked.type in FREE and text.strip() and not self._only_a_wish(text, found):
            self._beside(text, light.task, found)
            found.fills[asked.name] = (text.strip(), text.strip())
            return found
        slots = self._open_slots(light, asked)
        rest = self._name(_GREETING.sub(" ", text), _of("name", slots, asked), asked, light.name, found)
        rest = self._phone(rest, _of("phone", slots, asked), asked, light.notes, found)
        self._catalogued(rest, slots, asked, found)
        self._when(rest, slots, asked, light, found)
        self._plain(rest, asked, found)
        self._question(text, found)
        self._task(text, light.task, found)
        return found

    # --- what may be said --------------------------------------------------------------------------------------------

    def _asked(self, light: Listening, text: str, found: Findings) -> Slot | None:
        """The slot asked for; a caller who calls another one by its name, to change it, speaks of that one."""
        asked = self._agent.slots.get(light.expecting.slot) if light.expecting and light.expecting.slot else None
        changing = light.notes.get("changing") or ("wrong" in found.wishes or found.answer is Answer.NO)
        if light.task and "same" in found.wishes:
            found.labels = tuple(name for name in light.task.slots if says(text, self._agent.slots[name].called))
            return asked
        if light.task and changing and (light.expecting is None or light.expecting.kind in ("yes_no", "open")):
            names = [self._agent.slots[name] for name in light.task.slots]
            called = [slot for slot in names if says(text, slot.called)]
            found.labels = tuple(slot.name for slot in called)
            return called[0] if called else asked
        return asked

    def _only_a_wish(self, text: str, found: Findings) -> bool:
        wishes = found.wishes & {"repeat", "hold", "goodbye", "human", "never_mind"}
        return bool(wishes) and len(tokens(text)) <= SHORT

    def _beside(self, text: str, task: Task | None, found: Findings) -> None:
        """ "it's urgent" within free text: what may be said and is never asked for."""
        for name in task.optional if task else ():
            match = self._catalogues[name].find(text) if name in self._catalogues else None
            if match and match.best and match.best.score == 1.0:
                found.fills[name] = (match.best.entry, match.best.said)

    def _open_slots(self, light: Listening, asked: Slot | None) -> list[Slot]:
        """The slots a turn may fill: those of the open task, those any task asks for while there is none."""
        task = light.task
        names: Iterable[str] = (*task.slots, *task.optional) if task else self._wanted
        slots = [self._agent.slots[name] for name in dict.fromkeys((*names, *light.beside))]
        return slots if asked is None or asked in slots else [asked, *slots]

    # --- values ------------------------------------------------------------------------------------------------------

    def _name(self, text: str, slot: Slot | None, asked: Slot | None, read_back: str, found: Findings) -> str:
        if slot is None:
            return text
        objects = found.answer is Answer.NO or asked is slot
        if read_back and objects and (name := corrected_name(text, read_back)):
            found.fills[slot.name] = (name, name)
            return ""
        introduced = _TO_BE.sub("", text) if asked is slot else text
        name = find_name(introduced, asked=asked is slot) or find_name(text, asked=asked is slot)
        if not name or self._is_catalogued(name, asked, slot):
            return text
        if asked is slot and not find_name(text) and not bare_name_stands(introduced, name):
            return text
        found.fills[slot.name] = (name, name)
        return without(text, name)

    def _is_catalogued(self, name: str, asked: Slot | None, slot: Slot) -> bool:
        """ "it's maria" in answer to anything but the name question is the stylist; "a manicure" is never a name."""
        for other, catalogue in self._catalogues.items():
            person = self._agent.slots[other].type == "person"
            best = catalogue.find(name).best
            if best and best.score >= SOUNDS_LIKE and " " not in name and (asked is not slot or not person):
                return True
        return False

    def _phone(
        self, text: str, slot: Slot | None, asked: Slot | None, notes: Mapping[str, str], found: Findings
    ) -> str:
        if slot is None:
            return text
        before = notes.get(f"partial:{slot.name}", "") if asked is slot else ""
        digits, whole = find_phone(text, before)
        said, _ = find_phone(text)
        if len(before) == 7 and len(said) == 3 and said[0] not in "01":  # a local number, and now its area code
            digits, whole = said + before, True
        if whole and digits != before:
            found.fills[slot.name] = (digits, digits)
            return " ".join(word for word in text.split() if not word.isdigit())
        if asked is slot and too_many(digits):
            found.too_many_digits = True
            return ""
        if asked is slot and len(digits) >= 2 and digits != before:
            found.partial_phone = digits
            return ""
        return text

    def _catalogued(self, text: str, slots: list[Slot], asked: Slot | None, found: Findings) -> None:
        for slot in slots:
            if slot.type not in CATALOGUED or slot.name not in self._catalogues:
                continue
            if slot.any and says_any(text) and (asked is slot or says(text, ("anyone", "anybody", "whoever"))):
                found.fills[slot.name] = (ANY, "anyone")
                continue
            choice = choose(self._catalogues[slot.name], text, asked=asked is slot, many=slot.many)
            if choice and choice.between:
                found.between[slot.name] = choice.between
            elif choice:
                found.fills[slot.name] = (",".join(choice.entries), choice.said)

    def _when(self, text: str, slots: list[Slot], asked: Slot | None, light: Listening, found: Findings) -> None:
        day, at = _of("date", slots, asked), _of("time", slots, asked)
        if day is None and at is None:
            return
        text = _THE_ONE.sub(" ", _new_day(text, light.now))
        bare_hours = (asked is not None and asked is at) or (at is not None and at.name in light.beside)
        when = find_when(text, light.now, self._hours, asked_time=bare_hours)
        if day and when.date:
            found.fills[day.name] = (when.date.isoformat(), when.said_date)
        if at and when.time:
            found.fills[at.name] = (f"{when.time:%H:%M}", when.said_time)
        elif at and when.part_of_day:
            found.parts[at.name] = when.part_of_day
        elif "any_time" in found.wishes:
            self._any_time(text, day, at, asked, found)

    def _any_time(self, text: str, day: Slot | None, at: Slot | None, asked: Slot | None, found: Findings) -> None:
        soon = any(_SOON.search(phrase) and says(text, (phrase,)) for phrase in self._agent.phrases["any_time"])
        wanted = (asked and asked in (day, at)) or soon
        if not wanted:
            return
        if day and day.any and day.name not in found.fills and (asked is day or asked is not at):
            found.fills[day.name] = (ANY, "any day")
        if at and (asked is at or soon):
            found.parts[at.name] = ANY

    def _plain(self, text: str, asked: Slot | None, found: Findings) -> None:
        if asked and asked.type == "yes_no" and found.answer is not Answer.UNCLEAR:
            found.fills[asked.name] = (found.answer.value, text.strip())
        if asked and asked.type == "number":
            words = tokens(text)
            number = next((read for at in range(len(words)) if (read := cardinal(words, at))), None)
            if number:
                found.fills[asked.name] = (str(number[0]), text.strip())

    # --- tasks and questions -----------------------------------------------------------------------------------------

    def _question(self, text: str, found: Findings) -> None:
        """The question with the longest phrase that is said."""
        named = [
            (len(phrase), at)
            for at, entry in enumerate(self._agent.knowledge)
            for phrase in entry.phrases
            if says(text, (phrase,))
        ]
        if not named:
            return
        found.question = self._agent.knowledge[max(named, key=lambda each: (each[0], -each[1]))[1]]
        about = found.question.about
        if about:
            if about not in found.fills and about in self._catalogues:
                choice = choose(self._catalogues[about], text, asked=False, many=False)
                found.about = choice.entries[0] if choice and choice.entries else ""
            else:
                found.about = found.fills.pop(about, ("", ""))[0].split(",")[0]
            found.between.pop(about, None)

    def _task(self, text: str, open_task: Task | None, found: Findings) -> None:
        """The task whose longest phrase is said, or sounds as if; else the first that takes what was filled."""
        named = [
            (len(phrase), task.name)
            for task in self._agent.tasks.values()
            for phrase in task.phrases
            if says(text, (phrase,))
        ]
        if match := self._tasks.find(text).best:
            named += [(len(match.said), match.entry)] if match.score >= SOUNDS_LIKE else []
        if named:
            found.task, found.said_task = max(named)[1], True
        elif open_task is None and found.question is None:
            found.task = next((task.name for task in self._agent.tasks.values() if self._takes(task, found)), None)

    def _takes(self, task: Task, found: Findings) -> bool:
        filled = {slot for slot in (*found.fills, *found.between) if slot in task.slots}
        return any(self._agent.slots[slot].type in ("service", "choice", "person", "date", "time") for slot in filled)


def _wishes(kind: str, text: str, phrases: tuple[str, ...]) -> bool:
    return tokens(text) in [tokens(phrase) for phrase in phrases] if kind in ALONE else says(text, phrases)


def _of(kind: str, slots: list[Slot], asked: Slot | None) -> Slot | None:
    """The slot a value of this type goes to: the one asked for, else the first of the type."""
    if asked and asked.type == kind:
        return asked
    return next((slot for slot in slots if slot.type == kind), None)


def _new_day(text: str, now: datetime) -> str:
    """ "from tuesday to thursday" asks for thursday."""
    before, to, after = text.rpartition(" to ")
    moved = to and find_dates(tokens(before), now.date()) and find_dates(tokens(after), now.date())
    return after if moved else text
