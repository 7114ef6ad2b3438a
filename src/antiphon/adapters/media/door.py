"""The WebRTC door: an SDP offer becomes a leg of the media core."""

import asyncio
from collections.abc import Callable

from antiphon import _media
from antiphon.adapters.media.exchange import Exchange
from antiphon.adapters.media.leg import WebRtcLeg
from antiphon.core.errors import BadRequest, Busy, NotFound
from antiphon.ports.door import Answered

LONGEST_CANDIDATE = 512
"""Characters: the longest real candidate lines (IPv6 relay with extensions) have about 250."""


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
        leg = WebRtcLeg(core, leg_id)
        self._exchange.add(leg)
        return Answered(leg, answer, _Signal(core, leg))


class _Signal:
    """Signalling for one leg. All our candidates are host candidates, and in the answer already."""

    def __init__(self, core: _media.Core, leg: WebRtcLeg) -> None:
        self._core = core
        self._leg = leg

    async def renegotiate(self, sdp: str) -> str:
        answer = await self._ask(self._core.reoffer, sdp)
        if answer is None:
            raise BadRequest(
                "This offer is not of the peer connection that the call has; resume the call with it instead."
            )
        return answer

    async def resume(self, sdp: str) -> str:
        answer = await self._ask(self._core.reoffer, sdp) or await self._ask(self._core.replace, sdp)
        assert answer is not None  # a replacement has an answer
        return answer

    async def _ask(self, ask: Callable[[int, str], str | None], sdp: str) -> str | None:
        if self._leg.closed:
            raise NotFound("This call is over.")
        try:
            return await asyncio.to_thread(ask, self._leg.id, sdp)
        except _media.BadSdp as error:
            raise BadRequest(str(error)) from error
        except RuntimeError as error:
            raise Busy("The server is shutting down.") from error

    def add_candidate(self, candidate: str) -> None:
        if not candidate:
            return
        if len(candidate) > LONGEST_CANDIDATE or not candidate.startswith("candidate:"):
            raise BadRequest("A candidate is a line that begins with candidate: and has at most 512 characters.")
        self._core.add_candidate(self._leg.id, candidate)

    def local_candidates(self) -> list[str]:
        return []
