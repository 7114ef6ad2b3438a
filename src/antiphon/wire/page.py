"""What the page is told: a call's events and commands as messages of the data channel (`protocol/`)."""

import json
from collections.abc import Mapping
from typing import Any

from antiphon.core.commands import Command, Floor, FloorChanged, HangUp, ReplyHeard, RunTool, Speak, TurnTaken
from antiphon.core.events import (
    BrainFailed,
    BrainProposed,
    CallStarted,
    Event,
    HearingFailed,
    InterimHeard,
    ToolReturned,
)
from antiphon.core.proposal import Expect, Fill, Finish, Forget, HandOff, Outcome, Proposal
from antiphon.core.task import TaskState

PROTOCOL = 1
STATES = {
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
        self._state = "connecting"
        self._turn = 1
        self._tools: dict[int, str] = {}

    def event(self, event: Event) -> list[str]:
        """Messages for a fact."""
        match event:
            case CallStarted(at):
                hello = {"call_id": self._call, "agent": self._agent, "protocol": PROTOCOL}
                return [self._message("hello", at, hello)]
            case InterimHeard(at, _, text):
                return [self._message("interim", at, {"turn": self._turn, "text": text})]
            case BrainProposed(at, _, proposal):
                return self._proposed(at, proposal)
            case ToolReturned(at, tool_call, ok, result, duration_ms):
                answer = {"status": "done" if ok else "failed", "result": result, "duration_ms": duration_ms}
                return [
                    self._message("tool", at, {"call": tool_call, "name": self._tools.get(tool_call, ""), **answer})
                ]
            case HearingFailed(at) | BrainFailed(at):
                text = "The last words could not be heard." if isinstance(event, HearingFailed) else "One moment…"
                return [
                    self._message("error", at, {"code": "hearing" if "heard" in text else "thinking", "message": text})
                ]
            case _:
                return []

    def command(self, command: Command, at_ms: int) -> list[str]:
        """Messages for an order."""
        match command:
            case FloorChanged(floor):
                return self._state_changed(at_ms, STATES[floor])
            case TurnTaken(turn, text):
                self._turn = turn + 1
                return [self._message("final", at_ms, {"turn": turn, "text": text})]
            case Speak(reply, text):
                return [self._message("say", at_ms, {"reply": reply, "text": text})]
            case ReplyHeard(reply, text, _, cut, _, basis):
                return [self._message("heard", at_ms, {"reply": reply, "text": text, "cut": cut, "basis": basis})]
            case RunTool(tool_call, _, tool, arguments):
                self._tools[tool_call] = tool
                started = {"call": tool_call, "name": tool, "status": "started", "arguments": dict(arguments)}
                return [self._message("tool", at_ms, started)]
            case HangUp(outcome, reason):
                return [self._record(at_ms, outcome), self._message("bye", at_ms, {"reason": reason})]
            case _:
                return []

    def _proposed(self, at_ms: int, proposal: Proposal) -> list[str]:
        before, self._task = self._task, self._task.after(proposal)
        match proposal:
            case Fill(slot, value, said, turn, status):
                filled = {"name": slot, "value": value, "said": said, "turn": turn, "status": status.value}
                return [self._message("slot", at_ms, filled)]
            case Forget(slot):
                return [self._message("slot", at_ms, {"name": slot, "value": None, "status": "forgotten"})]
            case Expect(kind, slot):
                return [self._message("expect", at_ms, {"kind": kind, "slot": slot})]
            case HandOff(to):
                return [self._message("handoff", at_ms, {"from": before.specialist, "to": to})]
            case Finish(outcome):
                return [self._record(at_ms, outcome)]
            case _:
                return []

    def _state_changed(self, at_ms: int, state: str) -> list[str]:
        if state == self._state or (self._task.outcome and state == "listening"):
            return []  # after a goodbye nobody listens, although the floor is free until the caller has heard it
        self._state = state
        return [self._message("state", at_ms, {"state": state, "specialist": self._task.specialist})]

    def _record(self, at_ms: int, outcome: Outcome) -> str:
        slots = {name: slot.value for name, slot in self._task.slots.items()}
        record = {"outcome": outcome.value, "reference": self._task.reference, "slots": slots}
        return self._message("record", at_ms, record)

    def _message(self, kind: str, at_ms: int, body: Mapping[str, Any]) -> str:
        self._seq += 1
        return json.dumps({"type": kind, "seq": self._seq, "at_ms": at_ms, **body}, separators=(",", ":"))
