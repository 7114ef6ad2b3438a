"""The open task: which specialist has the caller, which slots are filled, what is being asked.

A pure fold over journalled proposals, so that slots survive hand-off, fallback and takeover, whichever brain proposed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from antiphon.core.proposal import (
    Expect,
    Fill,
    Finish,
    Forget,
    HandOff,
    Miss,
    Note,
    OpenTask,
    Outcome,
    Proposal,
    SlotStatus,
)


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A slot's canonical value, the words it came from and the caller's turn they were said in."""

    value: str
    said: str
    turn: int
    status: SlotStatus


@dataclass(frozen=True, slots=True)
class TaskState:
    """Everything a brain may rely on besides the history. `misses` counts turns in a row that were not understood."""

    specialist: str
    task: str | None = None
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    expecting: Expect | None = None
    misses: int = 0
    outcome: Outcome | None = None
    reference: str | None = None

    def after(self, proposal: Proposal) -> "TaskState":
        """The state once `proposal` is a fact."""
        match proposal:
            case OpenTask(task):
                return replace(self, task=task, misses=0)
            case Fill(slot, value, said, turn, status):
                slots = {**self.slots, slot: SlotValue(value, said, turn, status)}
                return replace(self, slots=slots, misses=0)
            case Forget(slot):
                return replace(self, slots={name: kept for name, kept in self.slots.items() if name != slot})
            case Note(key, value):
                return replace(self, notes={**self.notes, key: value})
            case Expect():
                return replace(self, expecting=proposal)
            case Miss():
                return replace(self, misses=self.misses + 1)
            case HandOff(to):
                return replace(self, specialist=to, task=None, expecting=None)
            case Finish(outcome, reference):
                return replace(self, outcome=outcome, reference=reference or self.reference)
            case _:
                return self

    @property
    def achieved(self) -> Outcome:
        """How a call ended that nobody finished: what the brain noted as achieved counts, else it was abandoned."""
        noted = self.notes.get("outcome")
        return self.outcome or (Outcome(noted) if noted in set(Outcome) else Outcome.ABANDONED)
