"""The agent file's schema: what may stand in agent.toml. Unknown keys are errors."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from antiphon.core.proposal import Outcome

Words = str | list[str]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
SlotType = Literal["service", "person", "date", "time", "phone", "name", "choice", "text"]


class Strict(BaseModel):
    """Nothing but the named keys."""

    model_config = ConfigDict(extra="forbid")


class About(Strict):
    """Who the agent is."""

    title: str
    description: str = ""
    vertical: Name | None = None
    language: str = "en-US"
    zone: str = "UTC"
    voice: str = "slt"
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "AN"
    opens: Clock = "09:00"
    closes: Clock = "18:00"
    human_task: Name = "message"
    most_misses: Annotated[int, Field(ge=1, le=10)] = 3
    examples: list[str] = []


class SpecialistFile(Strict):
    """A role with its allow-list of tools."""

    name: Name
    purpose: str
    tools: list[str] = []


class SourceFile(Strict):
    """Options from a reading tool."""

    tool: str
    items: str
    id: str
    name: str
    aliases: str | None = None


class SlotFile(Strict):
    """A typed value to learn."""

    type: SlotType
    ask: Words
    again: Words = []
    help: Words = []
    options: dict[str, list[str]] = {}
    source: SourceFile | None = None
    any: bool = False


class LookupFile(Strict):
    """A reading step."""

    name: Name
    tool: str
    needs: list[str]
    arguments: dict[str, str | list[str]]
    items: str
    keep: dict[str, str]
    exact: str | None = None
    offer: str = ""
    empty: dict[str, str] = {}
    retry: list[str] = []


class CommitFile(Strict):
    """The writing step."""

    tool: str
    arguments: dict[str, str | list[str]]
    reference: str | None = None


class TaskFile(Strict):
    """Something to carry out."""

    specialist: Name
    phrases: list[str]
    slots: list[str]
    optional: list[str] = []
    opens: str | None = None
    lookups: list[LookupFile] = []
    confirm: str
    commit: CommitFile
    done: str
    outcome: Outcome = Outcome.DONE


class KnowledgeFile(Strict):
    """A question and its answer."""

    phrases: list[str]
    answer: Words
    tool: str | None = None
    items: str | None = None
    key: str | None = None
    about: str | None = None
    all: str | None = None


class AgentFile(Strict):
    """A whole agent.toml."""

    agent: About
    specialists: Annotated[list[SpecialistFile], Field(min_length=1)]
    slots: dict[str, SlotFile] = {}
    tasks: dict[str, TaskFile] = {}
    knowledge: dict[str, KnowledgeFile] = {}
    texts: dict[str, Words] = {}
    phrases: dict[str, list[str]] = {}
