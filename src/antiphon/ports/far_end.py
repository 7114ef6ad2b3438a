"""Both ends of a stream: the connection that the gateway keeps, and the leg whose packets travel on it."""

from typing import Literal, Protocol

from antiphon.ports.leg import Leg

StreamFormat = Literal["pcm16", "opus", "ulaw"]
"""`pcm16` is little-endian mono at 16 kHz, `opus` one packet without a container, `ulaw` G.711 at 8 kHz. A packet is 20 ms."""


class FarEnd(Protocol):
    """The connection a stream's packets leave by. Called on the event loop in the order things happen; nothing here may block."""

    def packet(self, payload: bytes) -> None:
        """20 ms of the agent's voice, when they are due."""

    def message(self, text: str) -> None:
        """A message for the page: JSON of the shapes in `protocol/`."""

    def mark(self, reply: int, position_ms: int) -> None:
        """So much of `reply` has been handed over by now."""

    def clear(self, reply: int) -> None:
        """What the far end has not played of `reply` must not sound any more."""

    def closed(self, reason: str) -> None:
        """The leg is over: hang up. Comes once, and last."""


class StreamLeg(Leg, Protocol):
    """A stream as the gateway sees it."""

    def feed(self, payload: bytes, place: tuple[int, int] | None = None) -> None:
        """A packet of the caller's. `place`: its sequence number (16 bits) and its time on a clock of 48 kHz (32 bits); without it
        the packet follows the last. Raises BadRequest for one that is too large."""

    def message(self, text: str) -> None:
        """What the page says (`protocol/page`)."""

    def heard(self, reply: int, position_ms: int) -> None:
        """The far end has played so much of `reply`."""

    def press(self, digit: str) -> None:
        """The caller has pressed a key."""

    def interrupt(self, on: bool) -> None:
        """The connection brings nothing any more, or does again. The leg waits 35 s for it, or for another; then it is over."""

    def lost(self, reason: str) -> None:
        """The connection is gone, and so is the leg."""

    @property
    def is_awaited(self) -> bool:
        """Whether the page has said that it may come back on another connection."""
