"""What one typed file says an agent is: persona, voice, specialists, tasks, slots, tools, knowledge, texts.

The same declaration drives the dialogue brain, an LLM's instructions and tool schemas, the checker and the simulated callers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.core.proposal import Json, Outcome

ANY = "any"
"""The value of a slot whose caller has no preference."""

Wordings = tuple[str, ...]
"""Ways to say the same thing; used in turn. Holes such as {service} are filled with spoken values."""

Options = Mapping[str, Mapping[str, tuple[str, ...]]]
"""slot → option id → names, the first being the one spoken; as they are now."""


@dataclass(frozen=True, slots=True)
class OptionSource:
    """A reading tool whose result lists a slot's options: result[`items`], each with fields `id`, `name` and perhaps `aliases`."""

    tool: str
    items: str
    id: str
    name: str
    aliases: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A typed value to learn. `type` is service, person, date, time, phone, name, address, choice, number, yes_no or text.

    `called` are words for the slot itself ("the time", "my number"), so that a caller can say what is to be changed.
    """

    name: str
    type: str
    ask: Wordings
    again: Wordings = ()
    help: Wordings = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: OptionSource | None = None
    any: bool = False  # "anyone", "any time" is an answer
    many: bool = False  # "a haircut and a blow dry": ids joined by commas
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """A step that asks a reading tool once its slots are filled, and asks again when one changes.

    `arguments` are templates over slots and notes; one whose hole is empty is left out, unless the hole says what stands in:
    "{date|today}", "{date|today+7}". A time slot that holds a part of the day only ("in the morning") is empty as {time} and has
    it as {time_part}. Result[`items`] is a list of options; a single one, or the first when result[`exact`] is true, is taken if
    the caller named what it decides, else up to three are offered. Taking one copies its fields: `keep` maps a slot or note to a
    field. `offer` says an option, `offer_far` one of options on several days. `empty` maps result["reason"] to the name of a
    text; the slots `retry` are then asked again. `refused` maps an error's code to the slots
    asked again instead of `retry`. `saying` is said before a tool that takes its time.
    """

    name: str
    tool: str
    needs: tuple[str, ...]
    arguments: Mapping[str, Json]
    items: str
    keep: Mapping[str, str]
    exact: str | None = None
    offer: str = ""
    offer_far: str = ""
    saying: str = ""
    empty: Mapping[str, str] = field(default_factory=dict)
    retry: tuple[str, ...] = ()
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commit:
    """The writing step, after the caller's yes. `reference` is the result's field with the reference."""

    tool: str
    arguments: Mapping[str, Json]
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that goes well with what was chosen: mentioned once a call beside the next question, never after a "no".

    The reading `tool` is asked once `slot`s `needs` are filled; result[`item`] is a row or null. `say` mentions the row; a caller
    who agrees, or names it, fills `slot` with the row's field `id`.
    """

    tool: str
    needs: tuple[str, ...]
    arguments: Mapping[str, Json]
    item: str
    slot: str
    id: str
    say: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something an agent can carry out: slots in the order they are asked for, lookups, a confirmation, a commit."""

    name: str
    specialist: str
    phrases: tuple[str, ...]
    slots: tuple[str, ...]
    confirm: str
    done: str
    commit: Commit
    lookups: tuple[Lookup, ...] = ()
    optional: tuple[str, ...] = ()
    outcome: Outcome = Outcome.DONE
    opens: str | None = None  # text said when the task begins
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """An answer to a question asked in any of `phrases`. With a tool, `answer` takes the fields of the row whose `key` field is the
    value of slot `about`; nothing is ever guessed. When the question names none and none is known, `ask` asks which; without it
    `all` says every row, and `listed` is the sentence around {list}."""

    name: str
    phrases: tuple[str, ...]
    answer: Wordings
    tool: str | None = None
    items: str | None = None
    key: str | None = None
    about: str | None = None
    all: str | None = None
    listed: str = "{list}."
    ask: str | None = None
    arguments: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Specialist:
    """One role: what it is for, the tools it may use, and what a language model in this role is told besides."""

    name: str
    purpose: str
    tools: tuple[str, ...]
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A whole agent. `version` is a hash of its files; `prefix` begins its references; hours are minutes of the local day.

    `prompt` is what a language model is told in every role. `human_task` takes a message when a person is wanted and none can be
    reached, or after `most_misses` turns in a row that were not understood.
    """

    name: str
    title: str
    description: str
    language: str
    zone: str
    voice: str
    prefix: str
    specialists: tuple[Specialist, ...]
    tasks: Mapping[str, Task]
    slots: Mapping[str, Slot]
    knowledge: tuple[Knowledge, ...]
    texts: Mapping[str, Wordings]
    phrases: Mapping[str, tuple[str, ...]]
    opens_min: int
    closes_min: int
    version: str
    vertical: str | None = None
    human_task: str = "message"
    most_misses: int = 3
    examples: tuple[str, ...] = ()
    prompt: str = ""

    def specialist(self, name: str) -> Specialist:
        """A role by name; the first one if there is none of that name."""
        return next((each for each in self.specialists if each.name == name), self.specialists[0])

    @property
    def first_specialist(self) -> str:
        """Who answers."""
        return self.specialists[0].name

    @property
    def tools(self) -> frozenset[str]:
        """All tools that any specialist may use."""
        return frozenset(tool for specialist in self.specialists for tool in specialist.tools)
