"""The LLM brain against a server that speaks the real protocol over a real socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import cast

import pytest

from antiphon.agents import load_options, read_agent
from antiphon.brains.chain import BrainChain
from antiphon.brains.dialogue import DialogueBrain
from antiphon.brains.llm import LlmBrain, open_model
from antiphon.core.commands import Cause
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.history import AgentSaid, CallerSaid, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Fill, Finish, HandOff, Json, OpenTask, Outcome, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment
from antiphon.testing.contracts.brain import BrainContract, MakeBrain
from antiphon.testing.text_dialogue import TextDialogue
from tests.brains.fake_llm import Reply, fake_llm
from tests.brains.fake_salon import FOLDER, NOW, FakeSalon
from tests.brains.llm_brain import BOOK, BOOKING, FREE, HELLO, NUMBER, TOOLS, brain_with, run, words

# --- what is said and done -----------------------------------------------------------------------------------------------


async def test_words_stream_one_by_one() -> None:
    async with brain_with(Reply("What can I do for you?")) as (brain, _):
        made = await run(brain)
    assert [Say("What"), Say(" can"), Say(" I"), Say(" do"), Say(" for"), Say(" you?"), Expect("open")] == made


async def test_a_tool_call_ends_the_run_with_the_words_before_it() -> None:
    asked: dict[str, Json] = {"service_ids": ["haircut"], "date_from": "2026-11-24", "date_to": "2026-11-24"}
    async with brain_with(Reply("One moment.", (("check_availability", asked), ("get_stylists", {})))) as (brain, _):
        made = await run(brain, BOOKING)
    assert "One moment." == words(made)
    assert [CallTool("check_availability", asked), CallTool("get_stylists", {})] == made[-2:]


async def test_what_is_remembered_is_filled_in_the_houses_form() -> None:
    calls = (
        ("remember", {"slot": "service", "value": "hair cut"}),
        ("remember", {"slot": "time", "value": "14:30:00"}),
        ("remember", {"slot": "phone", "value": "212-555-0147"}),
    )
    async with brain_with(Reply("Which day?", calls)) as (brain, _):
        made = await run(brain, BOOKING)
    fills = [(each.slot, each.value) for each in made if isinstance(each, Fill)]
    assert [("service", "haircut"), ("time", "14:30"), ("phone", "2125550147")] == fills
    assert Expect("person", "person") == made[-1]


async def test_a_value_that_makes_no_sense_goes_back_to_the_model() -> None:
    first = Reply(
        "", (("remember", {"slot": "date", "value": "tuesday"}), ("remember", {"slot": "phone", "value": "12"}))
    )
    async with brain_with(first, Reply("Which day?")) as (brain, server):
        made = await run(brain, BOOKING)
    assert [] == [each for each in made if isinstance(each, Fill)]
    refused = [each["content"] for each in server.messages if each["role"] == "tool"]
    assert ("YYYY-MM-DD" in refused[0], "ten digits" in refused[1]) == (True, True)
    assert "Which day?" == words(made)


@pytest.mark.parametrize("arguments", ["{", "[1]", '"x"', ""])
async def test_arguments_that_are_no_object_go_back_to_the_model(arguments: str) -> None:
    async with brain_with(Reply("", (("remember", arguments),)), Reply("Which day?")) as (brain, server):
        assert "Which day?" == words(await run(brain, BOOKING))
    assert 2 == len(server.requests)


async def test_a_hand_off_and_a_task_are_proposed() -> None:
    async with brain_with(Reply("", (("hand_off", {"to": "booking"}),))) as (brain, _):
        assert [HandOff("booking")] == await run(brain)
    async with brain_with(Reply("With pleasure.", (("begin", {"task": "book"}),))) as (brain, _):
        assert OpenTask("book") in await run(brain, TaskState("booking"))


async def test_the_end_comes_with_the_files_goodbye_and_what_was_achieved() -> None:
    history: History = (
        *HELLO,
        ToolCalled(1, "book_appointment", {}),
        ToolAnswered(1, "book_appointment", True, {"reference": "GB-20261120-001"}),
    )
    async with brain_with(Reply("", (("finish", {"outcome": "answered"}),))) as (brain, _):
        made = await run(brain, TaskState("booking"), history)
    assert "Goodbye" in words(made)
    assert Finish(Outcome.DONE, "GB-20261120-001") == made[-1]


async def test_the_greeting_is_the_files_and_needs_no_model() -> None:
    async with brain_with(Reply(fault="500")) as (brain, server):
        made = await run(brain, history=(), cause=Cause.GREETING)
    assert "automated assistant" in words(made)
    assert [] == server.requests


# --- what the model sees -------------------------------------------------------------------------------------------------


async def test_only_what_was_heard_is_in_the_context() -> None:
    history: History = (
        AgentSaid(1, "Hello, this is"),
        CallerSaid(1, "a haircut"),
        AgentSaid(2, "With whom", cut=True),
        CallerSaid(2, "maria"),
    )
    async with brain_with(Reply("Fine.")) as (brain, server):
        await run(brain, BOOKING, history)
    told = [(each["role"], each["content"]) for each in server.messages[1:]]
    assert [
        ("assistant", "Hello, this is"),
        ("user", "a haircut"),
        ("assistant", "With whom"),
        ("user", "(interrupting) maria"),
    ] == told
    system = server.messages[0]["content"]
    assert "Friday, 2026-11-20, 15:00 in America/New_York" in system
    assert "Still missing: service, person" in system
    assert "authorization: bearer a-key" in server.headers[0].lower()


async def test_tool_results_are_paired_with_their_calls() -> None:
    async with brain_with(Reply("Fine.")) as (brain, server):
        await run(brain, BOOKING, FREE, Cause.TOOLS)
    call, result = server.messages[-2:]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"]
    assert "maria@2026-11-24T14:30" in json.loads(result["content"])["result"]["slots"][0]["slot_id"]


# --- faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "category"),
    [
        (Reply(fault="500"), ProviderFault.UNAVAILABLE),
        (Reply(fault="503"), ProviderFault.UNAVAILABLE),
        (Reply(fault="401"), ProviderFault.CREDENTIALS),
        (Reply(fault="429"), ProviderFault.LIMIT),
        (Reply(fault="400"), ProviderFault.REFUSED),
        (Reply(fault="stall"), ProviderFault.TIMEOUT),
        (Reply("Let me", fault="stall"), ProviderFault.TIMEOUT),
        (Reply("Let me", fault="cut"), None),
        (Reply("Let me", fault="garbage"), None),
        (Reply(fault="garbage"), None),
        (Reply(""), ProviderFault.PROTOCOL),
        (Reply("", (("remember", {"slot": "name", "value": "John"}),)), ProviderFault.PROTOCOL),
    ],
)
async def test_a_vendors_trouble_is_a_provider_error(reply: Reply, category: ProviderFault | None) -> None:
    async with brain_with(reply, first_s=0.3, next_s=0.3) as (brain, server):
        with pytest.raises(ProviderError) as caught:
            await run(brain, BOOKING)
        assert caught.value.category in (
            (category,) if category else (ProviderFault.PROTOCOL, ProviderFault.UNAVAILABLE)
        )
        assert [reply.fault] * bool(reply.fault) == server.landed


async def test_an_ending_that_no_standard_names_is_an_ending() -> None:
    async with brain_with(Reply("Hello.", reason="eos")) as (brain, _):
        assert "Hello." == words(await run(brain))


@pytest.mark.parametrize("status", ["400", "401", "404", "500"])
async def test_a_server_that_repeats_the_key_does_not_bring_it_into_our_words(status: str) -> None:
    async with (
        fake_llm(Reply("Bad key sk-very-secret.", fault=status)) as server,
        open_model("fake", "sk-very-secret", server.base_url) as model,
    ):
        with pytest.raises(ProviderError) as caught:
            await run(LlmBrain(read_agent(FOLDER), {}, TOOLS, model))
    assert (True, False) == (f"HTTP {status}" in str(caught.value), "secret" in str(caught.value))


async def test_without_a_name_the_only_model_of_the_server_answers() -> None:
    async with fake_llm(Reply("Hello.")) as server, open_model(None, "none", server.base_url) as model:
        brain = LlmBrain(read_agent(FOLDER), {}, TOOLS, model)
        server.models = ["llama", "qwen"]
        with pytest.raises(ProviderError, match="2 models \\(llama, qwen\\): say which"):
            await run(brain)
        server.models = ["qwen"]
        assert ["Hello.", "Hello."] == [words(await run(brain)) for _ in range(2)]
    assert ["qwen", "qwen"] == [each["model"] for each in server.requests]
    assert 4 == len(server.headers), "asked once more after the refusal, then known"


async def test_nobody_listening_is_a_provider_error() -> None:
    agent = read_agent(FOLDER)
    async with open_model("fake", "a-key", "http://127.0.0.1:9/v1") as model:
        with pytest.raises(ProviderError):
            await run(LlmBrain(agent, {}, TOOLS, model))


async def test_a_cancel_in_mid_word_leaves_the_server() -> None:
    async with brain_with(Reply("Let me", fault="stall"), next_s=9) as (brain, server):
        made = cast("AsyncGenerator[Proposal, None]", brain.run(BOOKING, HELLO, Moment(Cause.TURN, NOW)))
        async with aclosing(made) as proposals:
            assert Say("Let") == await anext(proposals)
        assert await asyncio.to_thread(server.left.wait, 5)
    assert 1 == len(server.requests)


@pytest.mark.parametrize("fault", ["500", "cut", "stall", "garbage"])
async def test_the_dialogue_brain_finishes_the_task_when_the_vendor_is_gone(fault: str) -> None:
    salon = FakeSalon()
    agent = read_agent(FOLDER)
    options = await load_options(agent, salon, "demo")
    async with brain_with(Reply("Let me", fault=fault), first_s=0.2, next_s=0.2) as (llm, server):
        chain = BrainChain(("llm", llm), ("dialogue", DialogueBrain(agent, options)))
        desk = TextDialogue(agent, chain, salon, NOW)
        await desk.greet()
        for line in ("a haircut with maria on tuesday at half past two", "john smith", NUMBER, "yes", "no"):
            await desk.say(line)
        assert server.landed
    assert (1, Outcome.DONE) == (len(salon.bookings), desk.finished and desk.finished.outcome)


async def test_a_whole_booking_by_a_model() -> None:
    asked: dict[str, Json] = {
        "service_ids": ["haircut"],
        "stylist_id": "maria",
        "date_from": "2026-11-24",
        "date_to": "2026-11-24",
        "time": "14:30",
    }
    book = BOOK | {"stylist_id": "maria"}
    salon, agent = FakeSalon(), read_agent(FOLDER)
    async with brain_with(
        Reply("", (("hand_off", {"to": "booking"}),)),
        Reply("", (("begin", {"task": "book"}), ("check_availability", asked))),
        Reply("That is free. What is your name and number?", (("remember", {"slot": "service", "value": "haircut"}),)),
        Reply("", (("book_appointment", book),)),
        Reply("You are booked. Anything else?"),
        Reply("Goodbye!", (("finish", {"outcome": "done"}),)),
    ) as (llm, server):
        desk = TextDialogue(agent, llm, salon, NOW)
        await desk.greet()
        await desk.say("a haircut with maria on tuesday at half past two")
        assert "Shall I book it?" in await desk.say(f"john smith, {NUMBER}")
        await desk.say("yes")
        await desk.say("no thanks")
        assert 6 == len(server.requests)
    assert Finish(Outcome.DONE, "GB-20261120-001") == desk.finished
    assert "John Smith" == salon.bookings["GB-20261120-001"]["client_name"]


@asynccontextmanager
async def contracted() -> AsyncIterator[Brain]:
    async with brain_with(Reply("Let me see, what day?", (("remember", {"slot": "name", "value": "John"}),))) as (
        brain,
        _,
    ):
        yield brain


class TestLlmBrain(BrainContract):
    @pytest.fixture
    def make_brain(self) -> MakeBrain:
        return contracted
