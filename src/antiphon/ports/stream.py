"""A stream: a leg whose packets travel over a connection that the gateway keeps: a WebSocket, a carrier's media stream."""

from typing import Protocol

from antiphon.ports.door import Signal
from antiphon.ports.far_end import FarEnd, StreamFormat, StreamLeg

__all__ = ["FarEnd", "StreamDoor", "StreamFormat", "StreamLeg"]


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

    def signal(self, leg: StreamLeg) -> Signal:
        """By which the caller of a leg that was opened here comes back over another connection."""
