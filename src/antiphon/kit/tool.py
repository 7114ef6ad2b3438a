"""A tool: a typed async function with an effect class and a timeout, declared from its own signature."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, create_model
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.core.proposal import Json
from antiphon.kit.tables import proven_numbers
from antiphon.ports.tool import Effect, ToolDeclaration


class Transaction(Protocol):
    """Opens the writing transaction of a tool call at its first write."""

    async def __call__(self) -> AsyncConnection:
        """The connection; the same one within a call. Committed once, with the idempotency key, when the tool returns."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may know and use. `now` is the business's local time, `subject` the caller's verified number if there is one.

    `read` is a connection for reading. `tx` is None for a tool with an effect outside: no vendor is awaited in a transaction.
    `proofs` are numbers of whose bookings the caller knew enough in this tool call; kept for the call when the tool succeeds.
    """

    tenant: str
    call: str
    key: str
    subject: str | None
    now: datetime
    prefix: str
    read: AsyncConnection
    tx: Transaction | None
    proofs: set[str] = field(default_factory=set)

    async def write(self) -> AsyncConnection:
        """The transaction of this call."""
        assert self.tx is not None, "a tool that writes declares Effect.WRITES"
        return await self.tx()

    async def speaks_for(self, number: str) -> bool:
        """Whether this caller may change what belongs to `number`: it is their line, or they named it earlier in this call and what
        belongs to it was found. A reference alone proves nothing: references can be guessed."""
        if number == self.subject or number in self.proofs:
            return True
        mine = (proven_numbers.c.tenant == self.tenant) & (proven_numbers.c.call == self.call)
        query = select(proven_numbers.c.number).where(mine, proven_numbers.c.number == number)
        return (await self.read.execute(query)).first() is not None


Function = Callable[..., Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the toolbox runs it."""

    name: str
    function: Function
    arguments: type[BaseModel]
    declaration: ToolDeclaration

    def check(self, arguments: Mapping[str, Json]) -> BaseModel:
        """Arguments of the declared types. Raises pydantic's ValidationError."""
        return self.arguments.model_validate(dict(arguments))

    async def run(self, context: ToolContext, checked: BaseModel) -> Json:
        """The tool itself. Raises ToolError, or whatever breaks."""
        return await self.function(context, **{name: getattr(checked, name) for name in type(checked).model_fields})


def tool(effect: Effect = Effect.READS, timeout_ms: int = 3_000) -> Callable[[Function], Tool]:
    """Declare `async def name(context, …)` as a tool: its docstring says when to call it, its annotations are the schema."""

    def declare(function: Function) -> Tool:
        fields: dict[str, Any] = {}
        for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
            required = parameter.default is inspect.Parameter.empty
            fields[name] = (parameter.annotation, ... if required else parameter.default)
        named = function.__name__
        model = create_model(named, __config__=ConfigDict(extra="forbid"), **fields)
        schema = model.model_json_schema()
        declaration = ToolDeclaration(named, inspect.getdoc(function) or "", schema, effect, timeout_ms)
        return Tool(named, function, model, declaration)

    return declare
