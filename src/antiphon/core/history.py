"""What happened so far as a brain may know it: only what was heard, in the order of the floor, never a dangling tool call."""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.core.proposal import Json


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """One turn of the caller's. `alternative` is what the losing decoder heard, if it differs."""

    turn: int
    text: str
    typed: bool = False
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The part of a reply that the caller heard; `cut` if there was more."""

    reply: int
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool was ordered."""

    tool_call: int
    tool: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A tool's result; always enters, also when the sentence that announced it was cut."""

    tool_call: int
    tool: str
    ok: bool
    result: Json


@dataclass(frozen=True, slots=True)
class HandedOff:
    """Another specialist took over."""

    to: str


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """Time passed without an answer; `count` in a row."""

    count: int


Entry = CallerSaid | AgentSaid | ToolCalled | ToolAnswered | HandedOff | CallerSilent
History = tuple[Entry, ...]
