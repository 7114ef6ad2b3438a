"""A chain of brains: the first that can goes on with the call; the last is embedded, so that a vendor's outage ends no call.

A link that fails before it has said anything is replaced within the same run. One that fails after some words is cut off there:
what was said stays said, and the next link goes on from the same facts. A link that failed twice in a row rests, so that a dead
vendor does not cost every turn its deadline.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import cast

import structlog

from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.history import History
from antiphon.core.proposal import CallTool, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment

FAILURES = 2
REST_S = 30.0
"""What circuit breakers of the published voice systems wait (30 s); two failures, because each costs a caller a deadline."""
PROGRESS_S = 5.0
"""Longest wait for a link's next proposal while another stands behind it: below the call's own deadline (6 s, see call/think), so
that the other still answers in the same turn."""

log = structlog.get_logger("antiphon.brains")


class BrainChain:
    """Implements `ports.brain.Brain` over others, the preferred one first.

    Which links rest is kept: it is the vendors' health and nothing of a call's.
    """

    def __init__(self, *links: tuple[str, Brain], progress_s: float = PROGRESS_S) -> None:
        """Links with their names for the log."""
        assert links, "a chain has a link"
        self._progress_s = progress_s
        self._links: Sequence[tuple[str, Brain]] = links
        self._failures = [0] * len(links)
        self._rests_until = [0.0] * len(links)

    async def run(self, task: TaskState, history: History, moment: Moment) -> AsyncIterator[Proposal]:
        """See `ports.brain`. Raises ProviderError if the last link does."""
        last = len(self._links) - 1
        for at in range(len(self._links)):
            if at < last and self._rests(at):
                continue
            called = spoke = False
            try:
                async with aclosing(self._begin(at, task, history, moment)) as proposals:
                    async for proposal in proposals if at == last else _in_time(proposals, self._progress_s):
                        task = task.after(proposal)
                        called = called or isinstance(proposal, CallTool)
                        spoke = spoke or isinstance(proposal, Say)
                        yield proposal
            except ProviderError as error:
                self._failed(at, error)
                if at == last:
                    raise
                if called:
                    return  # the tool's result brings the next run
                if spoke:
                    yield Say(" ")  # a half-said word ends here
                continue
            self._failures[at] = 0
            return

    def _begin(self, at: int, task: TaskState, history: History, moment: Moment) -> AsyncGenerator[Proposal, None]:
        return cast("AsyncGenerator[Proposal, None]", self._links[at][1].run(task, history, moment))

    def _rests(self, at: int) -> bool:
        return asyncio.get_running_loop().time() < self._rests_until[at]

    def _failed(self, at: int, error: ProviderError) -> None:
        self._failures[at] += 1
        hopeless = error.category is ProviderFault.CREDENTIALS
        if self._failures[at] >= FAILURES or hopeless:
            self._rests_until[at] = asyncio.get_running_loop().time() + REST_S
        log.warning("brain_failed", link=self._links[at][0], category=error.category.value, problem=str(error))


async def _in_time(proposals: AsyncIterator[Proposal], seconds: float) -> AsyncIterator[Proposal]:
    """`proposals`, each within `seconds` of being asked for. Raises ProviderError."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                proposal = await anext(proposals)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            told = f"nothing came for {seconds:g} s"
            raise ProviderError(told, ProviderFault.TIMEOUT, retryable=True) from error
        yield proposal
