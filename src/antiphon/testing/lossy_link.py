"""A bad network on loopback: a UDP relay between a caller and a server that loses, delays and reorders RTP by a seed.

What happens to the n-th RTP packet of a direction depends on the seed and on n alone, so that two systems can be sent through the
same weather. ICE, DTLS and RTCP pass unharmed: how a call is set up is no matter of this.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

Address = tuple[str, int]
RTP_VERSION = range(128, 192)
RTCP_TYPES = range(64, 96)
"""Of the second byte's low seven bits (RFC 5761 4)."""
NOWHERE = "a=candidate:1 1 udp 1 127.0.0.1 9 typ host"
"""The discard port: a candidate that never answers, so that the only way is the one through the relay."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to RTP: a share is lost, the rest arrives `delay_ms` later, give or take `jitter_ms`."""

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0


@dataclass(slots=True)
class Crossings:
    """RTP packets of one direction."""

    sent: int = 0
    lost: int = 0


class _Direction:
    """One way across the link."""

    def __init__(self, weather: Weather, seed: str) -> None:
        self.weather = weather
        self.crossings = Crossings()
        self._seed = seed

    def fate_s(self, packet: bytes) -> float | None:
        """Seconds until it arrives; None if it never does."""
        if len(packet) < 2 or packet[0] not in RTP_VERSION or packet[1] & 0x7F in RTCP_TYPES:
            return 0.0
        number = self.crossings.sent
        self.crossings.sent += 1
        dice = random.Random(f"{self._seed} {number}")  # weather, not a secret
        if dice.random() < self.weather.loss:
            self.crossings.lost += 1
            return None
        return max(0.0, self.weather.delay_ms + dice.uniform(-1, 1) * self.weather.jitter_ms) / 1000


class _Side(asyncio.DatagramProtocol):
    """One socket of the relay. What comes in here leaves by the other."""

    def __init__(self, direction: _Direction, far: Address | None) -> None:
        self.far = far
        """Who is on this side; learned from what comes in."""
        self.other: _Side | None = None
        self.direction = direction
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own is not declared as one

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.far = addr
        later_s = self.direction.fate_s(data)
        other = self.other
        if later_s is None or other is None:
            return
        if later_s:
            asyncio.get_running_loop().call_later(later_s, other.send, data)
        else:
            other.send(data)

    def send(self, data: bytes) -> None:
        """To whoever is on this side."""
        if self._transport is not None and not self._transport.is_closing() and self.far is not None:
            self._transport.sendto(data, self.far)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()


class LossyLink:
    """An open relay. `port` is where the caller finds the server; `up` and `down` count what was sent to and from the server."""

    def __init__(self, port: int, caller: _Side, server: _Side) -> None:
        self.port = port
        self._caller, self._server = caller, server

    @property
    def up(self) -> Crossings:
        return self._caller.direction.crossings

    @property
    def down(self) -> Crossings:
        return self._server.direction.crossings

    def change(self, up: Weather, down: Weather) -> None:
        """Another weather from now on."""
        self._caller.direction.weather, self._server.direction.weather = up, down

    def lead_through(self, answer: str) -> str:
        """The server's answer, its candidates replaced by the relay."""
        return _with_candidate(answer, f"a=candidate:1 1 udp 2130706431 127.0.0.1 {self.port} typ host")


def hide(offer: str) -> str:
    """The caller's offer without its addresses, so that the server sends no check past the relay."""
    return _with_candidate(offer, NOWHERE)


def first_address(sdp: str) -> Address:
    """Where the first UDP candidate of a description is. Raises ValueError without one."""
    for line in sdp.splitlines():
        parts = line.split()
        if line.startswith("a=candidate:") and parts[2].lower() == "udp":
            return parts[4], int(parts[5])
    raise ValueError("the description has no UDP candidate")


def _with_candidate(sdp: str, candidate: str) -> str:
    """Every m-line's candidates are replaced by this one."""
    kept: list[str] = []
    for line in sdp.splitlines():
        if not line.startswith("a=candidate:"):
            kept.append(line)
            if line.startswith("a=mid:"):
                kept.append(candidate)
    return "\r\n".join(kept) + "\r\n"


@asynccontextmanager
async def lossy_link(server: Address, seed: int, up: Weather, down: Weather) -> AsyncIterator[LossyLink]:
    """A relay to the server's media address, on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    near, far = _Side(_Direction(up, f"{seed} up"), None), _Side(_Direction(down, f"{seed} down"), server)
    near.other, far.other = far, near
    transport, _ = await loop.create_datagram_endpoint(lambda: near, local_addr=("127.0.0.1", 0))
    try:
        host = "127.0.0.1" if server[0].startswith("127.") else "0.0.0.0"  # a server not on loopback
        await loop.create_datagram_endpoint(lambda: far, local_addr=(host, 0))
        yield LossyLink(transport.get_extra_info("sockname")[1], near, far)
    finally:
        await near.aclose()
        await far.aclose()
