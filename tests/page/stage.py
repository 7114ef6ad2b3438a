"""The page's other side on a stage: the real gateway and the real media core, with a call that the test itself conducts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from antiphon.config.server import Address
from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.commands import Command
from antiphon.core.errors import Busy, NotFound
from antiphon.core.events import Event
from antiphon.core.journal import decode, encode
from antiphon.core.proposal import Expect, Fill, Finish, HandOff, Outcome, SlotStatus
from antiphon.core.record import RecordFold
from antiphon.gateway.app import create_app
from antiphon.gateway.parts import GatewayParts
from antiphon.ports.catalogue import AgentSummary
from antiphon.ports.journal import JournalEntry
from antiphon.ports.leg import Close, Leg, LegFact, Listen, Notify, Play
from antiphon.ports.reception import Visitor
from antiphon.ports.relay import Relays
from antiphon.testing.script import Script
from antiphon.wire.page import PageView
from antiphon.wiring.listening import bind
from antiphon.wiring.media import open_media
from tests.gateway.doubles import OneKey, OneShelf
from tests.media.tones import strongest_hz

PAGE = Path(__file__).resolve().parents[2] / "src/antiphon/gateway/page"
INSECURE_HOST = "house.test"
REFERENCE = "GB-20261124-001"
AGENTS = (
    AgentSummary("salon", "Juniper Hair and Nails", "Books appointments.", "en-US", ("A haircut on Tuesday",)),
    AgentSummary("bikes", "Spoke and Chain", "Repairs bicycles.", "en-US", (), "tasks.repair: no such slot"),
)


class StagedCall:
    """A call whose agent is the test. `facts` and `audio` are what came from the page."""

    def __init__(self, call: str, leg: Leg, told: asyncio.Event) -> None:
        self.leg, self.facts = leg, list[LegFact]()
        self._view = PageView(call, "salon", "triage")
        self._pcm = bytearray()
        self._news = told
        self._now = 0
        leg.attach(self)
        leg.order(Listen(on=True))  # these tests measure silence too
        self.call = call
        self.greet_page()

    def greet_page(self) -> None:
        """The first thing a page is told."""
        wall = "2026-11-20T20:00:00+00:00"
        self.tell(ev.CallStarted(0, self.call, "demo", "salon", "v1", "webrtc", wall, "UTC"))

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self._pcm += pcm
        self._news.set()

    def fact(self, fact: LegFact) -> None:
        self.facts.append(fact)
        self._news.set()

    def tell(self, *items: Event | Command) -> None:
        """Let the page see events and commands of a call, through the server's own mapping."""
        for item in items:
            self._now += 10
            lines = self._view.command(item, self._now) if isinstance(item, Command) else self._view.event(item)
            for line in lines:
                self.leg.order(Notify(line))

    def state(self, floor: cm.Floor) -> None:
        """Who holds the floor."""
        self.tell(cm.FloorChanged(floor))

    def play(self, reply: int, seconds: float, hz: int = 440) -> None:
        """A tone in the agent's place."""
        at = np.arange(int(24_000 * seconds))
        pcm = (8_000 * np.sin(2 * np.pi * hz * at / 24_000)).astype("<i2").tobytes()
        self.leg.order(Play(reply, 0, pcm, 24_000, last=True))

    def say_goodbye(self) -> None:
        """The agent ends the call."""
        self.tell(cm.HangUp(Outcome.DONE, "the conversation is over"))
        self.leg.order(Close("call ended"))

    async def until(self, condition: Callable[[], object], within_s: float = 10) -> None:
        """Wait for something the page does."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def loudness(self) -> float:
        """RMS of the next half second of the caller's audio."""
        start = len(self._pcm)
        await self.until(lambda: len(self._pcm) >= start + 16_000)
        samples = np.frombuffer(bytes(self._pcm[-8_000:]), "<i2").astype(float)
        return float(np.sqrt(np.mean(samples**2)))

    async def pitch(self) -> float:
        """The strongest frequency of the next half second of the caller's audio, Hz."""
        start = len(self._pcm)
        await self.until(lambda: len(self._pcm) >= start + 16_000)
        return strongest_hz(np.frombuffer(bytes(self._pcm[start : start + 16_000]), np.int16), 16_000)


class Stage:
    """Reception, catalogue and shelf of the staged house."""

    def __init__(self) -> None:
        self.calls: dict[str, StagedCall] = {}
        self.visitors: list[Visitor] = []
        self.hung_up: list[str] = []
        self.full = False
        self._told = asyncio.Event()

    async def check(self, visitor: Visitor) -> None:
        if self.full:
            raise Busy("All 100 lines are taken; call again in a few seconds.")

    async def admit(self, visitor: Visitor, leg: Leg) -> str:
        call = f"call_{len(self.calls) + 1}"
        self.visitors.append(visitor)
        self.calls[call] = StagedCall(call, leg, self._told)
        self._told.set()
        return call

    async def hang_up(self, tenant: str, call: str, reason: str) -> None:
        if call not in self.calls:
            raise NotFound(f"There is no running call {call}.")
        self.hung_up.append(call)
        self._told.set()

    def running(self, tenant: str) -> tuple[str, ...]:
        return tuple(self.calls)

    async def agents(self, tenant: str) -> tuple[AgentSummary, ...]:
        return AGENTS

    async def call(self, number: int = 1) -> StagedCall:
        """The call the page makes."""
        async with asyncio.timeout(15):
            while len(self.calls) < number:
                self._told.clear()
                await self._told.wait()
        return self.calls[f"call_{number}"]


class Shelf(OneShelf):
    """Every call has the record and journal of one scripted call."""

    def __init__(self) -> None:
        self.lines = tuple(scripted_journal())

    async def get(self, tenant: str, call: str) -> dict[str, Any]:
        fold = RecordFold()
        for line in self.lines:
            fold.line(line)
        return dict(fold.record().to_json()) | {"call": call}

    async def read(self, tenant: str, call: str, after: int = 0) -> AsyncIterator[JournalEntry]:
        for seq, line in enumerate(self.lines, 1):
            yield JournalEntry(seq, 1, line)


class NotedScript(Script):
    """A scripted conversation that keeps its journal."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        super().__init__()

    def give(self, event: Event) -> list[Command]:
        made = super().give(event)
        self.lines += [encode(event), *(encode(command, event.at_ms) for command in made)]
        return made


def scripted_journal() -> list[str]:
    """Lines of a whole call that ends with a booking."""
    script = NotedScript()
    script.greet()
    script.say("a haircut on tuesday at half past two")
    script.after(1_000)
    filled = [Fill(name, value, said, 1, SlotStatus.CONFIRMED) for name, value, said in SLOTS]
    script.finish(script.answer(*filled, "Shall I book it?", Expect("yes_no")))
    script.say("yes please", utterance=2)
    script.after(1_000)
    script.finish(script.answer("You are booked. Goodbye.", Finish(Outcome.DONE, REFERENCE)))
    script.after(5_000)
    for speaker, mos in ((ev.Speaker.CALLER, 4.36), (ev.Speaker.AGENT, 3.9)):
        script.after(0, ev.QualityMeasured(0, speaker, mos, mos, mos, 4, 496, 6.0, rtt_ms=48.0))
    assert any(isinstance(decode(line).item, cm.HangUp) for line in script.lines)
    return script.lines


SLOTS = (("service", "haircut", "a haircut"), ("date", "2026-11-24", "tuesday"), ("time", "14:30", "half past two"))


def have_booking(call: StagedCall) -> None:
    """Everything a page sees of a booking, up to the point where the agent says the reference."""
    call.tell(cm.FloorChanged(cm.Floor.AGENT), cm.Speak(1, "Hello, this is Juniper. "), cm.Speak(1, "How can I help?"))
    call.tell(cm.ReplyHeard(1, "Hello, this is Juniper. How can", "…", True, 900, "aligned"))
    call.tell(cm.FloorChanged(cm.Floor.CALLER), ev.InterimHeard(0, 1, "a haircut"))
    call.tell(cm.TurnTaken(1, "a haircut on tuesday at half past two", 0, 10))
    call.tell(ev.BrainProposed(0, 2, HandOff("booking")))
    for name, value, said in SLOTS:
        call.tell(ev.BrainProposed(0, 2, Fill(name, value, said, 1, SlotStatus.CONFIRMED)))
    call.tell(ev.BrainProposed(0, 2, Expect("name", "name")))
    call.tell(cm.RunTool(1, 2, "check_availability", {"date": "2026-11-24"}, "k1"))
    call.tell(ev.ToolReturned(0, 1, True, {"slots": []}, 12))
    call.tell(cm.RunTool(2, 2, "book_appointment", {"name": "Ann"}, "k2"))
    call.tell(ev.ToolReturned(0, 2, True, {"reference": REFERENCE}, 31))
    call.tell(cm.FloorChanged(cm.Floor.AGENT), cm.Speak(2, "You are booked."))


@asynccontextmanager
async def open_stage(
    relays: Relays | None = None, *, host: str = "127.0.0.1", tcp: str | None = None
) -> AsyncIterator[tuple[Stage, str]]:
    """A stage and its address, without a path. Its sockets are made in the network the thread is in when the block begins. `tcp` is
    where media comes in where UDP is blocked."""
    stage, shelf = Stage(), Shelf()
    with bind(Address(host, 0)) as listening:
        base = f"http://{host}:{listening.getsockname()[1]}"
        async with open_media(f"{host}:0", tcp=tcp) as doors:
            hosts = frozenset({host, INSECURE_HOST})
            parts = GatewayParts(
                stage,
                doors.webrtc,
                doors.streams,
                OneKey(),
                stage,  # type: ignore[arg-type]  # doubles
                shelf,
                shelf,
                PAGE,
                hosts,
                secure=False,
                figures=dict,
                relays=relays,
            )
            config = uvicorn.Config(create_app(parts), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
            server = uvicorn.Server(config)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(server._serve([listening]), name="http")
                while not server.started:  # noqa: ASYNC110  # uvicorn tells by this flag alone
                    await asyncio.sleep(0)
                try:
                    yield stage, base
                finally:
                    server.should_exit = True
