"""Who holds the floor: the transition table. The documentation's diagram is drawn from it (tools/draw_floor.py).

A cue that the table does not list for the present floor changes nothing; the conversation decides what a cue means, the table only
where it leads.
"""

from collections.abc import Mapping
from enum import StrEnum

from antiphon.core.commands import Floor


class Cue(StrEnum):
    """What moves the floor."""

    CALLER_SPEAKS = "caller speaks"
    CALLER_STOPS = "caller stops"
    TURN_TAKEN = "turn taken"
    NO_TURN = "no turn after all"
    RUN_BEGINS = "brain runs"
    RUN_IN_VAIN = "nothing to say"
    REPLY_AUDIBLE = "reply audible"
    REPLY_OVER = "reply over"
    SOUND = "sound over the reply"
    RESUMED = "reply resumed"
    CUT_SPEAKING = "reply cut, caller speaking"
    CUT_SILENT = "reply cut, caller silent"
    HUNG_UP = "call over"


TABLE: Mapping[tuple[Floor, Cue], Floor] = {
    (Floor.OPEN, Cue.CALLER_SPEAKS): Floor.CALLER,
    (Floor.OPEN, Cue.RUN_BEGINS): Floor.THINKING,
    (Floor.OPEN, Cue.REPLY_AUDIBLE): Floor.AGENT,
    (Floor.CALLER, Cue.CALLER_STOPS): Floor.PENDING,
    (Floor.CALLER, Cue.TURN_TAKEN): Floor.THINKING,
    (Floor.CALLER, Cue.NO_TURN): Floor.OPEN,
    (Floor.PENDING, Cue.CALLER_SPEAKS): Floor.CALLER,
    (Floor.PENDING, Cue.TURN_TAKEN): Floor.THINKING,
    (Floor.PENDING, Cue.NO_TURN): Floor.OPEN,
    (Floor.THINKING, Cue.CALLER_SPEAKS): Floor.CALLER,
    (Floor.THINKING, Cue.REPLY_AUDIBLE): Floor.AGENT,
    (Floor.THINKING, Cue.RUN_IN_VAIN): Floor.OPEN,
    (Floor.THINKING, Cue.REPLY_OVER): Floor.OPEN,
    (Floor.AGENT, Cue.SOUND): Floor.CONTESTED,
    (Floor.AGENT, Cue.REPLY_OVER): Floor.OPEN,
    (Floor.AGENT, Cue.TURN_TAKEN): Floor.THINKING,
    (Floor.AGENT, Cue.CUT_SILENT): Floor.OPEN,
    (Floor.CONTESTED, Cue.RESUMED): Floor.AGENT,
    (Floor.CONTESTED, Cue.CUT_SPEAKING): Floor.CALLER,
    (Floor.CONTESTED, Cue.CUT_SILENT): Floor.PENDING,
    (Floor.CONTESTED, Cue.REPLY_OVER): Floor.OPEN,
    (Floor.CONTESTED, Cue.TURN_TAKEN): Floor.THINKING,
    **{(floor, Cue.HUNG_UP): Floor.CLOSED for floor in Floor},
}


def after(floor: Floor, cue: Cue) -> Floor:
    """The floor that `cue` leads to."""
    return TABLE.get((floor, cue), floor)
