"""A leg of text: a caller who types and reads. The simplest way to talk to an agent in a test or a script."""

import asyncio
import json
from typing import Any

from antiphon.ports.clock import Clock
from antiphon.ports.leg import (
    Close,
    Closed,
    Connected,
    LegFact,
    LegOrder,
    LegProfile,
    LegSink,
    Notify,
    SendText,
    TypedText,
)


class TextLeg:
    """Implements `ports.leg.Leg`. `lines` is what the agent wrote, `messages` what the page would have been told."""

    profile = LegProfile(channel="text", audio=False, text=True)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sink: LegSink | None = None
        self._early: list[LegFact] = [Connected(clock.monotonic_ms())]
        self.lines: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.closed = asyncio.Event()
        self._told = asyncio.Event()

    # --- the call's side ---------------------------------------------------------------------------------------------

    def attach(self, sink: LegSink) -> None:
        """See `ports.leg`."""
        self._sink = sink
        for fact in self._early:
            sink.fact(fact)
        self._early.clear()

    def order(self, order: LegOrder) -> None:
        """See `ports.leg`."""
        match order:
            case SendText(_, text):
                self.lines.append(text)
            case Notify(message):
                self.messages.append(json.loads(message))
            case Close():
                self.closed.set()
            case _:
                pass  # nothing is ever played here
        self._told.set()

    # --- the caller's side -------------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Say `text`."""
        self._deliver(TypedText(self._clock.monotonic_ms(), text))

    def hang_up(self) -> None:
        """Leave."""
        self._deliver(Closed(self._clock.monotonic_ms(), "caller hung up"))

    def _deliver(self, fact: LegFact) -> None:
        if self._sink is None:
            self._early.append(fact)
        else:
            self._sink.fact(fact)

    async def turn(self, seen: int) -> int:
        """Wait until the agent listens again, or the call is over, after message number `seen`; returns the number reached."""
        while True:
            for number, message in enumerate(self.messages[seen:], seen + 1):
                if message["type"] == "bye" or (message["type"], message.get("state")) == ("state", "listening"):
                    return number
            if self.closed.is_set():
                return len(self.messages)
            self._told.clear()
            await self._told.wait()
