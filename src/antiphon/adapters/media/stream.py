"""Streams: legs of the media core whose packets the gateway carries."""

from antiphon import _media
from antiphon.adapters.media.exchange import Exchange
from antiphon.adapters.media.leg import MediaLeg
from antiphon.core.errors import BadRequest, Busy
from antiphon.ports.leg import ClientPlayout, Closed, Digit, Flushed, LegFact, LegProfile, Played
from antiphon.ports.stream import FarEnd, StreamFormat


class CoreStream(MediaLeg):
    """One stream; see `ports.stream.StreamLeg`."""

    def __init__(self, core: _media.Core, leg_id: int, profile: LegProfile, far_end: FarEnd) -> None:
        super().__init__(core, leg_id, profile)
        self._far_end = far_end
        self._over = False

    # --- the gateway's side ------------------------------------------------------------------------------------------

    def feed(self, payload: bytes, place: tuple[int, int] | None = None) -> None:
        """See the port."""
        if self._over:
            return
        try:
            self._core.feed(self.id, payload, place)
        except ValueError as error:
            raise BadRequest(f"An audio packet cannot be used: {error}.") from error
        except RuntimeError:
            self._deliver(Closed(self._latest_ms, "the media core is shut down"))

    def message(self, text: str) -> None:
        """See the port."""
        fact = self._message(self._latest_ms, text)
        if fact is not None:
            self._deliver(fact)

    def heard(self, reply: int, position_ms: int) -> None:
        """See the port."""
        self._deliver(ClientPlayout(self._latest_ms, reply, position_ms))

    def press(self, digit: str) -> None:
        """See the port."""
        self._deliver(Digit(self._latest_ms, digit))

    def lost(self, reason: str) -> None:
        """See the port."""
        self._left(reason)
        self._deliver(Closed(self._latest_ms, reason))

    # --- the core's side ---------------------------------------------------------------------------------------------

    def hear(self, at_ms: int, pcm: memoryview) -> None:
        """Audio from the core."""
        self._latest_ms = at_ms
        super().hear(at_ms, pcm)

    def transmit(self, payload: memoryview) -> None:
        """A packet from the core."""
        if not self._over:
            self._far_end.packet(bytes(payload))

    def _deliver(self, fact: LegFact) -> None:
        match fact:
            case Played(_, reply, position_ms, _):
                self._far_end.mark(reply, position_ms)
            case Flushed(_, reply, _):
                self._far_end.clear(reply)
            case _:
                pass
        super()._deliver(fact)
        if isinstance(fact, Closed) and not self._over:
            self._over = True
            self._far_end.closed(fact.reason)

    def _show(self, text: str) -> None:
        self._far_end.message(text)

    def _left(self, reason: str) -> None:
        self._core.lost(self.id, reason)


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
        profile = LegProfile(channel, audio=True, text=format != "ulaw", codec=format, datagrams=False)
        leg = CoreStream(core, leg_id, profile, far_end)
        self._exchange.add(leg)
        return leg
