"""Agents made ready for calls: file, tools, brain, vocabulary; kept until the file changes."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from antiphon.call.parts import AgentParts
from antiphon.core.agent import Agent
from antiphon.core.errors import ConfigError
from antiphon.ports.catalogue import Catalogue
from antiphon.ports.stt import Stt

MakeParts = Callable[[str, Agent], Awaitable[AgentParts]]

log = structlog.get_logger("antiphon.agents")

MOST_KEPT = 32
"""Agents kept ready at a time, the longest unused dropped first; what one holds is a few hundred kilobytes."""


class ReadyAgents:
    """Finds the parts of (tenant, agent). An edited file is made ready at the next call; calls in progress keep what they have."""

    def __init__(self, catalogue: Catalogue, make: MakeParts, stt: Stt) -> None:
        self._catalogue, self._make, self._stt = catalogue, make, stt
        self._ready: dict[tuple[str, str], AgentParts] = {}
        self._making = asyncio.Lock()

    async def warm_up(self, tenant: str) -> None:
        """Make the first agent ready that can be, before the first call; one whose file is wrong does not keep the others from
        answering. Raises ConfigError if there is none."""
        problems: list[ConfigError] = []
        for agent in await self._catalogue.agents(tenant):
            try:
                await self.find(tenant, agent.name)
            except ConfigError as error:
                problems.append(error)
                log.warning("agent_not_ready", agent=agent.name, problem=str(error))
            else:
                return
        raise problems[0] if problems else ConfigError("There is no agent; `antiphon new NAME` makes one.")

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
