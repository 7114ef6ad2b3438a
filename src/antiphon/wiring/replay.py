"""Replaying a recorded call through a fresh machine."""

from collections.abc import Iterator

from antiphon.adapters.clock import SystemClock
from antiphon.agents import FolderCatalogue
from antiphon.config.server import ServerSettings
from antiphon.core.commands import Command
from antiphon.core.conversation import Conversation
from antiphon.core.errors import NotFound
from antiphon.core.events import CallStarted, Event
from antiphon.core.journal import Replay, decode, replay
from antiphon.wiring.house import PartsMaker
from antiphon.wiring.storage import open_storage


async def replay_call(settings: ServerSettings, tenant: str, call: str) -> Replay:
    """Feed the journal's events to the machine and compare. The agent is read as it is now: a difference may be its edit."""
    async with open_storage(settings.data, SystemClock(), tenant=tenant, keys=()) as storage:
        lines = [entry.line async for entry in storage.journal.read(tenant, call)]
        if not lines:
            raise NotFound(f"The journal of {call} is empty.")
        started = decode(lines[0]).item
        if not isinstance(started, CallStarted):
            raise NotFound(f"The journal of {call} does not begin with its start.")
        catalogue = FolderCatalogue([trade.folder for trade in storage.verticals], [settings.agents])
        parts = await PartsMaker(storage, None).make(tenant, await catalogue.agent(tenant, started.agent))
        conversation = Conversation(parts.policy, parts.agent.first_specialist, parts.judge)

        def orders(event: Event) -> Iterator[Command]:
            conversation.handle(event)
            while (command := conversation.poll()) is not None:
                yield command

        return replay(lines, orders)
