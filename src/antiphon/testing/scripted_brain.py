"""A brain that follows a script word by word, in time that the test owns: for conversations, fallbacks and cut-offs."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.history import History
from antiphon.core.proposal import Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until the test lets the brain go on."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The vendor breaks here."""

    category: ProviderFault = ProviderFault.UNAVAILABLE


Step = Proposal | Pause | Fail | str
"""Words as text, spoken one by one; proposals; pauses; failures."""


class ScriptedBrain:
    """Implements `ports.brain.Brain`. Each cause has its own script; one without says its cause's name: no run is silent."""

    def __init__(self, scripts: Mapping[Cause, Iterable[Step]]) -> None:
        self._scripts = {cause: tuple(steps) for cause, steps in scripts.items()}
        self._gate = asyncio.Semaphore(0)
        self.runs: list[tuple[TaskState, History, Moment]] = []
        self.closed = 0
        """Runs that were closed before their end."""

    def go_on(self, steps: int = 1) -> None:
        """Let so many pauses pass."""
        for _ in range(steps):
            self._gate.release()

    async def run(self, task: TaskState, history: History, moment: Moment) -> AsyncIterator[Proposal]:
        """See `ports.brain`."""
        self.runs.append((task, history, moment))
        try:
            for step in self._scripts.get(moment.cause, (f"{moment.cause.value}.",)):
                if isinstance(step, Pause):
                    await self._gate.acquire()
                elif isinstance(step, Fail):
                    raise ProviderError("the script fails here", step.category, retryable=True)
                elif isinstance(step, str):
                    for word in words(step):
                        yield Say(word)
                else:
                    yield step
        except (GeneratorExit, asyncio.CancelledError):
            self.closed += 1
            raise


def words(text: str) -> list[str]:
    """The words of a text as a stream brings them: each with the space before it."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]
