"""A leg's connections as the gateway sees them: a stream that it carries, and the signalling by which a caller comes to another."""

import asyncio
from collections.abc import Callable

from antiphon import _media
from antiphon.adapters.media.leg import WEBRTC, MediaLeg
from antiphon.core.errors import BadRequest, Busy, NotFound
from antiphon.ports.leg import ClientPlayout, Digit, LegOrder, LegProfile, LegSink
from antiphon.ports.stream import FarEnd, StreamFormat

LONGEST_CANDIDATE = 512
"""Characters: the longest real candidate lines (IPv6 relay with extensions) have about 250."""


def stream_profile(format: StreamFormat, channel: str) -> LegProfile:  # noqa: A002  # the field's word
    """What a leg can do over a stream."""
    return LegProfile(channel, audio=True, text=format != "ulaw", codec=format, datagrams=False)


class CoreStream:
    """One connection of a leg; see `ports.stream.StreamLeg`. It says nothing more once the leg goes on over another."""

    def __init__(self, core: _media.Core, leg: MediaLeg, far_end: FarEnd) -> None:
        self.leg = leg
        self._core = core
        self._far_end = far_end
        self._interrupted = False

    # --- the call's side ---------------------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        """The leg's."""
        return self.leg.id

    @property
    def profile(self) -> LegProfile:
        """See `ports.leg`."""
        return self.leg.profile

    def attach(self, sink: LegSink) -> None:
        """See `ports.leg`."""
        self.leg.attach(sink)

    def order(self, order: LegOrder) -> None:
        """See `ports.leg`."""
        self.leg.order(order)

    # --- the gateway's side ------------------------------------------------------------------------------------------

    def feed(self, payload: bytes, place: tuple[int, int] | None = None) -> None:
        """See the port."""
        if not self._current:
            return
        try:
            self._core.feed(self.id, payload, place)
        except ValueError as error:
            raise BadRequest(f"An audio packet cannot be used: {error}.") from error
        except RuntimeError:
            self.leg.leave("the media core is shut down")

    def message(self, text: str) -> None:
        """See the port."""
        if self._current:
            self.leg.say(text)

    def heard(self, reply: int, position_ms: int) -> None:
        """See the port."""
        if self._current:
            self.leg.deliver(ClientPlayout(self.leg.latest_ms, reply, position_ms))

    def press(self, digit: str) -> None:
        """See the port."""
        if self._current:
            self.leg.deliver(Digit(self.leg.latest_ms, digit))

    def interrupt(self, on: bool) -> None:
        """See the port."""
        if self._current and on != self._interrupted:
            self._interrupted = on
            self._core.interrupt(self.id, on)

    def lost(self, reason: str) -> None:
        """See the port."""
        if self._current:
            self.leg.leave(reason)

    @property
    def is_awaited(self) -> bool:
        """See the port."""
        return self.leg.awaited

    @property
    def _current(self) -> bool:
        return self.leg.over is self._far_end and not self.leg.closed


class CoreSignal:
    """Signalling for one leg. All our candidates are host candidates, and in the answer already."""

    def __init__(self, core: _media.Core, leg: MediaLeg) -> None:
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
        self._leg.move(WEBRTC, None)
        return answer

    def resume_by_stream(self, format: StreamFormat, channel: str, far_end: FarEnd) -> CoreStream:  # noqa: A002
        """See the port."""
        if self._leg.closed:
            raise NotFound("This call is over.")
        try:
            self._core.replace_by_stream(self._leg.id, format)
        except RuntimeError as error:
            raise Busy("The server is shutting down.") from error
        self._leg.move(stream_profile(format, channel), far_end)
        return CoreStream(self._core, self._leg, far_end)

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
