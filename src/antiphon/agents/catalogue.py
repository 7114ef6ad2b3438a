"""The catalogue of folders: each folder with an agent.toml is an agent; an edit applies to the next call."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from antiphon.agents.reader import FILE, parts_of, read_agent
from antiphon.core.agent import Agent
from antiphon.core.errors import ConfigError, NotFound
from antiphon.ports.catalogue import AgentSummary

log = structlog.get_logger("antiphon.agents")

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of writing in ns and size of every file an agent is read from."""


@dataclass(slots=True)
class _Kept:
    """The last good reading of a folder, the stamp of the files it was tried on, and what was wrong since."""

    stamp: Stamp
    agent: Agent | None
    problem: str | None


class FolderCatalogue:
    """Implements `ports.catalogue.Catalogue` over fixed agent folders and folders of agent folders. One tenant's; the same for all
    tenants while there is one."""

    def __init__(self, agents: Iterable[Path], shelves: Iterable[Path] = ()) -> None:
        self._agents, self._shelves = tuple(agents), tuple(shelves)
        self._kept: dict[Path, _Kept] = {}

    async def agents(self, tenant: str) -> tuple[AgentSummary, ...]:
        """See `ports.catalogue`."""
        return tuple(self._summary(folder) for folder in self._folders())

    async def agent(self, tenant: str, name: str | None) -> Agent:
        """See `ports.catalogue`."""
        problem = ""
        for folder in self._folders():
            if name in (None, folder.name):
                kept = self._read(folder)
                if kept.agent is not None:
                    return kept.agent
                problem = problem or kept.problem or f"{folder} cannot be read."
        if problem:
            raise ConfigError(problem)
        known = ", ".join(folder.name for folder in self._folders()) or "none yet: `antiphon new NAME` makes one"
        raise NotFound(f"There is no agent {name!r}. Agents are: {known}.")

    def _folders(self) -> list[Path]:
        """The operator's own first; of two of one name the first one counts."""
        own = [path.parent for shelf in self._shelves for path in sorted(shelf.glob(f"*/{FILE}"))]
        return list({folder.name: folder for folder in reversed([*own, *self._agents])}.values())[::-1]

    def _read(self, folder: Path) -> _Kept:
        stamp = _stamp(folder)
        kept = self._kept.get(folder)
        if kept is None or kept.stamp != stamp:
            kept = self._read_anew(folder, stamp, kept.agent if kept else None)
            self._kept[folder] = kept
        return kept

    @staticmethod
    def _read_anew(folder: Path, stamp: Stamp, before: Agent | None) -> _Kept:
        try:
            return _Kept(stamp, read_agent(folder), None)
        except ConfigError as error:
            log.warning("agent_file_refused", agent=folder.name, problem=str(error))
            return _Kept(stamp, before, str(error))

    def _summary(self, folder: Path) -> AgentSummary:
        kept = self._read(folder)
        if kept.agent is None:
            return AgentSummary(folder.name, folder.name, "", "", problem=kept.problem)
        agent = kept.agent
        return AgentSummary(agent.name, agent.title, agent.description, agent.language, agent.examples, kept.problem)


def _stamp(folder: Path) -> Stamp:
    stamps = []
    for path in parts_of(folder):
        try:
            status = path.stat()
        except FileNotFoundError:  # gone since it was listed: reading says so
            continue
        stamps.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(stamps)
