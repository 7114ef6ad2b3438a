"""One call at run time: drives the conversation and owns every task of the call.

The loop is str0m's, for speech: one event in, drain the commands, then wait for the next event or the deadline, whichever is
first. All waiting happens in the hops beside it (hear, think, act, speak, record).
"""

import asyncio
from collections import deque
from collections.abc import Callable

from antiphon.call.act import Acting
from antiphon.call.call_clock import CallClock
from antiphon.call.call_quality import CallQuality
from antiphon.call.hear import Hearing
from antiphon.call.inbox import Inbox
from antiphon.call.leg_sink import CallSink
from antiphon.call.parts import AgentParts, Books, CallIdentity, Engines
from antiphon.call.press import Pressing
from antiphon.call.record import Scribe
from antiphon.call.speak import Speaking
from antiphon.call.think import Thinking
from antiphon.call.toolbox import CallToolbox
from antiphon.core.commands import (
    ArmReflex,
    Command,
    CutReply,
    EndReply,
    Floor,
    FloorChanged,
    HangUp,
    PausePlayout,
    ReplyHeard,
    ResumePlayout,
    RunTool,
    Speak,
    StopThinking,
    Think,
    Transcribe,
    TurnTaken,
)
from antiphon.core.conversation import Conversation
from antiphon.core.events import CallStarted, Event, HangUpAsked, LegRestored, TimePassed
from antiphon.core.proposal import Json
from antiphon.core.record import RecordFold
from antiphon.ports.brain import Moment
from antiphon.ports.clock import Clock
from antiphon.ports.leg import Arm, Close, Flush, Leg, Listen, Notify, Pause, Resume
from antiphon.ports.tool import ToolCaller
from antiphon.wire.page import PageView

SETTLE_S = 10.0
"""Longest wait after hang-up for tools already begun: their results belong to the record."""
MOST_SHOWN = 2_000
"""Messages a page that comes back is told again: a long call has a few hundred."""


class Session:
    """A call from ring to hang-up. `run` returns when everything is written down."""

    def __init__(
        self,
        identity: CallIdentity,
        parts: AgentParts,
        engines: Engines,
        books: Books,
        leg: Leg,
        clock: Clock,
    ) -> None:
        self.identity = identity
        self._parts, self._engines, self._books, self._leg = parts, engines, books, leg
        self._clock = CallClock(clock)
        self._conversation = Conversation(parts.policy, parts.agent.first_specialist, parts.judge)
        self._fold = RecordFold()
        self._page = PageView(identity.call, parts.agent.name, parts.agent.first_specialist)
        self._shown: deque[str] = deque(maxlen=MOST_SHOWN)
        self.quality = CallQuality(leg.profile)
        self._inbox = Inbox()
        self._ended = False

    # --- from outside ------------------------------------------------------------------------------------------------

    def hang_up(self, reason: str) -> None:
        """Ask the conversation to end."""
        self.post(HangUpAsked(self._clock.now(), reason))

    def post(self, event: Event) -> None:
        """Hand an event to the conversation; never blocks."""
        self._inbox.post(event)

    async def run(self) -> None:
        """Have the whole call. Raises Fenced when another owner took it over."""
        identity, journal = self.identity, self._books.journal
        try:
            epoch = await journal.open(identity.tenant, identity.call)
        except BaseException:
            self._leg.order(Close("the call cannot be written down"))
            raise
        self._scribe = Scribe(journal, identity.call, epoch)
        self._handle(self._call_started())
        async with asyncio.TaskGroup() as writing:
            writing.create_task(self._scribe.run(), name=f"{identity.call} scribe")
            try:
                await self._books.records.save(identity.tenant, self._record_now())
                await self._talk()
            finally:
                self._leg.order(Close("call ended"))
                self._scribe.close()
        await self._books.records.save(identity.tenant, self._record_now())

    def _call_started(self) -> CallStarted:
        identity, agent = self.identity, self._parts.agent
        return CallStarted(
            0,
            identity.call,
            identity.tenant,
            agent.name,
            agent.version,
            identity.channel,
            identity.wall.isoformat(),
            agent.zone,
            identity.caller,
        )

    # --- the loop ----------------------------------------------------------------------------------------------------

    async def _talk(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            helpers = self._start_hops(tasks)
            try:
                await self._converse()
                await self._settle()
            finally:
                for helper in helpers:
                    helper.cancel()

    def _start_hops(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        parts, engines, call = self._parts, self._engines, self.identity.call
        self._thinking = Thinking(parts.brain, self._clock, self.post, tasks)
        caller = ToolCaller(self.identity.tenant, call, self.identity.caller)
        pressing = Pressing(self._leg)
        toolbox = CallToolbox(parts.agent, parts.toolbox, pressing)
        self._acting = Acting(toolbox, caller, self._clock, self.post, self._scribe.durable, tasks)
        self._speaking = Speaking(self._leg, engines.tts, parts.agent.voice, self._clock, self.post, tasks)
        helpers = [tasks.create_task(self._speaking.run(), name=f"{call} speak")]
        audio: Callable[[int, memoryview], None] = _deaf
        if self._leg.profile.audio:
            self._hearing = Hearing(
                self._clock,
                engines.vad,
                engines.stt,
                parts.vocabulary,
                self.post,
                lambda on: self._leg.order(Listen(on)),
            )
            helpers.append(tasks.create_task(self._hearing.run(), name=f"{call} hear"))
            audio = self._hearing.audio
        sent = self._speaking.played
        self._leg.attach(CallSink(self._leg.profile, self._clock, self.post, audio, self.quality, pressing, sent))
        return helpers

    async def _converse(self) -> None:
        while True:
            while (event := self._inbox.take()) is not None:
                self._handle(event)
            if self._ended:
                return
            if not await self._inbox.wait(self._seconds_until(self._conversation.deadline)):
                self._handle(TimePassed(self._clock.now()))

    def _seconds_until(self, deadline_ms: int | None) -> float | None:
        return None if deadline_ms is None else max(0.0, (deadline_ms - self._clock.now()) / 1000)

    async def _settle(self) -> None:
        """After the hang-up only tools already begun still matter, and how the call has sounded."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._acting.settle()
        except TimeoutError:
            pass  # the journal shows the intent without a result: that is the truth
        while (event := self._inbox.take()) is not None:
            self._handle(event)
        for event in self.quality.last_word(self._clock.now()):
            self._handle(event)

    def _handle(self, event: Event) -> None:
        self._conversation.handle(event)
        commands: list[Command] = []
        while (command := self._conversation.poll()) is not None:
            commands.append(command)
        if commands or not isinstance(event, TimePassed):
            self._write_down(event, commands)
        for command in commands:
            self._carry_out(command)

    def _write_down(self, event: Event, commands: list[Command]) -> None:
        self._scribe.seen(event)
        self._fold.event(event)
        if isinstance(event, LegRestored) and event.anew:
            self._show_again()
        self._show(self._page.event(event))
        for command in commands:
            self._scribe.ordered(command, event.at_ms)
            self._fold.command(command, event.at_ms)
            self._show(self._page.command(command, event.at_ms))

    def _show(self, messages: list[str]) -> None:
        for message in messages:
            self._shown.append(message)
            self._leg.order(Notify(message))

    def _show_again(self) -> None:
        """Another page has come, or the same one anew: tell it the call from its beginning."""
        for message in self._shown:
            self._leg.order(Notify(message))

    # --- commands ----------------------------------------------------------------------------------------------------

    def _carry_out(self, command: Command) -> None:
        match command:
            case Transcribe(utterance):
                self._hearing.transcribe(utterance)
            case Think():
                self._think(command)
            case StopThinking(reply):
                self._thinking.stop(reply)
            case Speak(reply, text):
                self._speaking.add(reply, text)
            case EndReply(reply):
                self._speaking.end(reply)
            case RunTool():
                self._acting.start(command)
            case CutReply() | ArmReflex() | PausePlayout() | ResumePlayout():
                self._steer_playout(command)
            case HangUp():
                self._ended = True
            case FloorChanged() | TurnTaken() | ReplyHeard():
                pass  # facts for the journal, the page and the record

    def _steer_playout(self, command: CutReply | ArmReflex | PausePlayout | ResumePlayout) -> None:
        match command:
            case CutReply(reply):
                self._speaking.cut(reply)
                self._leg.order(Flush(reply))
            case ArmReflex(reply, armed):
                self._leg.order(Arm(reply, armed))
            case PausePlayout():
                self._leg.order(Pause())
            case ResumePlayout():
                self._leg.order(Resume())

    def _think(self, order: Think) -> None:
        now = self.identity.local_time(self._clock.now(), self._parts.agent.zone)
        self._thinking.start(order.reply, self._conversation.task, self._conversation.history, Moment(order.cause, now))

    # --- what is known so far ----------------------------------------------------------------------------------------

    @property
    def floor(self) -> Floor:
        """Who holds the floor."""
        return self._conversation.floor

    def _record_now(self) -> dict[str, Json]:
        return self._fold.record().to_json()


def _deaf(_at_ms: int, _pcm: memoryview) -> None:
    """A leg without audio has nothing to hear."""
