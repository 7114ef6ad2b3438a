"""A door makes a leg: from an offer somebody sent, or by dialling."""

from dataclasses import dataclass
from typing import Protocol

from antiphon.ports.far_end import FarEnd, StreamFormat, StreamLeg
from antiphon.ports.leg import Leg


@dataclass(frozen=True, slots=True)
class Answered:
    """A leg that is about to connect and the SDP answer that makes it so."""

    leg: Leg
    sdp: str
    signal: "Signal"


class Signal(Protocol):
    """The signalling side of one leg."""

    def add_candidate(self, candidate: str) -> None:
        """One remote trickle candidate (`candidate:…` without `a=`); empty means no more. Raises BadRequest."""

    async def renegotiate(self, sdp: str) -> str:
        """The answer to another offer of the same peer: an ICE restart, a hold, a change of direction. Raises BadRequest."""

    async def resume(self, sdp: str) -> str:
        """The answer to an offer of a far end that has lost its connection: an ICE restart, or a new peer connection that takes the
        lost one's place. Raises BadRequest; NotFound when the leg is over."""

    def resume_by_stream(self, format: StreamFormat, channel: str, far_end: FarEnd) -> StreamLeg:  # noqa: A002
        """The leg goes on over a connection that the gateway keeps, in place of the one it had. Raises NotFound when it is over."""

    def local_candidates(self) -> list[str]:
        """Candidates not in the answer, for trickling to the far end."""


class Door(Protocol):
    """Answers WebRTC offers."""

    async def answer(self, sdp: str) -> Answered:
        """Make a leg from an SDP offer. Raises BadRequest for an offer that cannot be served, Busy when full."""
