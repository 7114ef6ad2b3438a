"""Calls that took place, with the salon's own brain: their events are played again. `tests/golden/record.py` made them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from antiphon.adapters.clock import SystemClock
from antiphon.agents import FolderCatalogue
from antiphon.call.parts import AgentParts
from antiphon.core.conversation import Conversation
from antiphon.core.journal import decode, encode
from antiphon.wiring.house import PartsMaker
from antiphon.wiring.storage import open_storage

FOLDER = Path(__file__).with_name("calls")
CALLS = tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))


@asynccontextmanager
async def salon(folder: Path) -> AsyncIterator[AgentParts]:
    """The salon as it ships: its policy and its judge decide when a turn is over."""
    async with open_storage(folder, SystemClock(), tenant="demo", keys=()) as storage:
        await storage.seed("demo")
        catalogue = FolderCatalogue([trade.folder for trade in storage.verticals], [])
        yield await PartsMaker(storage, None).make("demo", await catalogue.agent("demo", "salon"))


def call_again(then: list[str], parts: AgentParts) -> list[str]:
    """The journal that the call's events lead to now."""
    conversation = Conversation(parts.policy, parts.agent.first_specialist, parts.judge)
    now: list[str] = []
    for event in (decode(line).event for line in then):
        if event is None:
            continue
        conversation.handle(event)
        now.append(encode(event))
        while (command := conversation.poll()) is not None:
            now.append(encode(command, event.at_ms))
    return now
