"""A network lab: a server's network and a client's, and between them a wire that does as it is told."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic_ns
from typing import Any, Literal

from tests.network.namespace import Namespace
from tests.network.wire import Conditions, Counts

BRIDGE = Path(__file__).with_name("bridge.py")
SERVER = "10.71.0.1"
CLIENT = "10.72.0.1"
CLIENT_ELSEWHERE = "10.73.0.1"
"""The address that the client gets when it changes networks."""
End = Literal["server", "client"]


@dataclass(frozen=True, slots=True)
class Blackout:
    """A time in which nothing got through, on CLOCK_MONOTONIC in ms, and the packets that fell into it by where they went."""

    began_ms: float
    ended_ms: float
    blocked: dict[str, int]


class Lab:
    """Two networks and the wire. Sockets and processes are made in `server` or `client` by `with lab.client.inside():`."""

    def __init__(self, server: Namespace, client: Namespace, bridge: asyncio.subprocess.Process) -> None:
        self.server, self.client, self._bridge = server, client, bridge
        self._asking = asyncio.Lock()

    async def set(self, conditions: Conditions, toward: End | None = None) -> None:
        """Treat packets so from now on, both ways or one."""
        for end in (toward,) if toward else ("server", "client"):
            await self._ask({"order": "set", "toward": end, "conditions": asdict(conditions)})

    async def blackout(self, seconds: float) -> Blackout:
        """Nothing gets through for so long, either way. Returns when it is over."""
        return Blackout(**await self._ask({"order": "blackout", "for_ms": seconds * 1000}))

    async def counts(self) -> dict[End, Counts]:
        """What became of packets so far, by where they went."""
        told = await self._ask({"order": "count"})
        return {"server": Counts(**told["server"]), "client": Counts(**told["client"])}

    async def move(self, address: str) -> float:
        """The client takes another address and loses the one before. When, on CLOCK_MONOTONIC in ms."""
        moved_ms = monotonic_ns() / 1e6
        await asyncio.to_thread(self.client.move, address)
        return moved_ms

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        to, back = self._bridge.stdin, self._bridge.stdout
        assert to is not None
        assert back is not None
        async with self._asking:
            to.write(json.dumps(order).encode() + b"\n")
            await to.drain()
            answer = await back.readline()
        assert answer, "the bridge has ended"
        return dict(json.loads(answer))


@asynccontextmanager
async def network_lab(seed: int = 1) -> AsyncIterator[Lab]:
    """A lab for as long as the block lasts. The same seed gives the same packets the same fates."""
    server, client = Namespace(SERVER), Namespace(CLIENT)
    devices = (server.device, client.device)
    try:
        bridge = await asyncio.create_subprocess_exec(
            *(sys.executable, str(BRIDGE), *map(str, devices), str(seed)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=devices,
        )
        try:
            yield Lab(server, client, bridge)
        finally:
            assert bridge.stdin is not None
            bridge.stdin.close()
            assert await bridge.wait() == 0
    finally:
        server.close()
        client.close()
