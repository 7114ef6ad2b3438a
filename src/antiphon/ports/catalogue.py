"""The catalogue lists agents by tenant."""

from dataclasses import asdict, dataclass
from typing import Protocol

from antiphon.core.agent import Agent
from antiphon.core.proposal import Json


@dataclass(frozen=True, slots=True)
class AgentSummary:
    """An agent in a list; `problem` says why an edited file is not in use yet."""

    name: str
    title: str
    description: str
    language: str
    examples: tuple[str, ...] = ()
    problem: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Plain values for the API."""
        return asdict(self) | {"examples": list(self.examples)}


class Catalogue(Protocol):
    """Agents as their files say now: an edit applies to the next call."""

    async def agents(self, tenant: str) -> tuple[AgentSummary, ...]:
        """All agents of a tenant, the first one first."""

    async def agent(self, tenant: str, name: str | None) -> Agent:
        """One agent, the tenant's first if `name` is None. Raises NotFound; ConfigError for a file that never was right."""
