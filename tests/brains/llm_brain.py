"""An LLM brain with the salon's declaration, before a server that speaks the real protocol over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from antiphon.agents import load_options, read_agent
from antiphon.brains.llm import LlmBrain, open_model
from antiphon.core.commands import Cause
from antiphon.core.history import AgentSaid, CallerSaid, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import Json, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment
from antiphon.ports.tool import Effect, ToolDeclaration
from tests.brains.fake_llm import FakeLlm, Reply, fake_llm
from tests.brains.fake_salon import FOLDER, NOW, FakeSalon

READS = ("list_services", "match_service", "get_stylists", "check_availability", "suggest_addons", "find_booking")
WRITES = ("book_appointment", "reschedule_booking", "cancel_booking", "take_message")
ANYTHING = {"type": "object", "properties": {}, "additionalProperties": True}
TOOLS = tuple(
    ToolDeclaration(name, f"The tool {name}.", ANYTHING, effect, 3_000)  # type: ignore[arg-type]  # JSON is invariant
    for names, effect in ((READS, Effect.READS), (WRITES, Effect.WRITES))
    for name in names
)
NUMBER = "two one two five five five zero one four seven"
HELLO: History = (AgentSaid(1, "Hello."), CallerSaid(1, "hello"))
TRIAGE = TaskState("triage")
BOOKING = TaskState("booking", task="book")


@asynccontextmanager
async def brain_with(
    *replies: Reply, first_s: float = 1.0, next_s: float = 1.0
) -> AsyncIterator[tuple[LlmBrain, FakeLlm]]:
    agent = read_agent(FOLDER)
    options = await load_options(agent, FakeSalon(), "demo")
    async with (
        fake_llm(*replies) as server,
        open_model("fake", "a-key", server.base_url, first_s=first_s, next_s=next_s) as model,
    ):
        yield LlmBrain(agent, options, TOOLS, model), server


async def run(
    brain: Brain, task: TaskState = TRIAGE, history: History = HELLO, cause: Cause = Cause.TURN
) -> list[Proposal]:
    return [each async for each in brain.run(task, history, Moment(cause, NOW))]


def words(made: list[Proposal]) -> str:
    return "".join(each.text for each in made if isinstance(each, Say))


BOOK: dict[str, Json] = {
    "slot_id": "maria@2026-11-24T14:30",
    "service_ids": ["haircut"],
    "client_name": "John Smith",
    "callback_number": "2125550147",
}
FREE: History = (
    *HELLO,
    ToolCalled(1, "check_availability", {}),
    ToolAnswered(1, "check_availability", True, {"exact": True, "slots": [
        {"slot_id": "maria@2026-11-24T14:30", "date": "2026-11-24", "time": "14:30", "stylist_id": "maria"}]}),
)  # fmt: skip
