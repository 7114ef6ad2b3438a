"""Hop 6: a brain run becomes proposals, with a deadline on its progress."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import cast

from antiphon.call.call_clock import CallClock
from antiphon.core.errors import ProviderError
from antiphon.core.events import BrainEnded, BrainFailed, BrainProposed, Event
from antiphon.core.history import History
from antiphon.core.proposal import Proposal
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment

PROGRESS_DEADLINE_S = 6.0
"""Longest wait for a brain's next word: a stalled vendor is given up within the turn (a chain has its own, shorter one)."""


class Thinking:
    """Runs the brain, one task a run, owned by the call's task group."""

    def __init__(self, brain: Brain, clock: CallClock, post: Callable[[Event], None], tasks: asyncio.TaskGroup) -> None:
        self._brain, self._clock, self._post, self._tasks = brain, clock, post, tasks
        self._runs: dict[int, asyncio.Task[None]] = {}

    def start(self, reply: int, task: TaskState, history: History, moment: Moment) -> None:
        """Begin the run for `reply`."""
        proposals = self._brain.run(task, history, moment)
        self._runs[reply] = self._tasks.create_task(self._run(reply, proposals), name=f"think {reply}")

    def stop(self, reply: int) -> None:
        """Close the run of `reply`; nothing more comes of it."""
        if run := self._runs.pop(reply, None):
            run.cancel()

    async def _run(self, reply: int, proposals: AsyncIterator[Proposal]) -> None:
        # Every brain is an async generator; closing it is how a run is cancelled.
        async with aclosing(cast(AsyncGenerator[Proposal, None], proposals)) as run:
            try:
                while True:
                    async with asyncio.timeout(PROGRESS_DEADLINE_S):
                        proposal = await anext(run)
                    self._post(BrainProposed(self._clock.now(), reply, proposal))
            except StopAsyncIteration:
                self._post(BrainEnded(self._clock.now(), reply))
            except TimeoutError:
                self._post(BrainFailed(self._clock.now(), reply, "timeout"))
            except ProviderError as error:
                self._post(BrainFailed(self._clock.now(), reply, error.category.value))
        self._runs.pop(reply, None)
