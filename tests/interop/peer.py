"""What every foreign WebRTC stack is to these tests: a stack makes peers, and a peer is one call's far end."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

CALLER_HZ = 440
"""What callers sing; Firefox's make-believe microphone must know it when it starts."""
NEAR_HZ = 12.0
"""How near a tone must be to be the one: three bins of an FFT over a quarter of a second."""


Change = Literal["restart", "hold", "resume"]
"""What another offer is for: an ICE restart, `inactive`, and `sendrecv` again."""


class UnobtainableError(Exception):
    """The stack is not on this machine; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Received:
    """RTP packets of the server's voice, as the peer counts them."""

    packets: int
    lost: int


@dataclass(frozen=True, slots=True)
class Milestones:
    """When a connection came about, ms after the offer's hand-over by the peer's own clock: it was given the answer, its ICE had
    found a way, and all of it was connected.
    """

    answered: float
    ice: float
    connected: float


class Peer(Protocol):
    """One call's far end. Every wait is the caller's to limit."""

    async def offer(self) -> str:
        """An SDP offer with a voice, silent so far, a data channel `antiphon`, and every candidate."""

    async def offer_early(self) -> str:
        """The same without candidates; `candidates` has them."""

    async def candidates(self) -> list[str]:
        """The local candidates (`candidate:…`), once all are gathered."""

    async def offer_again(self, change: Change) -> str:
        """Another offer of the same connection."""

    async def accept(self, answer: str) -> None:
        """Take the SDP answer."""

    async def connected(self) -> Milestones:
        """Wait for the connection."""

    async def play(self) -> None:
        """Sing CALLER_HZ from now on."""

    async def hears(self, hz: float) -> None:
        """Wait until the server's voice is this tone."""

    async def send(self, text: str) -> None:
        """Say something over the data channel, once it is open."""

    async def told(self) -> str:
        """Wait for the next message of the data channel."""

    async def press(self, digits: str) -> None:
        """Press telephone keys (RFC 4733)."""

    async def listen(self) -> None:
        """Hear the server's keys from now on."""

    async def keys(self, count: int) -> str:
        """Wait until so many keys of the server's have been told or heard, or until no more are heard; which."""

    async def gone(self) -> str:
        """Wait until the far end has hung up; how that was noticed."""

    async def pair(self) -> str:
        """The protocol of the selected candidate pair: udp or tcp."""

    async def received(self) -> Received:
        """What came of the server's voice."""

    async def close(self) -> None:
        """Hang up. Twice is once."""


class Stack(Protocol):
    """A WebRTC implementation, started."""

    version: str

    def peer(self) -> AbstractAsyncContextManager[Peer]:
        """A new call's far end; leaving the block closes it."""
