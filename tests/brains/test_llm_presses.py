"""Keys that a model orders: without a read-back, for a menu agrees to nothing, unless a task of the agent's presses them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from antiphon.agents import read_agent
from antiphon.brains.llm import LlmBrain, open_model
from antiphon.call.toolbox import call_tools
from antiphon.core.agent import Agent
from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError
from antiphon.core.history import AgentSaid, CallerSaid, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Wait
from antiphon.core.task import TaskState
from tests.brains.fake_llm import FakeLlm, Reply, fake_llm
from tests.brains.llm_brain import run, words
from tests.calls.switchboard import SWITCHBOARD, switchboard_in

MENU: History = (AgentSaid(1, "Hello."), CallerSaid(1, "for sales press one for service press two"))
PRESS = CallTool("press_keys", {"keys": "2"})
DESK = TaskState("desk")
WITHOUT_A_TASK = (
    SWITCHBOARD.partition("[tasks.reach]")[0] + "[tasks.message]" + SWITCHBOARD.partition("[tasks.message]")[2]
)


@pytest.fixture
def menu_agent(tmp_path: Path) -> Agent:
    """An agent that may press keys of its own accord."""
    return read_agent(switchboard_in(tmp_path, WITHOUT_A_TASK))


@asynccontextmanager
async def brain_of(agent: Agent, *replies: Reply) -> AsyncIterator[tuple[LlmBrain, FakeLlm]]:
    async with fake_llm(*replies) as server, open_model("fake", "a-key", server.base_url) as model:
        yield LlmBrain(agent, {"department": agent.slots["department"].options}, call_tools(agent), model), server


async def test_a_model_presses_keys_for_a_menu_at_once(menu_agent: Agent) -> None:
    async with brain_of(menu_agent, Reply("", (("press_keys", {"keys": "2"}),))) as (brain, server):
        assert [PRESS] == await run(brain, DESK, MENU)
    [told] = [tool for tool in server.requests[0]["tools"] if tool["function"]["name"] == "press_keys"]
    assert ["keys"] == told["function"]["parameters"]["required"]


async def test_a_model_is_not_told_of_keys_that_its_agents_file_does_not_name(tmp_path: Path) -> None:
    agent = read_agent(switchboard_in(tmp_path, WITHOUT_A_TASK.replace('tools = ["press_keys"]', "")))
    async with brain_of(agent, Reply("", (("press_keys", {"keys": "2"}),)), Reply("Sorry?")) as (brain, server):
        made = await run(brain, DESK, MENU)
    assert ([], "Sorry?") == ([each for each in made if isinstance(each, CallTool)], words(made))
    assert "press_keys" not in {tool["function"]["name"] for tool in server.requests[0]["tools"]}


async def test_keys_that_a_task_presses_are_read_back_first(tmp_path: Path) -> None:
    agent = read_agent(switchboard_in(tmp_path))
    remembered = ("remember", {"slot": "department", "value": "2"})
    async with brain_of(agent, Reply("", (remembered, ("press_keys", {"keys": "w2159*0#"})))) as (brain, _):
        made = await run(brain, DESK, (AgentSaid(1, "Hello."), CallerSaid(1, "put me through to service")))
    assert "I choose service from the menu. Is that right?" == words(made)
    assert ([], Expect("yes_no")) == ([each for each in made if isinstance(each, CallTool)], made[-1])


PRESSED: History = (
    *MENU,
    ToolCalled(1, "press_keys", {"keys": "2"}),
    ToolAnswered(1, "press_keys", True, {"pressed": 1}),
)


async def test_after_keys_a_model_may_leave_the_word_to_the_menu(menu_agent: Agent) -> None:
    async with brain_of(menu_agent, Reply("")) as (brain, _):
        assert [Wait(), Expect("open")] == await run(brain, DESK, PRESSED, Cause.TOOLS)


@pytest.mark.parametrize(
    ("history", "cause"),
    [
        (MENU, Cause.TURN),
        ((*PRESSED, CallerSaid(2, "hello?")), Cause.TURN),
        ((*PRESSED[:-1], ToolAnswered(1, "press_keys", False, {"code": "unknown"})), Cause.TOOLS),
    ],
)
async def test_silence_is_no_answer_to_anybody_else(menu_agent: Agent, history: History, cause: Cause) -> None:
    async with brain_of(menu_agent, Reply("")) as (brain, _):
        with pytest.raises(ProviderError, match="empty"):
            await run(brain, DESK, history, cause)
