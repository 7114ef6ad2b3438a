"""Tools as a call sees them: declared by name, called once per key."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from antiphon.core.proposal import Json


class Effect(StrEnum):
    """What a tool does to the world."""

    READS = "reads"
    WRITES = "writes"  # can be undone
    IRREVERSIBLE = "irreversible"  # leaves the house: confirm with the caller first
    SIGNALS = "signals"  # goes to the far end, as words do; of the tools on the call itself alone (`call.toolbox`)


@dataclass(frozen=True, slots=True)
class ToolDeclaration:
    """A tool as a model sees it. `parameters` is a JSON Schema object; `description` says when to call it and when not."""

    name: str
    description: str
    parameters: Mapping[str, Json]
    effect: Effect
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class ToolCaller:
    """On whose behalf: from the credential and the session, never from the model. `subject` is the caller's verified phone
    number in E.164, if the channel gives one."""

    tenant: str
    call: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`ok` with a JSON value, or the error envelope {code, say, retryable}."""

    ok: bool
    value: Json


class Toolbox(Protocol):
    """The tools of one agent."""

    def declarations(self) -> tuple[ToolDeclaration, ...]: ...

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        """Run a tool. The same `key` gives the same result and one effect. Never raises for what a tool may do: a refusal, bad
        arguments, a timeout and a crash all come back as results with ok=False."""
