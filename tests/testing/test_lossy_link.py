"""The bad network that tests and benchmarks send calls through."""

import asyncio

import pytest

from antiphon.testing.lossy_link import LossyLink, Weather, first_address, hide, lossy_link

RTP, RTCP, STUN = bytes([0x80, 111]), bytes([0x80, 200]), bytes([0, 1])
CLEAR = Weather()
SDP = "v=0\r\nm=audio 9 x 111\r\na=mid:0\r\na=candidate:7 1 udp 5 192.0.2.1 4000 typ host\r\na=end-of-candidates\r\n"


class Peer(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.gone = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.put_nowait((data, addr))

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


async def cross(packets: list[bytes], weather: Weather, seed: int = 1) -> tuple[list[bytes], LossyLink]:
    """What of `packets` reaches the server, in the order it does; a last word that is not RTP ends the wait."""
    loop = asyncio.get_running_loop()
    server, caller = Peer(), Peer()
    listening, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
    speaking, _ = await loop.create_datagram_endpoint(lambda: caller, local_addr=("127.0.0.1", 0))
    try:
        async with lossy_link(listening.get_extra_info("sockname"), seed, weather, CLEAR) as link:
            for packet in packets:
                speaking.sendto(packet, ("127.0.0.1", link.port))
            got: list[bytes] = []
            while len(got) < len(packets) - link.up.lost or link.up.sent < len(packets):
                data, addr = await server.got.get()
                got.append(data)
            listening.sendto(b"\0answer", addr)
            assert b"\0answer" == (await caller.got.get())[0]
            return got, link
    finally:
        listening.close()
        speaking.close()
        await server.gone.wait()
        await caller.gone.wait()


def rtp(count: int) -> list[bytes]:
    return [RTP + n.to_bytes(2, "big") for n in range(count)]


async def test_a_clear_link_passes_everything_both_ways_in_order() -> None:
    got, link = await cross(rtp(50), CLEAR)
    assert rtp(50) == got
    assert (50, 0) == (link.up.sent, link.up.lost)


async def test_loss_takes_its_share_and_the_same_packets_each_time() -> None:
    first, link = await cross(rtp(100), Weather(loss=0.2))
    again, _ = await cross(rtp(100), Weather(loss=0.2))
    other, _ = await cross(rtp(100), Weather(loss=0.2), seed=2)
    assert 8 < link.up.lost < 35
    assert len(first) == 100 - link.up.lost
    assert first == again != other


async def test_jitter_reorders_but_loses_nothing() -> None:
    got, link = await cross(rtp(30), Weather(delay_ms=40, jitter_ms=30))
    assert 0 == link.up.lost
    assert rtp(30) == sorted(got) != got


def test_only_rtp_is_harmed() -> None:
    from antiphon.testing.lossy_link import _Direction

    direction = _Direction(Weather(loss=1.0), "seed")
    assert [None, 0.0, 0.0, 0.0] == [direction.fate_s(packet) for packet in (RTP, RTCP, STUN, b"")]


def test_descriptions_lead_through_the_relay_and_not_past_it() -> None:
    assert ("192.0.2.1", 4000) == first_address(SDP)
    assert ("127.0.0.1", 9) == first_address(hide(SDP))
    with pytest.raises(ValueError, match="no UDP candidate"):
        first_address("v=0\r\n")
