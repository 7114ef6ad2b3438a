"""The toolbox: runs an agent's tools with checked arguments, a timeout, and one effect per key.

A tool that writes gets its transaction at its first write. The key's row is looked up and written in that same transaction, so the
same key gives the same result and one effect, whoever asks and however often. A tool with an effect outside the house gets no
transaction: an attempt row, then the call, then its outcome; an attempt without an outcome is answered with "unknown".
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from pydantic import ValidationError
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.adapters.sql.engine import Engines
from antiphon.core.errors import ToolError
from antiphon.core.proposal import Json
from antiphon.kit.tables import tool_attempts, tool_results
from antiphon.kit.tool import Tool, ToolContext
from antiphon.ports.clock import Clock
from antiphon.ports.tool import Effect, ToolCaller, ToolDeclaration, ToolResult

LARGEST_RESULT = 16 * 1024
"""Characters of JSON a tool may answer with; what is longer does not fit a brain's attention either."""
log = structlog.get_logger("antiphon.tools")


class _Replayed(Exception):
    """This key has its result already."""

    def __init__(self, result: Json) -> None:
        super().__init__()
        self.result = result


class _LazyTransaction:
    """Begins at the first write and looks the key up there."""

    def __init__(self, engines: Engines, tenant: str, key: str, stack: AsyncExitStack) -> None:
        self._engines, self._tenant, self._key, self._stack = engines, tenant, key, stack
        self.connection: AsyncConnection | None = None

    async def __call__(self) -> AsyncConnection:
        if self.connection is None:
            self.connection = await self._stack.enter_async_context(self._engines.writer.begin())
            if (kept := await _kept(self.connection, tool_results, self._tenant, self._key)) is not None:
                raise _Replayed(json.loads(kept))
        return self.connection


class SqlToolbox:
    """Implements `ports.tool.Toolbox` for one agent. `prefix` begins its references, `zone` is its business's."""

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
            async with asyncio.timeout(found.declaration.timeout_ms / 1000):
                return _sized(ToolResult(True, await self._run(found, arguments, caller, key)))
        except _Replayed as replayed:
            return ToolResult(True, replayed.result)
        except ToolError as error:
            return _refused(error.code, error.say, retryable=error.retryable)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return _refused("bad_argument", "", retryable=False, detail=f"{where}: {first['msg']}")
        except TimeoutError:
            return _refused("timeout", "", retryable=True)
        except Exception as error:  # noqa: BLE001  # the boundary of a tool: what breaks one call must not end the conversation
            log.error("tool_broke", tool=tool, call=caller.call, error=type(error).__name__)
            return _refused("internal", "", retryable=False)

    async def _run(self, tool: Tool, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> Json:
        if tool.declaration.effect is Effect.IRREVERSIBLE:
            return await self._run_outside(tool, arguments, caller, key)
        async with AsyncExitStack() as stack:
            read = await stack.enter_async_context(self._engines.readers.connect())
            writing = tool.declaration.effect is Effect.WRITES
            tx = _LazyTransaction(self._engines, caller.tenant, key, stack) if writing else None
            result = await tool(self._context(caller, key, read, tx), arguments)
            if tx is not None and tx.connection is not None:
                values = {"tenant": caller.tenant, "key": key, "tool": tool.name, "result": json.dumps(result)}
                await tx.connection.execute(tool_results.insert().values(values | {"at": self._utc()}))
            return result

    async def _run_outside(self, tool: Tool, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> Json:
        row = (tool_attempts.c.tenant == caller.tenant) & (tool_attempts.c.key == key)
        async with self._engines.writer.begin() as tx:
            attempt = (await tx.execute(select(tool_attempts.c.result).where(row))).first()
            if attempt is not None:
                if attempt.result is None:
                    raise ToolError("unknown", "I could not confirm that.")
                raise _Replayed(json.loads(attempt.result))
            begun = {"tenant": caller.tenant, "key": key, "tool": tool.name, "begun": self._utc()}
            await tx.execute(tool_attempts.insert().values(begun))
        async with self._engines.readers.connect() as read:
            result = await tool(self._context(caller, key, read, None), arguments)
        async with self._engines.writer.begin() as tx:
            await tx.execute(update(tool_attempts).where(row).values(ended=self._utc(), result=json.dumps(result)))
        return result

    def _context(self, caller: ToolCaller, key: str, read: AsyncConnection, tx: _LazyTransaction | None) -> ToolContext:
        now = self._clock.utc().astimezone(self._zone)
        return ToolContext(caller.tenant, caller.call, key, caller.subject, now, self._prefix, read, tx)

    def _utc(self) -> str:
        moment: datetime = self._clock.utc()
        return moment.isoformat()


async def _kept(connection: AsyncConnection, table: Table, tenant: str, key: str) -> str | None:
    query = select(table.c.result).where(table.c.tenant == tenant, table.c.key == key)
    found: str | None = (await connection.execute(query)).scalar()
    return found


def _refused(code: str, say: str, *, retryable: bool, detail: str = "") -> ToolResult:
    envelope: dict[str, Json] = {"code": code, "say": say, "retryable": retryable}
    return ToolResult(False, envelope | ({"detail": detail} if detail else {}))


def _sized(result: ToolResult) -> ToolResult:
    too_long = len(json.dumps(result.value)) > LARGEST_RESULT
    return _refused("too_long", "", retryable=False) if too_long else result
