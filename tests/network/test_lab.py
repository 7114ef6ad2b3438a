"""The lab itself: two networks that know each other only through the wire."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from tests.network.lab import CLIENT, CLIENT_ELSEWHERE, SERVER, Lab
from tests.network.wire import Conditions

pytestmark = pytest.mark.realtime

PORT = 5000
PACKETS = 200
LOST = 20
"""Of them at 10 % with the lab's seed: the same number every time."""


@pytest.fixture
def ends(lab: Lab) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A UDP socket of the client's that sends to one of the server's."""
    with lab.server.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with lab.client.inside():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server, client:
        server.bind((SERVER, PORT))
        server.setblocking(False)
        client.setblocking(False)
        client.connect((SERVER, PORT))
        yield server, client


async def arrivals(server: socket.socket, until: bytes) -> list[bytes]:
    """Everything that arrives, up to `until`."""
    loop = asyncio.get_running_loop()
    came: list[bytes] = []
    while not came or came[-1] != until:
        came.append(await loop.sock_recv(server, 100))
    return came


async def test_an_echo_takes_the_delay_there_and_back(lab: Lab, ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    loop = asyncio.get_running_loop()
    await lab.set(Conditions(delay_ms=30), toward="server")
    await lab.set(Conditions(delay_ms=50), toward="client")
    began = loop.time()
    client.send(b"?")
    packet, source = await loop.sock_recvfrom(server, 100)
    assert (b"?", CLIENT) == (packet, source[0])
    await loop.sock_sendto(server, b"!", source)
    assert b"!" == await loop.sock_recv(client, 100)
    assert 0.08 <= loop.time() - began < 1


async def test_loss_is_the_same_every_time(lab: Lab, ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    await lab.set(Conditions(loss=0.1), toward="server")
    for number in range(PACKETS):
        client.send(number.to_bytes(2, "big"))
    await lab.counts()  # carried out after what had come before it
    await lab.set(Conditions(), toward="server")
    client.send(b"last")
    came = await arrivals(server, b"last")
    counts = (await lab.counts())["server"]
    assert PACKETS + 1 == counts.arrived
    assert PACKETS - LOST == len(came) - 1
    assert LOST == counts.lost


async def test_nothing_gets_through_a_blackout_and_everything_after_it(
    lab: Lab, ends: tuple[socket.socket, socket.socket]
) -> None:
    server, client = ends
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        dark = tasks.create_task(lab.blackout(0.3), name="blackout")
        await asyncio.sleep(0)
        client.send(b"into the dark")
    blackout = dark.result()
    assert 300 <= blackout.ended_ms - blackout.began_ms < 1_000
    assert {"server": 1, "client": 0} == blackout.blocked
    client.send(b"after")
    assert b"after" == await loop.sock_recv(server, 100)


async def test_a_client_that_moves_sends_from_its_new_address_and_is_reached_there(
    lab: Lab, ends: tuple[socket.socket, socket.socket]
) -> None:
    server, _ = ends
    loop = asyncio.get_running_loop()
    lab.client.move(CLIENT_ELSEWHERE)
    with lab.client.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect((SERVER, PORT))
        client.send(b"?")
        _, source = await loop.sock_recvfrom(server, 100)
        assert CLIENT_ELSEWHERE == source[0]
        await loop.sock_sendto(server, b"!", source)
        assert b"!" == await loop.sock_recv(client, 100)


async def test_the_networks_see_neither_each_others_loopback_nor_the_machines(lab: Lab) -> None:
    with socket.socket() as outside:
        outside.bind(("127.0.0.1", 0))
        outside.listen()
        for network in (lab.server, lab.client):
            with network.inside(), socket.socket() as inside:
                assert inside.connect_ex(outside.getsockname()) != 0
