"""A NAT between one caller and a server on loopback: what it sends on comes from a port of its own, which can change."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Address = tuple[str, int]
CANDIDATE = re.compile(r"^a=(?:candidate:.*|end-of-candidates)\r\n", re.MULTILINE)


class _Ear(asyncio.DatagramProtocol):
    """One side of the NAT."""

    def __init__(self, nat: "Nat", *, inside: bool) -> None:
        self._nat, self._inside = nat, inside

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self._inside:
            self._nat.out(data, addr)
        else:
            self._nat.back(data)


class Nat:
    """Make it with `open_nat`. `ports` are those it has sent from."""

    def __init__(self, server: Address) -> None:
        self._server = server
        self._caller: Address | None = None
        self.inside: asyncio.DatagramTransport
        self._outside: asyncio.DatagramTransport
        self.ports: list[int] = []

    async def open(self) -> None:
        """Begin to pass things on."""
        loop = asyncio.get_running_loop()
        self.inside, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(self, inside=True), local_addr=("127.0.0.1", 0)
        )
        await self.move()

    async def move(self) -> None:
        """Send from another port from now on; what still comes to the old one is lost."""
        old = self._outside if self.ports else None
        loop = asyncio.get_running_loop()
        self._outside, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(self, inside=False), local_addr=("127.0.0.1", 0)
        )
        self.ports.append(self._outside.get_extra_info("sockname")[1])
        if old is not None:
            old.close()

    def out(self, data: bytes, caller: Address) -> None:
        """From the caller to the server."""
        self._caller = caller
        self._outside.sendto(data, self._server)

    def back(self, data: bytes) -> None:
        """From the server to the caller."""
        if self._caller is not None:
            self.inside.sendto(data, self._caller)

    def close(self) -> None:
        """Pass nothing on any more."""
        self.inside.close()
        self._outside.close()

    def hide(self, offer: str) -> str:
        """The caller's offer as the server may see it: without the addresses behind the NAT."""
        return CANDIDATE.sub("", offer)

    def through(self, answer: str) -> str:
        """The server's answer as the caller may see it: the only way leads through the NAT."""
        port = self.inside.get_extra_info("sockname")[1]
        return answer.replace(f" {self._server[1]} typ host", f" {port} typ host")


@asynccontextmanager
async def open_nat(server: Address) -> AsyncIterator[Nat]:
    """A NAT before `server`."""
    nat = Nat(server)
    await nat.open()
    try:
        yield nat
    finally:
        nat.close()
