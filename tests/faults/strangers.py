"""People who call wrongly: each does one bad thing to a running server and says whether it was answered as it should be."""

import asyncio
import json
import os
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from antiphon.testing.server import ServerProcess
from antiphon.wiring.media import DialledLeg, Line

CANDIDATE = json.dumps(
    {"type": "ice-candidate", "candidate": {"candidate": "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host"}}
)
CANDIDATES = 10_000
GARBAGE = 60


class Silent:
    """A sink that only notes whether it was connected."""

    def __init__(self) -> None:
        self.up = asyncio.Event()

    def audio(self, at_ms: int, pcm: memoryview) -> None: ...

    def message(self, at_ms: int, text: str) -> None: ...

    def connected(self, at_ms: int) -> None:
        self.up.set()

    def played(self, at_ms: int, clip: int, position_ms: int, done: bool) -> None: ...

    def pressed(self, at_ms: int, digit: str) -> None: ...

    def closed(self, at_ms: int, reason: str) -> None: ...


@dataclass
class Strangers:
    """Does bad things to `server`; `landed` counts what really happened."""

    server: ServerProcess
    client: httpx2.AsyncClient
    line: Line
    landed: dict[str, int] = field(default_factory=dict)
    udp: tuple[str, int] = ("127.0.0.1", 0)

    def kinds(self) -> list[Callable[[], Awaitable[None]]]:
        """Every bad thing."""
        return [
            self.broken_sdp,
            self.no_audio,
            self.huge_body,
            self.unknown_agent,
            self.no_key,
            self.wrong_key,
            self.no_json,
            self.vanishes,
            self.never_connects,
            self.unknown_call,
            self.garbage_udp,
        ]

    def _count(self, kind: str) -> None:
        self.landed[kind] = self.landed.get(kind, 0) + 1

    async def _offer(self, kind: str, status: int, words: str, **request: object) -> None:
        headers = request.pop("headers", self.server.bearer)
        answer = await self.client.post("/api/voice/offer", headers=headers, **request)  # type: ignore[arg-type]
        assert (status, True) == (answer.status_code, words in answer.json()["error"]["message"]), answer.text
        self._count(kind)

    async def broken_sdp(self) -> None:
        sdp = "v=0\r\na=fingerprint:sha-256 00\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
        await self._offer("broken sdp", 400, "cannot be", json={"sdp": sdp, "type": "offer"})

    async def no_audio(self) -> None:
        sdp = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
        await self._offer("no audio", 400, "no audio m-line", json={"sdp": sdp, "type": "offer"})

    async def huge_body(self) -> None:
        await self._offer("huge body", 413, "larger than", json={"sdp": "v=0\r\n" + "a" * 1_000_000, "type": "offer"})

    async def unknown_agent(self) -> None:
        offer = {"sdp": "v=0\r\n", "type": "offer", "agent": "nobody"}
        await self._offer("unknown agent", 404, "nobody", json=offer)

    async def no_key(self) -> None:
        await self._offer("no key", 401, "needs a credential", json={"sdp": "v=0\r\n", "type": "offer"}, headers={})

    async def wrong_key(self) -> None:
        wrong = {"Authorization": "Bearer not-the-key-of-this-house"}
        await self._offer("wrong key", 401, "key", json={"sdp": "v=0\r\n", "type": "offer"}, headers=wrong)

    async def no_json(self) -> None:
        await self._offer("no json", 400, "body", content=b"\xff{", headers=self.server.bearer)

    async def unknown_call(self) -> None:
        assert 1008 == await self.signal("call_unknown", [])
        self._count("unknown call")

    async def garbage_udp(self) -> None:
        """Noise that looks like STUN, DTLS, RTP and nothing at all, each from a port of its own."""
        check = struct.pack("!HHI12s", 1, 8, 0x2112A442, os.urandom(12)) + struct.pack("!HH", 6, 4) + b"ab:c"
        looks = (
            check,
            check[:11],
            b"\x16\xfe\xfd" + os.urandom(60),
            b"\x80\x6f" + os.urandom(80),
            os.urandom(1200),
            b"",
        )
        for number in range(GARBAGE):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.sendto(looks[number % len(looks)], self.udp)
            self._count("garbage udp")

    async def vanishes(self) -> None:
        """Connects, is greeted, and is never heard of again: its line is torn out by the test."""
        silent = Silent()
        leg, _, answer = await self.admitted(silent)
        await leg.accept(answer)
        await asyncio.wait_for(silent.up.wait(), 20)
        self._count("vanishes")

    async def never_connects(self) -> None:
        await self.admitted(Silent())
        self._count("never connects")

    async def floods_candidates(self) -> None:
        """10,000 candidates for a call that is its own."""
        _, call, _ = await self.admitted(Silent())
        assert 1008 == await self.signal(call, [CANDIDATE] * CANDIDATES)
        self._count("floods candidates")

    async def admitted(self, silent: Silent) -> tuple[DialledLeg, str, str]:
        """An offer that the server took: the leg, the call's id and the answer."""
        leg = await self.line(silent)
        body = {"sdp": leg.offer, "type": "offer"}
        answer = (await self.client.post("/api/voice/offer", headers=self.server.bearer, json=body)).json()
        candidate = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", answer["sdp"], re.IGNORECASE)
        assert candidate is not None
        self.udp = (candidate[1], int(candidate[2]))
        return leg, answer["call_id"], answer["sdp"]

    async def signal(self, call: str, messages: list[str]) -> int:
        """Send `messages` on a call's signalling socket; the code it was closed with."""
        address = self.server.base.replace("http", "ws", 1) + f"/api/voice/signal?call_id={call}"
        try:
            async with connect(address, additional_headers=self.server.bearer) as socket_:
                for message in messages:
                    await socket_.send(message)
                async for _ in socket_:
                    pass
                return socket_.close_code or 0
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
        except Exception as error:  # noqa: BLE001  # refused before the handshake: HTTP 403 in place of a close
            return 1008 if "403" in str(error) else 0
