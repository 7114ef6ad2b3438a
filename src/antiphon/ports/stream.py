"""A stream: a leg whose packets travel over a connection that the gateway keeps: a WebSocket, a carrier's media stream."""

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

    def lost(self, reason: str) -> None:
        """The connection is gone."""


class StreamDoor(Protocol):
    """Makes streams."""

    def open(
        self,
        format: StreamFormat,  # noqa: A002  # the field's word
        channel: str,
        far_end: FarEnd,
        *,
        echoes: bool = False,
    ) -> StreamLeg:
        """A leg that is connected from the start. `echoes`: the far end does not cancel echo, so what comes back of the agent's own
        voice is no caller. Raises Busy when full."""
