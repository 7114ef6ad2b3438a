"""A spoken dialogue: a simulated caller with a voice, over anything that can say a clip and tell the page's messages."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from antiphon.testing.caller import SimulatedCaller

News = Callable[[int], Awaitable[Sequence[dict[str, Any]]]]
"""Messages after number n; waits until there are some."""
Say = Callable[[str], Awaitable[None]]
"""Speaks a line to its end."""
Overheard = Callable[[], Awaitable[None]]
"""Returns once the agent has been audible long enough to be interrupted."""


async def have_dialogue(caller: SimulatedCaller, news: News, say: Say, overheard: Overheard | None = None) -> None:
    """Answer whatever the agent asks until the call is over."""
    seen, state = 0, "connecting"
    while not caller.ended:
        for message in await news(seen):
            seen += 1
            caller.message(message)
            if message["type"] == "state":
                state = message["state"]
        if state == "speaking" and overheard and (line := caller.interrupts()):
            await overheard()
            await say(line)
        elif state == "listening" and not caller.ended:
            state = "answered"
            await say(caller.line())
