"""What one typed file says an agent is: persona, voice, specialists, tasks, slots, tools, knowledge, texts.

The same declaration drives the dialogue brain, an LLM's instructions and tool schemas, the checker and the simulated callers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.core.proposal import Json, Outcome

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
    """A typed value to learn. `type` is service, person, date, time, phone, name, choice or text."""

    name: str
    type: str
    ask: Wordings
    again: Wordings = ()
    help: Wordings = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: OptionSource | None = None
    any: bool = False  # "anyone" is an answer


@dataclass(frozen=True, slots=True)
class Lookup:
    """A step that asks a reading tool once its slots are filled, and asks again when one changes.

    `arguments` are templates over slots and notes; one whose hole is empty is left out. Result[`items`] is a list of options; the
    first is taken if result[`exact`] is true (or there is no such field), else up to three are offered. Taking one copies its
    fields: `keep` maps a slot or note to a field. `empty` maps result["reason"] to the name of a text; the slots `retry` are then
    asked again.
    """

    name: str
    tool: str
    needs: tuple[str, ...]
    arguments: Mapping[str, Json]
    items: str
    keep: Mapping[str, str]
    exact: str | None = None
    offer: str = ""
    empty: Mapping[str, str] = field(default_factory=dict)
    retry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """The writing step, after the caller's yes. `reference` is the result's field with the reference."""

    tool: str
    arguments: Mapping[str, Json]
    reference: str | None = None


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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """An answer to a question asked in any of `phrases`. With a tool, `answer` takes the fields of the row whose `key` field is the
    value of slot `about`; nothing is ever guessed."""

    name: str
    phrases: tuple[str, ...]
    answer: Wordings
    tool: str | None = None
    items: str | None = None
    key: str | None = None
    about: str | None = None
    all: str | None = None  # how to list every row when the question names none


@dataclass(frozen=True, slots=True)
class Specialist:
    """One role: what it is for, and the tools it may use."""

    name: str
    purpose: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """A whole agent. `version` is a hash of its files; `prefix` begins its references; hours are minutes of the local day."""

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

    @property
    def first_specialist(self) -> str:
        """Who answers."""
        return self.specialists[0].name

    @property
    def tools(self) -> frozenset[str]:
        """All tools that any specialist may use."""
        return frozenset(tool for specialist in self.specialists for tool in specialist.tools)
