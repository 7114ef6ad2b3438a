"""The record of a call: one row of structured data, folded from what the machine saw and ordered.

Pure and incremental: the same fold serves a running call, the row that is stored, and a journal read years later.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.commands import Command
from antiphon.core.e_model import grade
from antiphon.core.events import Event
from antiphon.core.journal import decode
from antiphon.core.latency import LatencyFold, TurnLatency
from antiphon.core.proposal import Json
from antiphon.core.task import TaskState


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of the transcript. For the agent `text` is what was heard and `said` what would have been; `basis` says how sure
    that is. Times in ms of call time; `heard_ms` of the reply's audio."""

    who: str  # caller, agent
    number: int
    text: str
    started_ms: int
    ended_ms: int
    typed: bool = False
    said: str = ""
    cut: bool = False
    heard_ms: int = 0
    basis: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call with its result; `ok` is None while, or if, there is no answer."""

    tool_call: int
    tool: str
    arguments: Mapping[str, Json]
    reply: int
    started_ms: int
    ok: bool | None = None
    result: Json = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Travelled:
    """How a voice reached its listener over the whole call. `mos` and `worst_mos`, of the worst ten seconds, are the E-model's.
    None where nobody could know."""

    grade: int  # 1 to 4, of `mos`
    mos: float
    worst_mos: float
    loss_percent: float
    lost: int
    received: int
    jitter_ms: float
    rtt_ms: float | None
    recovered: int | None
    concealed_ms: int | None
    mode_changes: int | None


def _no_quality() -> dict[str, Travelled | None]:
    return {"caller": None, "agent": None}


@dataclass(slots=True)
class CallRecord:
    """Everything a business asks about a call."""

    call: str = ""
    tenant: str = ""
    agent: str = ""
    agent_version: str = ""
    channel: str = ""
    caller: str | None = None
    zone: str = "UTC"
    started: str = ""
    ended: str | None = None
    duration_ms: int = 0
    outcome: str | None = None
    end_reason: str | None = None
    reference: str | None = None
    specialist: str = ""
    task: str | None = None
    slots: dict[str, dict[str, Json]] = field(default_factory=dict)
    transcript: list[Spoken] = field(default_factory=list)
    tools: list[ToolUse] = field(default_factory=list)
    latency: list[TurnLatency] = field(default_factory=list)
    barge_ins: int = 0
    false_barge_ins: int = 0
    reprompts: int = 0
    silences: int = 0
    quality: dict[str, Travelled | None] = field(default_factory=_no_quality)

    def to_json(self) -> dict[str, Json]:
        """Plain values for the API and the store."""
        return asdict(self)


class RecordFold:
    """Feed it events and commands, or journal lines, in order."""

    def __init__(self) -> None:
        self._record = CallRecord()
        self._task: TaskState | None = None
        self._latency = LatencyFold()
        self._begun: dict[int, int] = {}  # reply → when it became audible
        self._wall: datetime | None = None
        self._now = 0

    def line(self, line: str) -> None:
        """One line of a journal."""
        decoded = decode(line)
        if (event := decoded.event) is not None:
            self.event(event)
        else:
            self.command(decoded.item, decoded.at_ms)  # type: ignore[arg-type]  # not an event: a command

    def event(self, event: Event) -> None:
        """The machine saw this."""
        self._now = event.at_ms
        self._latency.event(event)
        record = self._record
        match event:
            case ev.CallStarted():
                self._start(event)
            case ev.PlayoutStarted(at_ms, reply) | ev.PlayoutPaused(at_ms, reply):
                self._begun.setdefault(reply, at_ms)
            case ev.BrainProposed(_, _, proposal):
                self._task = (self._task or TaskState("")).after(proposal)
            case ev.ToolReturned(_, tool_call, ok, result, duration_ms):
                self._tool_returned(tool_call, ok, result, duration_ms)
            case ev.QualityMeasured():
                record.quality[event.speaker.value] = _travelled(event)
            case _:
                pass
        record.duration_ms = self._now

    def command(self, command: Command, at_ms: int) -> None:
        """The machine ordered this."""
        self._latency.command(command, at_ms)
        record = self._record
        match command:
            case cm.TurnTaken(turn, text, started_ms, ended_ms, typed):
                self._replace(Spoken("caller", turn, text, started_ms, ended_ms, typed))
            case cm.ReplyHeard(reply, text, said, cut, heard_ms, basis):
                begun = self._begun.get(reply, at_ms)
                record.transcript.append(
                    Spoken("agent", reply, text, begun, at_ms, said=said, cut=cut, heard_ms=heard_ms, basis=basis)
                )
                record.barge_ins += cut and bool(text)
            case cm.RunTool(tool_call, reply, tool, arguments):
                record.tools.append(ToolUse(tool_call, tool, dict(arguments), reply, at_ms))
            case cm.ResumePlayout():
                record.false_barge_ins += 1
            case cm.Think(_, cause):
                record.reprompts += cause is cm.Cause.NONSENSE
                record.silences += cause is cm.Cause.SILENCE
            case cm.HangUp(outcome, reason):
                record.outcome, record.end_reason, record.ended = outcome.value, reason, self._utc(at_ms)
            case _:
                pass

    def record(self) -> CallRecord:
        """The record so far."""
        record = self._record
        record.latency = self._latency.turns()
        if self._task is not None:
            record.specialist = self._task.specialist
            record.task = self._task.notes.get("task_done") or self._task.task or None
            record.reference = self._task.reference or self._task.notes.get("reference")
            record.slots = {
                name: {"value": slot.value, "said": slot.said, "turn": slot.turn, "status": slot.status.value}
                for name, slot in self._task.slots.items()
            }
        return record

    def _start(self, event: ev.CallStarted) -> None:
        record = self._record
        record.call, record.tenant, record.caller = event.call, event.tenant, event.caller
        record.agent, record.agent_version = event.agent, event.agent_version
        record.channel, record.zone, record.started = event.channel, event.zone, event.wall
        self._wall = datetime.fromisoformat(event.wall)

    def _utc(self, at_ms: int) -> str | None:
        return (self._wall + timedelta(milliseconds=at_ms)).isoformat() if self._wall else None

    def _replace(self, spoken: Spoken) -> None:
        """A turn that was taken and then went on is taken again under the same number."""
        transcript = self._record.transcript
        transcript[:] = [each for each in transcript if (each.who, each.number) != ("caller", spoken.number)]
        transcript.append(spoken)

    def _tool_returned(self, tool_call: int, ok: bool, result: Json, duration_ms: int) -> None:
        tools = self._record.tools
        for index, used in enumerate(tools):
            if used.tool_call == tool_call and used.ok is None:
                answer = ToolUse(
                    tool_call, used.tool, used.arguments, used.reply, used.started_ms, ok, result, duration_ms
                )
                tools[index] = answer


def _travelled(event: ev.QualityMeasured) -> Travelled:
    """Its counts are those of the whole call, so the last event has the last word."""
    packets = event.lost + event.received
    return Travelled(
        grade=grade(event.mos),
        mos=event.mos,
        worst_mos=event.worst_mos,
        loss_percent=round(100 * event.lost / packets, 2) if packets else 0.0,
        lost=event.lost,
        received=event.received,
        jitter_ms=event.jitter_ms,
        rtt_ms=event.rtt_ms,
        recovered=event.recovered,
        concealed_ms=event.concealed_ms,
        mode_changes=event.mode_changes,
    )
