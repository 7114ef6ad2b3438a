"""Plays a simulated caller over a text leg."""

from antiphon.testing.caller import SimulatedCaller
from antiphon.testing.text_leg import TextLeg


async def have_call(leg: TextLeg, caller: SimulatedCaller) -> None:
    """Answer whatever the agent asks until the call is over."""
    seen = 0
    while True:
        reached = await leg.turn(seen)
        for message in leg.messages[seen:reached]:
            caller.message(message)
        seen = reached
        if caller.ended or leg.closed.is_set():
            return
        leg.type(caller.interrupts() or caller.line())
