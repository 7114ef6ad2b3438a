"""The media core, opened: for the house's door, and for the dialler that tests, simulation and benchmarks call with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import structlog

from antiphon.adapters.media import CoreStreams, DialledLeg, Exchange, LineSink, WebRtcDoor, dial_leg, open_core

__all__ = ["DialledLeg", "Doors", "Line", "LineSink", "open_line", "open_media"]

Line = Callable[[LineSink], Awaitable[DialledLeg]]
"""Makes a leg with an offer to send somewhere."""


def _report(where: str, error: Exception) -> None:
    structlog.get_logger().error("leg.sink_failed", where=where, exc_info=error)


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways to one media core."""

    webrtc: WebRtcDoor
    streams: CoreStreams
    strained: Callable[[], bool]
    """Whether one more call would cost those that run their quality."""


@asynccontextmanager
async def open_media(
    udp: str = "127.0.0.1:0",
    public_addresses: tuple[str, ...] = (),
    most_legs: int = 100,
    threads: int = 1,
    tcp: str | None = None,
) -> AsyncIterator[Doors]:
    """Doors on a core of their own; leaving the block ends every leg. `tcp` is where callers connect whose network blocks UDP.
    Raises ConfigError when an address cannot be bound."""
    async with Exchange(open_core(udp, list(public_addresses), threads, tcp), _report) as exchange:
        yield Doors(WebRtcDoor(exchange, most_legs), CoreStreams(exchange, most_legs), exchange.strained)


@asynccontextmanager
async def open_line(udp: str = "127.0.0.1:0", encoder: Literal["auto", "celt", "voip"] = "celt") -> AsyncIterator[Line]:
    """A core to dial from; leaving the block ends every leg."""
    async with Exchange(open_core(udp, []), _report) as exchange:

        def line(sink: LineSink) -> Awaitable[DialledLeg]:
            return dial_leg(exchange, sink, encoder)

        yield line
