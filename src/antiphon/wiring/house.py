"""The house: every part of one process, opened in order and closed in reverse. The one place that knows which adapter serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI

import antiphon
from antiphon.adapters.clock import SystemClock
from antiphon.adapters.ids import TimeOrderedIds
from antiphon.adapters.turn import SharedSecretRelays
from antiphon.agents import FolderCatalogue, load_options, vocabulary
from antiphon.brains.dialogue import ending_judge
from antiphon.call.parts import AgentParts, Books, Engines
from antiphon.call.reception import FrontDesk, Room
from antiphon.call.toolbox import call_tools
from antiphon.config.server import ServerSettings
from antiphon.core.agent import Agent
from antiphon.core.policy import ConversationPolicy
from antiphon.gateway.app import create_app
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.twilio_account import TwilioAccount
from antiphon.ports.clock import Clock
from antiphon.ports.credentials import Credentials
from antiphon.ports.journal import Journal
from antiphon.ports.records import Records
from antiphon.ports.relay import Relays
from antiphon.wiring.agents import ReadyAgents
from antiphon.wiring.brains import make_brain, open_language_model
from antiphon.wiring.figures import process_figures
from antiphon.wiring.media import open_media
from antiphon.wiring.speech import embedded_speech
from antiphon.wiring.storage import Storage, open_storage

if TYPE_CHECKING:
    from antiphon.brains.llm import LanguageModel

PAGE = Path(antiphon.__file__).parent / "gateway" / "page"


@dataclass(frozen=True, slots=True)
class House:
    """What runs: the ASGI app and the parts that tests and commands look at."""

    app: FastAPI
    desk: FrontDesk
    agents: ReadyAgents
    credentials: Credentials
    journal: Journal
    records: Records
    engines: Engines
    clock: Clock


@asynccontextmanager
async def open_house(settings: ServerSettings, tenant: str) -> AsyncIterator[House]:
    """Everything a server needs, warm; leaving the block ends the calls and writes them down. Raises ConfigError."""
    clock = SystemClock()
    async with (
        open_storage(settings.data, clock, tenant=tenant, keys=settings.keys) as storage,
        embedded_speech(settings.data / "cache") as engines,
        open_media(*_media_of(settings)) as doors,
        open_language_model(settings) as model,
    ):
        await storage.seed(tenant)
        catalogue = FolderCatalogue([trade.folder for trade in storage.verticals], [settings.agents])
        agents = ReadyAgents(catalogue, PartsMaker(storage, model).make, engines.stt)
        await agents.warm_up(tenant)
        books = Books(storage.journal, storage.records)
        mint, room = TimeOrderedIds(clock), Room(settings.max_calls, doors.strained)
        desk = FrontDesk(agents.find, engines, books, clock, mint, room)
        parts = GatewayParts(
            reception=desk,
            door=doors.webrtc,
            streams=doors.streams,
            credentials=storage.credentials,
            catalogue=catalogue,
            journal=storage.journal,
            records=storage.records,
            page=PAGE,
            hosts=_hosts(settings),
            twilio=_twilio(settings, tenant),
            relays=_relays(settings, clock),
            secure=settings.tls == "auto",
            figures=partial(process_figures, desk, doors.webrtc.counts, room),
        )
        house = House(
            create_app(parts), desk, agents, storage.credentials, *(storage.journal, storage.records), engines, clock
        )
        async with asyncio.TaskGroup() as tasks:
            open_for_calls = asyncio.Event()
            tasks.create_task(desk.run(open_for_calls.set), name="front desk")
            await open_for_calls.wait()
            try:
                yield house
            finally:
                desk.stop()


class PartsMaker:
    """Makes an agent ready: its tools, its options as they are now, its brain, its words."""

    def __init__(self, storage: Storage, model: "LanguageModel | None") -> None:
        self._storage, self._model = storage, model

    async def make(self, tenant: str, agent: Agent) -> AgentParts:
        """Raises ConfigError for an agent whose tools or options are not to be had."""
        toolbox = self._storage.toolbox(agent)
        options = await load_options(agent, toolbox, tenant)
        return AgentParts(
            agent=agent,
            brain=make_brain(agent, options, (*toolbox.declarations(), *call_tools(agent)), self._model),
            toolbox=toolbox,
            vocabulary=vocabulary(agent, options),
            policy=ConversationPolicy(),
            judge=ending_judge(agent, options),
        )


def _media_of(settings: ServerSettings) -> tuple[str, tuple[str, ...], int, int, str | None]:
    tcp = str(settings.ice_tcp) if settings.ice_tcp else None
    return str(settings.udp), settings.public_addresses, settings.max_calls, settings.media_threads, tcp


def _relays(settings: ServerSettings, clock: Clock) -> Relays | None:
    return SharedSecretRelays(settings.turn.urls, settings.turn.secret, clock) if settings.turn else None


def _twilio(settings: ServerSettings, tenant: str) -> TwilioAccount | None:
    if not settings.twilio_auth_token or not settings.public_url:
        return None
    return TwilioAccount(settings.twilio_auth_token, settings.public_url, tenant)


def _hosts(settings: ServerSettings) -> frozenset[str]:
    """Names the server answers to: its own addresses and those it is told it has."""
    own = {settings.http.host, "localhost", "127.0.0.1", "::1", *settings.public_addresses}
    if settings.public_url:
        own.add(urlsplit(settings.public_url).hostname or "")
    return frozenset(own - {"0.0.0.0", "::", ""})
