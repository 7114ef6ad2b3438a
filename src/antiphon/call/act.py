"""Hop 7: tools. The intent is durable in the journal before an effect is attempted, and the key makes the effect happen once."""

import asyncio
from collections.abc import Awaitable, Callable

from antiphon.call.call_clock import CallClock
from antiphon.core.commands import RunTool
from antiphon.core.events import Event, ToolReturned
from antiphon.ports.tool import Effect, Toolbox, ToolCaller


class Acting:
    """Runs tools, one task a call of a tool. A tool once begun is not cancelled by the caller's interruption."""

    def __init__(
        self,
        toolbox: Toolbox,
        caller: ToolCaller,
        clock: CallClock,
        post: Callable[[Event], None],
        durable: Callable[[], Awaitable[None]],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._toolbox, self._caller, self._clock, self._post = toolbox, caller, clock, post
        self._durable, self._tasks = durable, tasks
        self._reads = {each.name for each in toolbox.declarations() if each.effect is Effect.READS}
        self._running: set[asyncio.Task[None]] = set()

    def start(self, order: RunTool) -> None:
        """Run a tool; its result comes as ToolReturned."""
        task = self._tasks.create_task(self._run(order), name=f"tool {order.tool_call} {order.tool}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until every tool begun has its result."""
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self, order: RunTool) -> None:
        if order.tool not in self._reads:
            await self._durable()
        began = self._clock.now()
        result = await self._toolbox.call(order.tool, order.arguments, self._caller, order.key)
        now = self._clock.now()
        self._post(ToolReturned(now, order.tool_call, result.ok, result.value, now - began))
