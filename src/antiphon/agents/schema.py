"""The agent file's schema: what may stand in agent.toml. Unknown keys are errors.

Editors get it as docs/reference/agent.schema.json.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from antiphon.core.proposal import Outcome

Words = Annotated[str | list[str], Field(description="one wording, or several that are used in turn")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
Arguments = Annotated[
    dict[str, str | list[str]],
    Field(
        description='templates over slots and notes: "{date}", ["{service}"], "{date|today+7}"; an empty one is left out'
    ),
]
SlotType = Literal[
    "service", "person", "date", "time", "phone", "name", "address", "choice", "number", "yes_no", "text"
]


class Strict(BaseModel):
    """Nothing but the named keys."""

    model_config = ConfigDict(extra="forbid")


class About(Strict):
    """Who the agent is."""

    title: Annotated[str, Field(min_length=1, description="the name callers hear and the page shows")]
    description: str = ""
    vertical: Annotated[Name | None, Field(description="the trade whose tools it uses, by entry point")] = None
    language: str = "en-US"
    zone: Annotated[str, Field(description='the business\'s time zone: "tomorrow" is its tomorrow')] = "UTC"
    voice: Annotated[str, Field(description="slt, rms, awb or kal16, for the embedded voice")] = "slt"
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="begins references such as GB-20261120-001")] = "AN"
    opens: Annotated[Clock, Field(description="with closes: which half of the day a bare hour means")] = "09:00"
    closes: Clock = "18:00"
    human_task: Annotated[Name, Field(description="the task for callers who want a person: it takes a message")] = (
        "message"
    )
    most_misses: Annotated[int, Field(ge=1, le=10, description="turns not understood in a row before that task")] = 3
    examples: Annotated[list[str], Field(description="what a caller may say, shown on the page")] = []


class SpecialistFile(Strict):
    """A role with its allow-list of tools. prompts/<name>.md is what a language model is told in it."""

    name: Name
    purpose: str
    tools: Annotated[
        list[str],
        Field(
            description="of its vertical, and press_keys, which presses telephone keys towards the far end ([keys](keys.md)); "
            "take_message is every role's"
        ),
    ] = []


class SourceFile(Strict):
    """Options from a reading tool: result[items] is a list of rows with the fields id, name and perhaps aliases."""

    tool: str
    items: str
    id: str
    name: str
    aliases: str | None = None


class SlotFile(Strict):
    """A typed value to learn."""

    type: SlotType
    ask: Words
    again: Annotated[Words, Field(description="when it is asked again")] = []
    help: Annotated[Words, Field(description="after the second turn that was not understood")] = []
    options: Annotated[dict[str, list[str]], Field(description="id → names, the first is the one spoken")] = {}
    source: SourceFile | None = None
    any: Annotated[bool, Field(description='"anyone", "any time" is an answer')] = False
    many: Annotated[bool, Field(description='"a haircut and a blow dry" is an answer')] = False
    called: Annotated[list[str], Field(description='what callers call it: "change the stylist"')] = []


class LookupFile(Strict):
    """A reading step: asked once `needs` are filled, and again when one of them changes."""

    name: Name
    tool: str
    needs: list[str]
    arguments: Arguments
    items: str
    keep: Annotated[dict[str, str], Field(description="slot or note → field of the row that is taken")]
    exact: str | None = None
    offer: str = ""
    offer_far: Annotated[str, Field(description="like offer, for options on several days")] = ""
    saying: Annotated[str, Field(description="said first, for a tool that takes its time")] = ""
    empty: Annotated[dict[str, str], Field(description='result["reason"] → name of a text; "" for any other')] = {}
    retry: Annotated[list[str], Field(description="slots asked again when nothing was found")] = []
    refused: Annotated[dict[str, list[str]], Field(description="error code → slots asked again instead")] = {}


class SuggestionFile(Strict):
    """Something that goes well with what was chosen: mentioned once a call beside the next question."""

    tool: str
    needs: list[str]
    arguments: Arguments
    item: str
    slot: Annotated[str, Field(description="filled when the caller agrees")]
    id: Annotated[str, Field(description="field of the row that fills the slot")]
    say: str


class CommitFile(Strict):
    """The writing step, after the caller's yes to `confirm`."""

    tool: str
    arguments: Arguments
    reference: str | None = None


class TaskFile(Strict):
    """Something to carry out."""

    specialist: Name
    phrases: Annotated[list[str], Field(description="what callers say who want it")]
    slots: Annotated[list[str], Field(description="in the order they are asked for")]
    optional: Annotated[list[str], Field(description="kept when said, never asked for")] = []
    opens: str | None = None
    lookups: list[LookupFile] = []
    suggestion: SuggestionFile | None = None
    confirm: str
    commit: CommitFile
    done: str
    outcome: Outcome = Outcome.DONE


class KnowledgeFile(Strict):
    """A question and its answer; with a tool the answer comes from its rows."""

    phrases: list[str]
    answer: Words
    tool: str | None = None
    arguments: Arguments = {}
    items: str | None = None
    key: Annotated[str | None, Field(description="the rows' field that holds the value of `about`")] = None
    about: Annotated[str | None, Field(description="the slot whose value the question is about")] = None
    ask: Annotated[str | None, Field(description="asks which one, when the caller did not say")] = None
    all: Annotated[str | None, Field(description="how to say a row when all are listed")] = None
    listed: Annotated[str, Field(description="the sentence around {list}")] = "{list}."


class AgentFile(Strict):
    """A whole agent.toml."""

    agent: About
    specialists: Annotated[list[SpecialistFile], Field(min_length=1)]
    slots: dict[Name, SlotFile] = {}
    tasks: dict[Name, TaskFile] = {}
    knowledge: dict[Name, KnowledgeFile] = {}
    texts: dict[str, Words] = {}
    phrases: dict[str, list[str]] = {}


class KnowledgeFolderFile(Strict):
    """A file knowledge/*.toml: more questions and answers."""

    knowledge: dict[Name, KnowledgeFile]


def json_schema() -> dict[str, Any]:
    """The agent file's JSON Schema (2020-12), for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An Antiphon agent",
        **AgentFile.model_json_schema(),
    }
