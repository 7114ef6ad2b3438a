"""A network between a caller and a server on loopback that loses a seeded share of the voices' packets, and counts what it lost."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from antiphon.testing.dialler import DialledCall
from antiphon.testing.server import ServerProcess
from antiphon.wiring.media import Line

LOOPBACK = "127.0.0.1"


def is_voice(packet: bytes) -> bool:
    """RTP, and not RTCP, STUN or DTLS (RFC 7983, RFC 5761)."""
    return len(packet) > 1 and 128 <= packet[0] <= 191 and not 192 <= packet[1] <= 223


class LossyPath:
    """Two sockets: callers send to `port`, the server sees the other one. `loss` is the share of voice packets lost each way."""

    def __init__(self, loss: float, seed: int) -> None:
        self.loss = loss
        self.dropped, self.passed = Counter[str](), Counter[str]()
        self.server: tuple[str, int] | None = None
        self._chance = random.Random(seed)  # weather, no secret
        self._caller: tuple[str, int] | None = None
        self._near: asyncio.DatagramTransport | None = None
        self._far: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._near, _ = await loop.create_datagram_endpoint(lambda: _End(self._from_caller), (LOOPBACK, 0))
        self._far, _ = await loop.create_datagram_endpoint(lambda: _End(self._from_server), (LOOPBACK, 0))

    def close(self) -> None:
        for transport in (self._near, self._far):
            if transport:
                transport.close()

    @property
    def port(self) -> int:
        assert self._near
        port: int = self._near.get_extra_info("sockname")[1]
        return port

    def _from_caller(self, packet: bytes, source: tuple[str, int]) -> None:
        self._caller = source
        if self._far and self.server and self._passes("caller", packet):
            self._far.sendto(packet, self.server)

    def _from_server(self, packet: bytes, _source: tuple[str, int]) -> None:
        if self._near and self._caller and self._passes("agent", packet):
            self._near.sendto(packet, self._caller)

    def _passes(self, speaker: str, packet: bytes) -> bool:
        if not is_voice(packet):
            return True
        lost = self._chance.random() < self.loss
        (self.dropped if lost else self.passed)[speaker] += 1
        return not lost

    async def dial(self, line: Line, server: ServerProcess, agent: str) -> DialledCall:
        """Call over this path: neither side learns an address of the other's but ours."""
        call = DialledCall()
        leg = await line(call.sink())
        call.use(leg)
        offer = re.sub(r"a=candidate:.*\r\n", "", leg.offer)
        async with httpx2.AsyncClient(base_url=server.base, headers=server.bearer) as client:
            body = {"sdp": offer, "type": "offer", "agent": agent}
            answer: dict[str, Any] = (await client.post("/api/voice/offer", json=body)).raise_for_status().json()
        call.call_id = answer["call_id"]
        await leg.accept(re.sub(r"(a=candidate:.* )(\d+)( typ host)", self._detour, answer["sdp"]))
        await call.until(lambda: call.connected_ms is not None or call.closed is not None)
        return call

    def _detour(self, candidate: re.Match[str]) -> str:
        self.server = (LOOPBACK, int(candidate[2]))
        return f"{candidate[1]}{self.port}{candidate[3]}"


class _End(asyncio.DatagramProtocol):
    def __init__(self, take: Any) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._take(data, addr)


@asynccontextmanager
async def lossy_path(loss: float, seed: int = 1) -> AsyncIterator[LossyPath]:
    """A path that is gone at the end of the block."""
    path = LossyPath(loss, seed)
    await path.open()
    try:
        yield path
    finally:
        path.close()
