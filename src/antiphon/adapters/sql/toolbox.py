"""The toolbox: runs an agent's tools with checked arguments, a timeout, and one effect per key.

A tool that writes gets its transaction at its first write. The key's row is looked up before it runs and again in that transaction,
and written there, so the same key gives the same result and one effect, whoever asks and however often.

A tool with an effect outside the house gets no transaction: an attempt row, then the call, then its outcome. An attempt without an
outcome is "unknown": the effect may have happened, so it is neither claimed nor repeated. A refusal is an outcome; one that may be
retried takes the attempt back.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.adapters.sql.engine import Engines
from antiphon.core.errors import ToolError
from antiphon.core.proposal import Json
from antiphon.kit.tables import proven_numbers, tool_attempts, tool_results
from antiphon.kit.tool import Tool, ToolContext
from antiphon.ports.clock import Clock
from antiphon.ports.tool import Effect, ToolCaller, ToolDeclaration, ToolResult

LARGEST_RESULT = 16 * 1024
"""Characters of JSON a tool may answer with; what is longer does not fit a brain's attention either."""
log = structlog.get_logger("antiphon.tools")


class _Replayed(Exception):
    """This key has its result already."""

    def __init__(self, result: ToolResult) -> None:
        super().__init__()
        self.result = result


class _LazyTransaction:
    """Begins at the first write and looks the key up there."""

    def __init__(self, engines: Engines, tool: str, caller: ToolCaller, key: str, stack: AsyncExitStack) -> None:
        self._engines, self._tool, self._caller, self._key, self._stack = engines, tool, caller, key, stack
        self.connection: AsyncConnection | None = None

    async def __call__(self) -> AsyncConnection:
        if self.connection is None:
            self.connection = await self._stack.enter_async_context(self._engines.writer.begin())
            await _replay(self.connection, self._tool, self._caller, self._key)
        return self.connection


class SqlToolbox:
    """Implements `ports.tool.Toolbox` for one agent, whose `tools` are all it may use. `prefix` begins its references, `zone` is
    its business's."""

    def __init__(self, tools: Iterable[Tool], engines: Engines, clock: Clock, *, zone: str, prefix: str) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._engines, self._clock, self._zone, self._prefix = engines, clock, ZoneInfo(zone), prefix

    def declarations(self) -> tuple[ToolDeclaration, ...]:
        """See `ports.tool`."""
        return tuple(tool.declaration for tool in self._tools.values())

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        """See `ports.tool`."""
        found = self._tools.get(tool)
        if found is None:
            return _refused("unknown_tool", "", retryable=False)
        try:
            checked = found.check(arguments)
            if found.declaration.effect is Effect.IRREVERSIBLE:
                return await self._call_outside(found, checked, caller, key)
            async with asyncio.timeout(found.declaration.timeout_ms / 1000):
                return ToolResult(True, await self._run(found, checked, caller, key))
        except _Replayed as replayed:
            return replayed.result
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return _refused("bad_argument", "", retryable=False, detail=f"{where}: {first['msg']}")
        except ToolError as error:
            return _refusal(error)
        except TimeoutError:
            return _refused("timeout", "", retryable=True)
        except Exception as error:  # noqa: BLE001  # the boundary of a tool: what breaks one call must not end the conversation
            _log_broken(found, caller, error)
            return _refused("internal", "", retryable=False)

    async def _run(self, tool: Tool, checked: BaseModel, caller: ToolCaller, key: str) -> Json:
        async with AsyncExitStack() as stack:
            read = await stack.enter_async_context(self._engines.readers.connect())
            writing = tool.declaration.effect is Effect.WRITES
            tx = _LazyTransaction(self._engines, tool.name, caller, key, stack) if writing else None
            if writing:
                await _replay(read, tool.name, caller, key)
            context = self._context(caller, key, read, tx)
            result = _sized(await tool.run(context, checked))
            if tx is not None and tx.connection is not None:
                values = {"tenant": caller.tenant, "key": key, "tool": tool.name, "result": json.dumps(result)}
                await tx.connection.execute(tool_results.insert().values(values | {"at": self._utc()}))
            if context.proofs:
                begun = tx.connection if tx is not None else None
                if begun is None:
                    begun = await stack.enter_async_context(self._engines.writer.begin())
                await _keep_proofs(begun, context)
            return result

    async def _call_outside(self, tool: Tool, checked: BaseModel, caller: ToolCaller, key: str) -> ToolResult:
        await self._begin_attempt(tool, caller, key)
        try:
            async with asyncio.timeout(tool.declaration.timeout_ms / 1000), self._engines.readers.connect() as read:
                context = self._context(caller, key, read, None)
                result = ToolResult(True, _sized(await tool.run(context, checked)))
        except ToolError as error:
            result = _refusal(error)
            if error.retryable:
                await self._take_back(caller, key)
                return result
        except TimeoutError:
            return _refusal(UNKNOWN)
        except Exception as error:  # noqa: BLE001  # as in `call`; whether the vendor did it nobody can say
            _log_broken(tool, caller, error)
            return _refusal(UNKNOWN)
        await self._end_attempt(caller, key, result)
        return result

    async def _begin_attempt(self, tool: Tool, caller: ToolCaller, key: str) -> None:
        query = select(tool_attempts.c.tool, tool_attempts.c.result).where(_attempt(caller, key))
        async with self._engines.writer.begin() as tx:
            attempt = (await tx.execute(query)).first()
            if attempt is not None:
                if attempt.result is None or attempt.tool != tool.name:
                    raise UNKNOWN
                raise _Replayed(ToolResult(**json.loads(attempt.result)))
            begun = {"tenant": caller.tenant, "key": key, "tool": tool.name, "begun": self._utc()}
            await tx.execute(tool_attempts.insert().values(begun))

    async def _end_attempt(self, caller: ToolCaller, key: str, result: ToolResult) -> None:
        outcome = json.dumps({"ok": result.ok, "value": result.value})
        async with self._engines.writer.begin() as tx:
            await tx.execute(
                update(tool_attempts).where(_attempt(caller, key)).values(ended=self._utc(), result=outcome)
            )

    async def _take_back(self, caller: ToolCaller, key: str) -> None:
        async with self._engines.writer.begin() as tx:
            await tx.execute(delete(tool_attempts).where(_attempt(caller, key)))

    def _context(self, caller: ToolCaller, key: str, read: AsyncConnection, tx: _LazyTransaction | None) -> ToolContext:
        now = self._clock.utc().astimezone(self._zone)
        return ToolContext(caller.tenant, caller.call, key, caller.subject, now, self._prefix, read, tx)

    def _utc(self) -> str:
        moment: datetime = self._clock.utc()
        return moment.isoformat()


UNKNOWN = ToolError("unknown", "I could not confirm that.")


def _attempt(caller: ToolCaller, key: str) -> ColumnElement[bool]:
    return (tool_attempts.c.tenant == caller.tenant) & (tool_attempts.c.key == key)


async def _replay(connection: AsyncConnection, tool: str, caller: ToolCaller, key: str) -> None:
    """Raises what this key gave before, if it gave something."""
    mine = (tool_results.c.tenant == caller.tenant) & (tool_results.c.key == key) & (tool_results.c.tool == tool)
    kept = (await connection.execute(select(tool_results.c.result).where(mine))).scalar()
    if kept is not None:
        raise _Replayed(ToolResult(True, json.loads(kept)))


async def _keep_proofs(tx: AsyncConnection, context: ToolContext) -> None:
    mine = (proven_numbers.c.tenant == context.tenant) & (proven_numbers.c.call == context.call)
    known = set((await tx.execute(select(proven_numbers.c.number).where(mine))).scalars())
    owned = {"tenant": context.tenant, "call": context.call}
    if new := sorted(context.proofs - known):
        await tx.execute(proven_numbers.insert(), [owned | {"number": number} for number in new])


def _sized(result: Json) -> Json:
    """The result. Raises ToolError when it is too long, so that what was written is rolled back."""
    if len(json.dumps(result)) > LARGEST_RESULT:
        raise ToolError("too_long", "")
    return result


def _refusal(error: ToolError) -> ToolResult:
    return _refused(error.code, error.say, retryable=error.retryable)


def _refused(code: str, say: str, *, retryable: bool, detail: str = "") -> ToolResult:
    envelope: dict[str, Json] = {"code": code, "say": say, "retryable": retryable}
    return ToolResult(False, envelope | ({"detail": detail} if detail else {}))


def _log_broken(tool: Tool, caller: ToolCaller, error: Exception) -> None:
    """The kind of error and nothing it says: messages of databases and vendors repeat what the caller said."""
    log.error("tool_broke", tool=tool.name, call=caller.call, error=type(error).__name__)
