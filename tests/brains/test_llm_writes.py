"""What a model may not do: write what the caller has not heard and agreed to, use another role's tools, claim, go in circles."""

from dataclasses import replace

import pytest

from antiphon.agents import read_agent
from antiphon.brains.llm import LlmBrain, open_model
from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError
from antiphon.core.history import AgentSaid, CallerSaid, HandedOff, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Finish, HandOff, Json, Note, Outcome, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain
from antiphon.ports.tool import Effect, ToolDeclaration
from tests.brains.fake_llm import Reply, fake_llm
from tests.brains.fake_salon import FOLDER
from tests.brains.llm_brain import ANYTHING, BOOK, BOOKING, FREE, HELLO, TRIAGE, brain_with, run, words


async def test_another_roles_tool_is_not_called() -> None:
    async with brain_with(Reply("", (("cancel_booking", {"ref": "GB-1"}),)), Reply("I will see.")) as (brain, server):
        made = await run(brain, TaskState("inquiry"))
    assert [] == [each for each in made if isinstance(each, CallTool)]
    offered = {tool["function"]["name"] for tool in server.requests[0]["tools"]}
    assert ("list_services" in offered, "cancel_booking" in offered) == (True, False)


async def test_nothing_is_written_before_the_caller_heard_and_agreed() -> None:
    async with brain_with(Reply("", (("book_appointment", BOOK),))) as (brain, _):
        made = await run(brain, BOOKING, FREE)
        read_back = words(made)
        assert "haircut with Maria on Tuesday, November twenty fourth at two thirty pm, for John Smith" in read_back
        assert ([], Expect("yes_no")) == ([each for each in made if isinstance(each, CallTool)], made[-1])
        task = BOOKING
        for proposal in made:
            task = task.after(proposal)
        assert {"date": "2026-11-24", "time": "14:30", "person": "maria", "name": "John Smith"}.items() <= {
            name: slot.value for name, slot in task.slots.items()
        }.items()
        heard = (*FREE, AgentSaid(2, read_back), CallerSaid(2, "yes please"))
        assert CallTool("book_appointment", BOOK) == (await run(brain, task, heard))[-1]
        cut = (*FREE, AgentSaid(2, "Let me repeat: haircut", cut=True), CallerSaid(2, "yes"))
        assert [] == [each for each in await run(brain, task, cut) if isinstance(each, CallTool)]
        no = (*FREE, AgentSaid(2, read_back), CallerSaid(2, "no"))
        assert [] == [each for each in await run(brain, task, no) if isinstance(each, CallTool)]


async def test_other_arguments_than_agreed_are_read_back_anew() -> None:
    async with brain_with(
        Reply("", (("book_appointment", BOOK),)), Reply("", (("book_appointment", BOOK | {"client_name": "Jane"}),))
    ) as (brain, _):
        task = BOOKING
        made = await run(brain, task, FREE)
        for proposal in made:
            task = task.after(proposal)
        again = await run(brain, task, (*FREE, AgentSaid(2, words(made)), CallerSaid(2, "yes but it is for jane")))
    assert ("for Jane" in words(again), []) == (True, [each for each in again if isinstance(each, CallTool)])


async def read_back_of(brain: Brain) -> tuple[TaskState, str]:
    """The state after the read-back of BOOK, and its words."""
    task, made = BOOKING, await run(brain, BOOKING, FREE)
    for proposal in made:
        task = task.after(proposal)
    return task, words(made)


async def test_what_was_plainly_agreed_to_is_carried_out_without_asking_the_model_again() -> None:
    async with brain_with(Reply("", (("book_appointment", BOOK),)), Reply("Sorry?")) as (brain, server):
        task, text = await read_back_of(brain)
        for yes in ("yes", "yes please", "that's right, thank you"):
            assert [CallTool("book_appointment", BOOK)] == await run(
                brain, task, (*FREE, AgentSaid(2, text), CallerSaid(2, yes))
            )
        assert 1 == len(server.requests)
        for more in ("yes but at three", "yes and make it daniel", "no", "what?"):
            assert "Sorry?" == words(await run(brain, task, (*FREE, AgentSaid(2, text), CallerSaid(2, more))))
        old = (*FREE, AgentSaid(2, text), CallerSaid(2, "wait"), AgentSaid(3, "Of course."), CallerSaid(3, "yes"))
        assert "Sorry?" == words(await run(brain, task, old))


async def test_a_yes_counts_once() -> None:
    async with brain_with(
        Reply("", (("book_appointment", BOOK),)), Reply("", (("book_appointment", BOOK),)), Reply("You are booked.")
    ) as (brain, server):
        task, text = await read_back_of(brain)
        done: History = (
            *FREE, AgentSaid(2, text), CallerSaid(2, "yes"), ToolCalled(2, "book_appointment", BOOK),
            ToolAnswered(2, "book_appointment", True, {"reference": "GB-20261120-001"}),
        )  # fmt: skip
        made = await run(brain, task, done, Cause.TOOLS)
    assert ("You are booked.", []) == (words(made), [each for each in made if isinstance(each, CallTool)])
    assert any("carried out already" in str(each.get("content")) for each in server.messages)


async def test_a_write_asked_for_twice_at_once_is_made_once() -> None:
    twice = (("book_appointment", BOOK), ("book_appointment", BOOK))
    async with brain_with(Reply("", (("book_appointment", BOOK),)), Reply("", twice)) as (brain, _):
        task, text = await read_back_of(brain)
        heard = (*FREE, AgentSaid(2, text), CallerSaid(2, "yes that would be lovely"))
        made = await run(brain, task, heard)
    assert [CallTool("book_appointment", BOOK)] == made


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"slot_id": "maria@2026-11-24T15:00"}, "call check_availability first"),
        ({"stylist_id": "daniel"}, "person is maria in what was offered"),
        ({"callback_number": "212"}, "ten digits"),
        ({"service_ids": ["massage"]}, "service is one of"),
        ({"client_name": None}, "not known yet: name"),
        ({"slot_id": {"id": 1}}, "call check_availability first"),
    ],
)
async def test_what_could_not_be_read_back_truly_is_not_read_back(wrong: dict[str, Json], told: str) -> None:
    """Nothing is booked at three after half past two was read back, only because half past two is what was remembered."""
    told_before = (
        ("remember", {"slot": "date", "value": "2026-11-24"}),
        ("remember", {"slot": "time", "value": "14:30"}),
    )
    first = Reply("", (*told_before, ("book_appointment", BOOK | wrong)))
    async with brain_with(first, Reply("One moment.")) as (brain, server):
        assert "One moment." == words(await run(brain, BOOKING, FREE))
    assert any(told in str(each.get("content")) for each in server.messages if each["role"] == "tool")


async def test_a_write_that_no_task_can_read_back_is_not_made() -> None:
    agent = read_agent(FOLDER)
    booking = replace(agent.specialist("booking"), tools=("send_flowers",))
    agent = replace(agent, specialists=(booking,))
    tool = ToolDeclaration("send_flowers", "Sends flowers.", ANYTHING, Effect.IRREVERSIBLE, 3_000)  # type: ignore[arg-type]
    async with (
        fake_llm(Reply("", (("send_flowers", {}),)), Reply("I cannot.")) as server,
        open_model("fake", "a-key", server.base_url) as model,
    ):
        assert [Say("I"), Say(" cannot."), Expect("open")] == await run(LlmBrain(agent, {}, (tool,), model), BOOKING)


@pytest.mark.parametrize("claimed", ["done", "callback"])
async def test_nothing_is_done_because_a_model_says_so(claimed: str) -> None:
    async with brain_with(Reply("Goodbye!", (("finish", {"outcome": claimed}),))) as (brain, _):
        assert Finish(Outcome.ANSWERED, None) == (await run(brain))[-1]


async def test_what_was_done_last_counts() -> None:
    history: History = (
        *HELLO, ToolCalled(1, "book_appointment", {}), ToolAnswered(1, "book_appointment", True, {"reference": "GB-1"}),
        ToolCalled(2, "take_message", {}), ToolAnswered(2, "take_message", True, {"reference": "GB-2"}),
    )  # fmt: skip
    task = replace(BOOKING, notes={"reference": "GB-2", "outcome": "callback"})
    async with brain_with(Reply("Anything else?")) as (brain, _):
        assert [] == [each for each in await run(brain, task, history) if isinstance(each, Note)]


async def test_a_model_in_circles_is_given_up() -> None:
    circles: History = (*HELLO, *(HandedOff(to) for _ in range(4) for to in ("booking", "triage")))
    async with brain_with(Reply("", (("hand_off", {"to": "booking"}),))) as (brain, server):
        with pytest.raises(ProviderError, match="circles"):
            await run(brain, TRIAGE, circles, Cause.HAND_OFF)
        assert [HandOff("booking")] == await run(brain, TRIAGE, (*circles, CallerSaid(2, "so?")))
    assert 1 == len(server.requests)


async def test_a_write_whose_values_are_not_known_goes_back_to_the_model() -> None:
    async with brain_with(Reply("", (("book_appointment", BOOK),)), Reply("With whom?")) as (brain, server):
        assert "With whom?" == words(await run(brain, BOOKING, HELLO))
    assert any("call check_availability first" in str(each.get("content")) for each in server.messages)
