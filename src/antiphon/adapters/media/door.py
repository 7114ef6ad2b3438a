"""The WebRTC door: an SDP offer becomes a leg of the media core."""

import asyncio

from antiphon import _media
from antiphon.adapters.media.connections import CoreSignal
from antiphon.adapters.media.exchange import Exchange
from antiphon.adapters.media.leg import MediaLeg
from antiphon.core.errors import BadRequest, Busy
from antiphon.ports.door import Answered


class WebRtcDoor:
    """Answers offers. `most_legs` is what this machine's core carries; beyond it callers are told to come back."""

    def __init__(self, exchange: Exchange, most_legs: int = 100) -> None:
        self._exchange = exchange
        self._most_legs = most_legs

    def counts(self) -> dict[str, float]:
        """What the core says of all legs together; nothing once it is shut down."""
        return dict(self._exchange.core.stats() or {})

    async def answer(self, sdp: str) -> Answered:
        """Raises BadRequest for an offer that cannot be served, Busy when full."""
        if self._exchange.live >= self._most_legs:
            raise Busy(f"All {self._most_legs} lines are taken.")
        core = self._exchange.core
        try:
            # About 2 ms with the GIL released: the DTLS library checks its crypto anew for each leg.
            leg_id, answer = await asyncio.to_thread(core.answer, sdp)
        except _media.BadSdp as error:
            raise BadRequest(str(error)) from error
        except RuntimeError as error:
            raise Busy("The server is shutting down.") from error
        leg = MediaLeg(core, leg_id)
        self._exchange.add(leg)
        return Answered(leg, answer, CoreSignal(core, leg))
