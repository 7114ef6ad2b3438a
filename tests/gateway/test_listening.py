"""What connections to the server have in common."""

import asyncio
import socket

import pytest

from antiphon.config.server import Address
from antiphon.core.errors import ConfigError
from antiphon.wiring.listening import bind


async def test_what_is_written_to_a_caller_waits_for_no_acknowledgement() -> None:
    """Nagle's algorithm would hold an answer's body back until the caller has acknowledged its head."""
    accepted: asyncio.Queue[int] = asyncio.Queue()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = bind(Address("127.0.0.1", 0))
    async with await asyncio.start_server(connected, sock=listening):
        _, caller = await asyncio.open_connection(*listening.getsockname())
        without_delay = await accepted.get()
        caller.close()
        await caller.wait_closed()
    assert 1 == without_delay


def test_a_port_that_another_has_is_refused_with_advice() -> None:
    with bind(Address("127.0.0.1", 0)) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(ConfigError, match=f"ANTIPHON_HTTP=127.0.0.1:{port + 1}"):
            bind(Address("127.0.0.1", port))
