"""What a brain may yield while it runs. Each becomes a journalled fact before it changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class SlotStatus(StrEnum):
    """How sure a slot's value is."""

    FILLED = "filled"  # understood, not read back yet
    CONFIRMED = "confirmed"  # the caller agreed to it


class Outcome(StrEnum):
    """How a call ended; every call ends in exactly one."""

    DONE = "done"  # the task was carried out
    ANSWERED = "answered"  # questions answered, nothing to carry out
    HUMAN = "human"  # handed to a person
    CALLBACK = "callback"  # a message was taken, somebody calls back
    ABANDONED = "abandoned"  # the caller left before an end
    FAILED = "failed"  # we could not go on


@dataclass(frozen=True, slots=True)
class Say:
    """Words to speak, appended to the reply. Text as it streams: any split, spaces included."""

    text: str


@dataclass(frozen=True, slots=True)
class Expect:
    """What the words just said ask for, so that endpointing and understanding know. `kind` is a slot type
    ("date", "phone", …), "yes_no", "choice" or "open"; `slot` names the slot if one is asked."""

    kind: str
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Begin `task` of the present specialist; slots already filled stay."""

    task: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A slot's canonical value, the caller's words for it, and the turn they came in."""

    slot: str
    value: str
    said: str
    turn: int
    status: SlotStatus = SlotStatus.FILLED


@dataclass(frozen=True, slots=True)
class Forget:
    """The caller took a slot back."""

    slot: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something the brain must remember across runs (offered times, a declined add-on); it keeps no state itself."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Miss:
    """The caller's last turn was not understood; counts towards escalation until something is."""


@dataclass(frozen=True, slots=True)
class CallTool:
    """Order a tool; the run ends after its tool calls and the brain is run again with their results."""

    tool: str
    arguments: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be said now: what a tool has just done speaks for itself, as keys do to a menu. Only in a run that follows
    tools; any other run owes the caller an answer."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Another specialist takes over, all slots kept; the brain is run again as that specialist."""

    to: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The conversation is over once what was said has been heard; then hang up."""

    outcome: Outcome
    reference: str | None = None


Proposal = Say | Expect | OpenTask | Fill | Forget | Note | Miss | CallTool | Wait | HandOff | Finish
