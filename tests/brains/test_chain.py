"""The chain of brains: a vendor's outage is noticed by the operator, not by the caller."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import cast

import pytest

from antiphon.brains.chain import FAILURES, BrainChain
from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.history import CallerSaid
from antiphon.core.proposal import CallTool, Fill, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment
from antiphon.testing.scripted_brain import Fail, Pause, ScriptedBrain

MOMENT = Moment(Cause.TURN, datetime(2026, 11, 20, tzinfo=UTC))
HISTORY = (CallerSaid(1, "hello"),)


async def run(brain: Brain) -> list[Proposal]:
    return [proposal async for proposal in brain.run(TaskState("triage"), HISTORY, MOMENT)]


def words(made: list[Proposal]) -> str:
    return "".join(each.text for each in made if isinstance(each, Say))


async def test_the_first_link_answers() -> None:
    first, second = ScriptedBrain({Cause.TURN: ("One two.",)}), ScriptedBrain({Cause.TURN: ("Three.",)})
    assert "One two." == words(await run(BrainChain(("first", first), ("second", second))))
    assert [] == second.runs


async def test_a_link_that_fails_before_it_speaks_is_replaced_in_the_same_run() -> None:
    first, second = ScriptedBrain({Cause.TURN: (Fail(),)}), ScriptedBrain({Cause.TURN: ("Three.",)})
    assert "Three." == words(await run(BrainChain(("first", first), ("second", second)))).strip()
    assert 1 == len(first.runs)


async def test_a_link_that_fails_in_mid_sentence_is_gone_on_from_with_its_facts() -> None:
    first = ScriptedBrain({Cause.TURN: (Fill("name", "John", "john", 1), "Let me", Fail())})
    second = ScriptedBrain({Cause.TURN: ("What day?",)})
    assert "Let me What day?" == words(await run(BrainChain(("first", first), ("second", second))))
    (task, _, _) = second.runs[0]
    assert "John" == task.slots["name"].value


async def test_a_link_that_fails_after_a_tool_call_ends_the_run_there() -> None:
    first, second = ScriptedBrain({Cause.TURN: (CallTool("look"), Fail())}), ScriptedBrain({})
    assert [CallTool("look")] == await run(BrainChain(("first", first), ("second", second)))
    assert [] == second.runs


async def test_a_link_that_goes_silent_is_replaced_in_the_same_run() -> None:
    first, second = ScriptedBrain({Cause.TURN: ("One", Pause(), "two.")}), ScriptedBrain({Cause.TURN: ("Three.",)})
    chain = BrainChain(("first", first), ("second", second), progress_s=0.05)
    assert "One Three." == words(await run(chain))


async def test_a_link_that_keeps_failing_rests() -> None:
    first, second = ScriptedBrain({Cause.TURN: (Fail(),)}), ScriptedBrain({Cause.TURN: ("Three.",)})
    chain = BrainChain(("first", first), ("second", second))
    for _ in range(FAILURES + 3):
        await run(chain)
    assert (FAILURES, FAILURES + 3) == (len(first.runs), len(second.runs))


async def test_a_wrong_key_is_tried_once() -> None:
    first = ScriptedBrain({Cause.TURN: (Fail(ProviderFault.CREDENTIALS),)})
    chain = BrainChain(("first", first), ("second", ScriptedBrain({})))
    await run(chain)
    await run(chain)
    assert 1 == len(first.runs)


async def test_the_last_links_failure_is_the_chains() -> None:
    with pytest.raises(ProviderError):
        await run(BrainChain(("only", ScriptedBrain({Cause.TURN: (Fail(),)}))))


async def test_a_cancel_in_mid_word_reaches_the_link() -> None:
    first = ScriptedBrain({Cause.TURN: ("One two", Pause(), "three.")})
    made = cast(
        "AsyncGenerator[Proposal, None]", BrainChain(("first", first)).run(TaskState("triage"), HISTORY, MOMENT)
    )
    async with aclosing(made) as proposals:
        assert [Say("One"), Say(" two")] == [await anext(proposals), await anext(proposals)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(proposals)
    assert 1 == first.closed


async def test_a_paused_script_goes_on_when_it_is_let() -> None:
    first = ScriptedBrain({Cause.TURN: ("One", Pause(), "two.")})
    first.go_on()
    assert "Onetwo." == words(await run(first))
