"""Calls that took place, with the salon's own brain: their events are played again. `tests/golden/record.py` made them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from antiphon.adapters.clock import SystemClock
from antiphon.agents import FolderCatalogue
from antiphon.call.parts import AgentParts
from antiphon.core.conversation import Conversation
from antiphon.core.events import Event, TimePassed
from antiphon.core.journal import decode, encode
from antiphon.wiring.house import PartsMaker
from antiphon.wiring.storage import open_storage

LATE_MS = 50
"""A process wakes a little after its deadline; recorded wake-ups are taken for punctual up to this."""

CALLS = ("booked_by_text", "booked_aloud")


def path(name: str) -> Path:
    """Where a call is written down."""
    return Path(__file__).with_name("calls") / f"{name}.jsonl"


@asynccontextmanager
async def salon(folder: Path) -> AsyncIterator[AgentParts]:
    """The salon as it ships: its policy and its judge decide when a turn is over."""
    async with open_storage(folder, SystemClock(), tenant="demo", keys=()) as storage:
        await storage.seed("demo")
        catalogue = FolderCatalogue([trade.folder for trade in storage.verticals], [])
        yield await PartsMaker(storage, None).make("demo", await catalogue.agent("demo", "salon"))


def call_again(then: list[str], parts: AgentParts) -> list[str]:
    """The journal that the call's events lead to now; a deadline well before its wake-up in `then` has moved, and shows."""
    conversation = Conversation(parts.policy, parts.agent.first_specialist, parts.judge)
    now: list[str] = []

    def take(event: Event) -> None:
        conversation.handle(event)
        commands = []
        while (command := conversation.poll()) is not None:
            commands.append(encode(command, event.at_ms))
        if commands or not isinstance(event, TimePassed):
            now.extend([encode(event), *commands])

    for event in (decode(line).event for line in then):
        if event is None:
            continue
        while (due := conversation.deadline) is not None and due + LATE_MS < event.at_ms:
            take(TimePassed(due))
        take(event)
    return now
