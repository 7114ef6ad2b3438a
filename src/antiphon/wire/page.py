"""What the page is told: a call's events and commands as messages of the data channel (`protocol/page.schema.json`)."""

import json
from typing import Final, cast

from antiphon.core.commands import Command, Floor, FloorChanged, HangUp, ReplyHeard, RunTool, Speak, TurnTaken
from antiphon.core.e_model import grade
from antiphon.core.events import (
    BrainFailed,
    BrainProposed,
    CallStarted,
    Event,
    HearingFailed,
    InterimHeard,
    QualityMeasured,
    Speaker,
    ToolReturned,
)
from antiphon.core.proposal import Expect, Fill, Finish, Forget, HandOff, Outcome, Proposal
from antiphon.core.task import TaskState
from antiphon.wire import page_messages as pm
from antiphon.wire.call_record import HeardBasis

STATES: Final[dict[Floor, pm.CallState]] = {
    Floor.OPEN: "listening",
    Floor.CALLER: "hearing",
    Floor.PENDING: "hearing",
    Floor.THINKING: "thinking",
    Floor.AGENT: "speaking",
    Floor.CONTESTED: "paused",
    Floor.CLOSED: "ended",
}


class PageView:
    """Follows one call and says what its page should know. Every message has a type, a running number and the call time."""

    def __init__(self, call: str, agent: str, specialist: str) -> None:
        self._call, self._agent = call, agent
        self._task = TaskState(specialist)
        self._seq = 0
        self._state: pm.CallState = "connecting"
        self._turn = 1
        self._tools: dict[int, str] = {}

    def event(self, event: Event) -> list[str]:
        """Messages for a fact, as JSON."""
        return _lines(self._of_event(event))

    def command(self, command: Command, at_ms: int) -> list[str]:
        """Messages for an order, as JSON."""
        return _lines(self._of_command(command, at_ms))

    def _of_event(self, event: Event) -> pm.PageMessage | None:
        match event:
            case CallStarted(at):
                return pm.Hello(
                    type="hello", seq=self._next(), at_ms=at, call_id=self._call, agent=self._agent, protocol=1
                )
            case InterimHeard(at, _, text):
                return pm.InterimWords(type="interim", seq=self._next(), at_ms=at, turn=self._turn, text=text)
            case BrainProposed(at, _, proposal):
                return self._of_proposal(at, proposal)
            case ToolReturned():
                return self._returned(event)
            case QualityMeasured() if self._state != "ended":  # nobody reads on after a goodbye
                return self._measured(event)
            case HearingFailed(at):
                text = "The last words could not be heard."
                return pm.Trouble(type="error", seq=self._next(), at_ms=at, code="hearing", message=text)
            case BrainFailed(at):
                return pm.Trouble(type="error", seq=self._next(), at_ms=at, code="thinking", message="One moment…")
            case _:
                return None

    def _returned(self, event: ToolReturned) -> pm.Tool:
        return pm.Tool(
            type="tool",
            seq=self._next(),
            at_ms=event.at_ms,
            call=event.tool_call,
            name=self._tools.get(event.tool_call, ""),
            status="done" if event.ok else "failed",
            result=event.result,
            duration_ms=event.duration_ms,
        )

    def _measured(self, event: QualityMeasured) -> pm.VoiceQuality:
        packets = event.lost + event.received
        return pm.VoiceQuality(
            type="quality",
            seq=self._next(),
            at_ms=event.at_ms,
            speaker="agent" if event.speaker is Speaker.AGENT else "caller",
            grade=grade(event.recent_mos),
            mos=event.recent_mos,
            loss_percent=round(100 * event.lost / packets, 1) if packets else 0.0,
            jitter_ms=event.jitter_ms,
            rtt_ms=event.rtt_ms,
        )

    def _of_proposal(self, at: int, proposal: Proposal) -> pm.PageMessage | None:
        before, self._task = self._task, self._task.after(proposal)
        match proposal:
            case Fill(slot, value, said, turn, status):
                return pm.Slot(
                    type="slot",
                    seq=self._next(),
                    at_ms=at,
                    name=slot,
                    value=value,
                    said=said,
                    turn=turn,
                    status=status.value,
                )
            case Forget(slot):
                return pm.Slot(type="slot", seq=self._next(), at_ms=at, name=slot, value=None, status="forgotten")
            case Expect(kind, slot):
                return pm.Expect(type="expect", seq=self._next(), at_ms=at, kind=kind, slot=slot)
            case HandOff(to):
                return {"type": "handoff", "seq": self._next(), "at_ms": at, "from": before.specialist, "to": to}
            case Finish(outcome):
                return self._recorded(at, outcome)
            case _:
                return None

    def _of_command(self, command: Command, at: int) -> pm.PageMessage | list[pm.PageMessage] | None:
        match command:
            case FloorChanged(floor):
                return self._state_changed(at, STATES[floor])
            case TurnTaken(turn, text):
                self._turn = turn + 1
                return pm.FinalWords(type="final", seq=self._next(), at_ms=at, turn=turn, text=text)
            case Speak(reply, text):
                return pm.Say(type="say", seq=self._next(), at_ms=at, reply=reply, text=text)
            case ReplyHeard(reply, text, _, cut, _, basis):
                return pm.Heard(
                    type="heard",
                    seq=self._next(),
                    at_ms=at,
                    reply=reply,
                    text=text,
                    cut=cut,
                    basis=cast(HeardBasis, basis),
                )
            case RunTool(call, _, tool, arguments):
                self._tools[call] = tool
                return pm.Tool(
                    type="tool",
                    seq=self._next(),
                    at_ms=at,
                    call=call,
                    name=tool,
                    status="started",
                    arguments=dict(arguments),
                )
            case HangUp(outcome, reason):
                return [self._recorded(at, outcome), pm.Bye(type="bye", seq=self._next(), at_ms=at, reason=reason)]
            case _:
                return None

    def _state_changed(self, at: int, state: pm.CallState) -> pm.State | None:
        if state == self._state or (self._task.outcome and state == "listening"):
            return None  # after a goodbye nobody listens, although the floor is free until the caller has heard it
        self._state = state
        return pm.State(type="state", seq=self._next(), at_ms=at, state=state, specialist=self._task.specialist)

    def _recorded(self, at: int, outcome: Outcome) -> pm.Recorded:
        slots = {name: slot.value for name, slot in self._task.slots.items()}
        reference = self._task.reference
        return pm.Recorded(
            type="record", seq=self._next(), at_ms=at, outcome=outcome.value, reference=reference, slots=slots
        )

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _lines(made: pm.PageMessage | list[pm.PageMessage] | None) -> list[str]:
    messages = made if isinstance(made, list) else [made] if made else []
    return [json.dumps(message, separators=(",", ":")) for message in messages]
