"""What every brain promises. Subclass `BrainContract` and give it the fixtures `make_brain` and `specialist`."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, datetime
from typing import cast

import pytest

from antiphon.core.commands import Cause
from antiphon.core.history import AgentSaid, CallerSaid, CallerSilent, Entry, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Finish, HandOff, Note, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment

MakeBrain = Callable[[], AbstractAsyncContextManager[Brain]]
"""A brain with whatever it needs around it, for the length of a block."""
NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
LINES = (
    "hello",
    "i'd like to book something",
    "yes",
    "no",
    "how much is it",
    "blub",
    "",
    "goodbye",
    "{title} }{",
    "é 漢字 🎉",
)


def history_for(cause: Cause, line: str = "hello") -> History:
    """A history that leads to `cause`."""
    greeted: list[Entry] = [] if cause is Cause.GREETING else [AgentSaid(1, "Hello, how can I help you?")]
    told: dict[Cause, list[Entry]] = {
        Cause.TURN: [CallerSaid(1, line)],
        Cause.SILENCE: [CallerSilent(1)],
        Cause.TOOLS: [CallerSaid(1, line), ToolCalled(1, "a_tool", {}), ToolAnswered(1, "a_tool", True, {"rows": []})],
        Cause.TROUBLE: [CallerSaid(1, line)],
    }
    return (*greeted, *told.get(cause, []))


async def run(brain: Brain, task: TaskState, history: History, cause: Cause) -> list[Proposal]:
    """One whole run."""
    return [proposal async for proposal in brain.run(task, history, Moment(cause, NOW))]


def outcomes(proposals: list[Proposal]) -> list[Proposal]:
    """What a caller or the world notices."""
    heard = [each for each in proposals if isinstance(each, CallTool | HandOff | Finish)]
    words = "".join(each.text for each in proposals if isinstance(each, Say))
    return [*heard, *([Say(words)] if words.strip() else [])]


class BrainContract:
    """The promises."""

    @pytest.fixture
    def specialist(self) -> str:
        """Who has the caller; override it for a brain that knows its agent's specialists."""
        return "triage"

    @pytest.mark.parametrize("cause", list(Cause))
    async def test_no_run_comes_to_nothing(self, make_brain: MakeBrain, specialist: str, cause: Cause) -> None:
        async with make_brain() as brain:
            made = await run(brain, TaskState(specialist), history_for(cause), cause)
        assert outcomes(made), f"silence is never an outcome: {made}"

    @pytest.mark.parametrize("line", LINES)
    async def test_no_turn_comes_to_nothing(self, make_brain: MakeBrain, specialist: str, line: str) -> None:
        async with make_brain() as brain:
            made = await run(brain, TaskState(specialist), history_for(Cause.TURN, line), Cause.TURN)
        assert outcomes(made), f"silence is never an outcome: {made}"

    @pytest.mark.parametrize("cause", list(Cause))
    async def test_a_run_ends_at_its_tool_calls_or_its_hand_off(
        self, make_brain: MakeBrain, specialist: str, cause: Cause
    ) -> None:
        async with make_brain() as brain:
            for line in LINES:
                made = await run(brain, TaskState(specialist), history_for(cause, line), cause)
                for kind, allowed in ((CallTool, CallTool), (HandOff, Note), (Finish, Note)):
                    first = next((at for at, each in enumerate(made) if isinstance(each, kind)), len(made))
                    assert all(isinstance(each, allowed) for each in made[first + 1 :]), made

    async def test_nothing_is_kept_between_runs(self, make_brain: MakeBrain, specialist: str) -> None:
        async with make_brain() as brain:
            task, history = TaskState(specialist), history_for(Cause.TURN, LINES[1])
            first = await run(brain, task, history, Cause.TURN)
            for line in LINES:
                await run(brain, task, history_for(Cause.TURN, line), Cause.TURN)
            assert first == await run(brain, task, history, Cause.TURN)

    async def test_runs_beside_each_other_do_not_mix(self, make_brain: MakeBrain, specialist: str) -> None:
        async with make_brain() as brain:
            task, history = TaskState(specialist), history_for(Cause.TURN, LINES[1])
            alone = await run(brain, task, history, Cause.TURN)
            together = await asyncio.gather(*(run(brain, task, history, Cause.TURN) for _ in range(4)))
            assert [alone] * 4 == together

    async def test_closing_the_iterator_ends_the_run(self, make_brain: MakeBrain, specialist: str) -> None:
        async with make_brain() as brain:
            before = asyncio.all_tasks()
            made = brain.run(TaskState(specialist), history_for(Cause.TURN), Moment(Cause.TURN, NOW))
            async with aclosing(cast("AsyncGenerator[Proposal, None]", made)) as proposals:
                await anext(proposals)
            assert before == asyncio.all_tasks()
            assert outcomes(await run(brain, TaskState(specialist), history_for(Cause.TURN), Cause.TURN))

    async def test_closing_before_the_first_proposal_is_harmless(self, make_brain: MakeBrain, specialist: str) -> None:
        async with make_brain() as brain:
            made = brain.run(TaskState(specialist), history_for(Cause.TURN), Moment(Cause.TURN, NOW))
            await cast("AsyncGenerator[Proposal, None]", made).aclose()
            assert outcomes(await run(brain, TaskState(specialist), history_for(Cause.TURN), Cause.TURN))
