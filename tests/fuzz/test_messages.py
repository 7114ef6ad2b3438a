"""Fuzz targets for what callers' pages and carriers say in JSON: whatever it is, its call goes on, or ends as it should."""

import asyncio
import base64
import json
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from starlette.websockets import WebSocket

from antiphon.gateway import voice
from antiphon.gateway.pipe import Pipe
from antiphon.gateway.stream import Carriage
from antiphon.gateway.twilio import media_stream
from antiphon.ports.leg import ClientPlayout, Closed, LegFact, TypedText
from antiphon.ports.stream import StreamFormat, StreamLeg
from antiphon.testing.g711 import to_ulaw
from antiphon.wiring.media import Doors, open_media
from tests.fuzz.mutants import LIMIT_S, Mutants, fuzz
from tests.gateway.test_gateway import BEARER, Face

pytestmark = [pytest.mark.realtime, pytest.mark.timeout(LIMIT_S)]

TONE = (8000 * np.sin(np.arange(160) * 0.4)).astype("<i2")
LOUD = base64.b64encode(to_ulaw(TONE)).decode()
MOST_REASON = 123
"""Bytes of a close frame's reason (RFC 6455 5.5)."""
PLACED = {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": LOUD}
TWILIO = (
    {"event": "media", "sequenceNumber": "3", "media": PLACED, "streamSid": "MZ1"},
    {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ1", "mark": {"name": "1:100"}},
    {"event": "dtmf", "streamSid": "MZ1", "sequenceNumber": "5", "dtmf": {"track": "inbound_track", "digit": "1"}},
    {"event": "stop", "sequenceNumber": "5", "stop": {"accountSid": "AC1", "callSid": "CA1"}, "streamSid": "MZ1"},
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
)
PAGE = (
    {"type": "text", "text": "tomorrow at three"},
    {"type": "playout", "reply": 3, "position_ms": 420},
    {"type": "hangup"},
)
CHROMIUM = (Path(__file__).parents[2] / "crates/media/tests/fuzz/corpus/chromium.sdp").read_text()
CANDIDATE = "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host generation 0 ufrag abcd network-cost 999"
SIGNAL = (
    {"type": "ice-candidate", "candidate": {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0}},
    {"type": "ice-candidate", "candidate": None},
    {"type": "offer", "sdp": CHROMIUM},
)
OFFER = (
    {"sdp": CHROMIUM, "type": "offer", "agent": "salon"},
    {"sdp": CHROMIUM, "type": "offer", "call_id": "call_1", "resume": "token"},
)


Say = Callable[[str], None]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Say:
    """Past pytest, which keeps what tests print: the figures are what a run is for."""

    def show(line: str) -> None:
        with capfd.disabled():
            print("\n" + line, file=sys.stderr)

    return show


class Facts:
    """A sink that keeps what a leg says."""

    def __init__(self) -> None:
        self.facts: list[LegFact] = []
        self.heard = asyncio.Event()

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self.heard.set()

    def fact(self, fact: LegFact) -> None:
        self.facts.append(fact)

    def is_over(self) -> bool:
        return any(isinstance(fact, Closed) for fact in self.facts)

    def check(self) -> None:
        """What a page said is fit to be written down, and to be computed with."""
        for fact in self.facts:
            match fact:
                case TypedText(_, text):
                    text.encode()
                case ClientPlayout(_, reply, position_ms):
                    for number in (reply, position_ms):
                        assert type(number) is int
                        assert number in range(2**32)
                case _:
                    pass


class Socket:
    """A WebSocket that says what it is given, and then goes."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self._messages = deque([*messages, {"type": "websocket.disconnect", "code": 1000, "reason": ""}])
        self.taken = -1  # the last is no message
        self.closed: list[tuple[int, str]] = []

    async def receive(self) -> dict[str, Any]:
        self.taken += 1
        return self._messages.popleft()

    async def send_text(self, text: str) -> None:
        json.loads(text)

    async def send_json(self, message: Any) -> None:
        json.dumps(message)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        assert len(reason.encode()) <= MOST_REASON
        self.closed.append((code, reason))


def text(message: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": message}


@asynccontextmanager
async def leg(doors: Doors, packets: StreamFormat, far_end: Any) -> AsyncIterator[tuple[StreamLeg, Facts]]:
    facts = Facts()
    made = doors.streams.open(packets, "test", far_end)
    made.attach(facts)
    yield made, facts
    made.lost("the case is over")
    facts.check()
    await asyncio.to_thread(int)  # a turn of the loop, for the core to say that the leg has ended


class Far:
    """A far end that listens to nothing."""

    def packet(self, payload: bytes) -> None: ...

    def message(self, text: str) -> None: ...

    def mark(self, reply: int, position_ms: int) -> None: ...

    def clear(self, reply: int) -> None: ...

    def closed(self, reason: str) -> None: ...


async def is_still_heard(made: StreamLeg, facts: Facts, frame: bytes) -> None:
    """Audio fed now comes back from the core."""
    facts.heard.clear()
    for _ in range(50):
        made.feed(frame)
    async with asyncio.timeout(15):
        await facts.heard.wait()
    assert not facts.is_over()


async def test_twilios_messages(say: Say) -> None:
    async with open_media(most_legs=10_000) as doors:

        async def case(mutants: Mutants) -> int:
            line = media_stream.PhoneLine("MZ1")
            async with leg(doors, "ulaw", line) as (made, facts):
                line.mark(1, 100)
                for _ in range(100):
                    message = mutants.text()
                    last = not media_stream.take(message, line, made)
                    assert last == (last and media_stream.parse(message)["event"] == "stop")
                await is_still_heard(made, facts, to_ulaw(TONE))
            return 100

        say(await fuzz("twilios", TWILIO, case))


async def test_the_websocket_doors_messages(say: Say) -> None:
    async with open_media(most_legs=10_000) as doors:

        async def case(mutants: Mutants) -> int:
            async with leg(doors, "pcm16", Far()) as (made, facts):
                messages: list[dict[str, Any]] = []
                for _ in range(60):
                    packet = mutants.dice.randbytes(mutants.dice.choice((0, 1, 2, 640, 641, 8192)))
                    binary = {"type": "websocket.receive", "bytes": packet}
                    messages.append(binary if mutants.dice.random() < 0.3 else text(mutants.text()))
                socket = Socket(messages)
                await Carriage(cast(WebSocket, socket), made, Pipe(), lambda: None).run()
                assert facts.is_over() or made.is_awaited, (
                    "whoever has gone has hung up, unless it said that it comes back"
                )
            return max(socket.taken, 1)

        say(await fuzz("websocket", PAGE, case))


async def test_the_pages_messages(say: Say) -> None:
    async with open_media(most_legs=10_000) as doors:

        async def case(mutants: Mutants) -> int:
            async with leg(doors, "pcm16", Far()) as (made, facts):
                for _ in range(100):
                    made.message(mutants.text())
                if not facts.is_over():  # nobody said hangup
                    await is_still_heard(made, facts, TONE.tobytes() * 2)
            return 100

        say(await fuzz("pages", PAGE, case))


async def test_signalling(say: Say) -> None:
    async with open_media(most_legs=10_000) as doors:
        answered = await doors.webrtc.answer(CHROMIUM)

        async def case(mutants: Mutants) -> int:
            socket = Socket([text(mutants.text()) for _ in range(3)])
            await voice._signal(cast(WebSocket, socket), answered.signal)
            return socket.taken

        say(await fuzz("signalling", SIGNAL, case))


async def test_offers(say: Say, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("")
    face = Face(tmp_path)
    with face.client:

        async def case(mutants: Mutants) -> int:
            headers = BEARER | {"Content-Type": "application/json"}
            body = mutants.text().encode("utf-8", "surrogatepass")
            response = face.client.post("/api/voice/offer", content=body, headers=headers)
            assert response.status_code in (200, 400, 403, 404, 409, 413, 422), response.text
            return 1

        say(await fuzz("offers", OFFER, case))
