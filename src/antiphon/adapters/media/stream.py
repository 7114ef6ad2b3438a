"""Streams: legs of the media core whose packets the gateway carries."""

from antiphon.adapters.media.connections import CoreSignal, CoreStream, stream_profile
from antiphon.adapters.media.exchange import Exchange
from antiphon.adapters.media.leg import MediaLeg
from antiphon.core.errors import Busy
from antiphon.ports.stream import FarEnd, StreamFormat, StreamLeg


class CoreStreams:
    """Opens streams on the core; see `ports.stream.StreamDoor`. `most_legs` is what this machine's core carries."""

    def __init__(self, exchange: Exchange, most_legs: int = 100) -> None:
        self._exchange = exchange
        self._most_legs = most_legs

    def open(
        self,
        format: StreamFormat,  # noqa: A002
        channel: str,
        far_end: FarEnd,
        *,
        echoes: bool = False,
    ) -> CoreStream:
        """See the port."""
        if self._exchange.live >= self._most_legs:
            raise Busy(f"All {self._most_legs} lines are taken.")
        core = self._exchange.core
        try:
            leg_id = core.open_stream(format, echoes=echoes)
        except RuntimeError as error:
            raise Busy("The server is shutting down.") from error
        leg = MediaLeg(core, leg_id, stream_profile(format, channel), far_end)
        self._exchange.add(leg)
        return CoreStream(core, leg, far_end)

    def signal(self, leg: StreamLeg) -> CoreSignal:
        """See the port."""
        assert isinstance(leg, CoreStream)  # it was opened here
        return CoreSignal(self._exchange.core, leg.leg)
