"""Agents made ready for calls: file, tools, brain, vocabulary; kept until the file changes."""

import asyncio
from collections.abc import Awaitable, Callable

from antiphon.call.parts import AgentParts
from antiphon.core.agent import Agent
from antiphon.ports.catalogue import Catalogue
from antiphon.ports.stt import Stt

MakeParts = Callable[[str, Agent], Awaitable[AgentParts]]

MOST_KEPT = 32
"""Agents kept ready at a time, the longest unused dropped first; what one holds is a few hundred kilobytes."""


class ReadyAgents:
    """Finds the parts of (tenant, agent). An edited file is made ready at the next call; calls in progress keep what they have."""

    def __init__(self, catalogue: Catalogue, make: MakeParts, stt: Stt) -> None:
        self._catalogue, self._make, self._stt = catalogue, make, stt
        self._ready: dict[tuple[str, str], AgentParts] = {}
        self._making = asyncio.Lock()

    async def find(self, tenant: str, name: str | None) -> AgentParts:
        """See `call.reception.FindParts`. Raises NotFound."""
        agent = await self._catalogue.agent(tenant, name)
        key = (tenant, agent.name)
        async with self._making:
            parts = self._ready.pop(key, None)
            if parts is None or parts.agent.version != agent.version:
                parts = await self._make(tenant, agent)
                await self._stt.prepare(parts.vocabulary)
            self._ready[key] = parts
            while len(self._ready) > MOST_KEPT:
                del self._ready[next(iter(self._ready))]
        return parts
