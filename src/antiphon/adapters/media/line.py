"""A line to dial from: the caller's side of a call, on our own core."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Protocol

from antiphon import _media
from antiphon.adapters.media.exchange import Exchange
from antiphon.core.errors import BadRequest


class LineSink(Protocol):
    """Where a dialled leg delivers; called on the event loop."""

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """16 kHz mono PCM as it arrived; the view is valid only during the call."""

    def message(self, at_ms: int, text: str) -> None:
        """One data-channel message."""

    def connected(self, at_ms: int) -> None:
        """Media can flow."""

    def played(self, at_ms: int, clip: int, position_ms: int, done: bool) -> None:
        """How much of a clip has left."""

    def pressed(self, at_ms: int, digit: str) -> None:
        """The far end has pressed a key."""

    def closed(self, at_ms: int, reason: str) -> None:
        """The far end is gone, or we hung up."""


class DialledLeg:
    """One outgoing leg. `offer` is what to send; `accept` takes what came back."""

    def __init__(self, core: _media.Core, leg_id: int, offer: str, sink: LineSink) -> None:
        self.id = leg_id
        self.offer = offer
        self._core = core
        self._sink = sink

    async def accept(self, answer: str) -> None:
        """Raises BadRequest for an answer that cannot be used."""
        try:
            await asyncio.to_thread(self._core.accept_answer, self.id, answer)
        except _media.BadSdp as error:
            raise BadRequest(str(error)) from error

    def play(self, clip: int, pcm: bytes, rate_hz: int, sound: str | None = None) -> None:
        """Say a whole clip; clips are numbered upwards. `sound` names one that other legs say too: it is encoded once."""
        self._core.play(self.id, clip, 0, pcm, rate_hz, True, sound)

    def stop(self, clip: int) -> None:
        """Fall silent."""
        self._core.flush(self.id, clip)

    def send(self, text: str) -> None:
        """A data-channel message."""
        self._core.send_data(self.id, text)

    def close(self) -> None:
        """Hang up once everything said has left."""
        self._core.close(self.id, "hung up")

    def stats(self) -> dict[str, int | float] | None:
        """The core's counts for this leg."""
        return self._core.stats(self.id)

    def hear(self, at_ms: int, pcm: memoryview) -> None:
        """Audio from the core."""
        self._sink.audio(at_ms, pcm)

    def transmit(self, payload: memoryview) -> None:
        """Never called: a dialled leg has a socket of its own."""

    def tell(self, raw: tuple[Any, ...]) -> None:
        """A fact from the core."""
        kind, _, at_ms, _, *rest = raw
        heard: dict[int, Callable[..., None]] = {
            _media.CONNECTED: self._sink.connected,
            _media.DATA: self._sink.message,
            _media.PLAYED: self._sink.played,
            _media.DIGIT: self._sink.pressed,
            _media.CLOSED: self._sink.closed,
        }
        if kind in heard:
            heard[kind](at_ms, *rest)


async def dial_leg(exchange: Exchange, sink: LineSink, encoder: Literal["auto", "celt", "voip"] = "celt") -> DialledLeg:
    """A leg with an offer to send somewhere."""
    leg_id, offer = await asyncio.to_thread(exchange.core.offer, encoder=encoder)
    leg = DialledLeg(exchange.core, leg_id, offer, sink)
    exchange.add(leg)
    return leg
