"""The media core, opened: for the house's door, and for the dialler that tests and benchmarks call with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from antiphon import _media  # noqa: TID251  # wiring opens what the adapters speak to
from antiphon.adapters.webrtc import Exchange, WebRtcDoor
from antiphon.core.errors import ConfigError


def _report(where: str, error: Exception) -> None:
    structlog.get_logger().error("leg.sink_failed", where=where, exc_info=error)


@asynccontextmanager
async def open_media(
    udp: str = "127.0.0.1:0", public_addresses: tuple[str, ...] = (), most_legs: int = 100
) -> AsyncIterator[WebRtcDoor]:
    """A door on a core of its own; leaving the block ends every leg. Raises ConfigError when `udp` cannot be bound."""
    try:
        core = _media.Core(udp, list(public_addresses))
    except (OSError, ValueError) as error:
        raise ConfigError(f"ANTIPHON_UDP: {error}. Choose another address or port.") from error
    async with Exchange(core, _report) as exchange:
        yield WebRtcDoor(exchange, most_legs)


@asynccontextmanager
async def open_line(udp: str = "127.0.0.1:0") -> AsyncIterator[Exchange]:
    """A core to dial from."""
    async with Exchange(_media.Core(udp), _report) as exchange:
        yield exchange
