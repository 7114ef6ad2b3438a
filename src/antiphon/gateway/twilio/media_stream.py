"""One Twilio media stream: JSON messages both ways, 20 ms of mu-law at 8 kHz in base64 (Twilio, "Media Streams: messages").

Marks are the only clock of what the caller has heard: one follows each stretch of audio and comes back when Twilio has played it,
or when a `clear` has dropped it; our own book tells the two apart.
"""

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from antiphon.core.errors import BadRequest
from antiphon.gateway.sockets import next_text
from antiphon.ports.stream import StreamLeg

CLOCK_PER_MS = 48
"""The leg's clock runs at 48 kHz, Twilio's timestamps are milliseconds."""
LAST_WORDS_S = 5.0
"""How long the end of a call waits for the mark behind the last word. Twilio buffers what it is sent faster than it plays it."""
MOST_WAITING = 500
"""Messages that may wait for the socket: 5 s of audio and marks. A carrier that reads so slowly is not there."""
DIGITS = frozenset("0123456789*#ABCD")


class PhoneLine:
    """The far end of a stream: turns what the leg sends into Twilio's messages, and keeps the book of marks."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._waiting: deque[dict[str, Any]] = deque()
        self._wake = asyncio.Event()
        self._marks: dict[str, tuple[int, int] | None] = {}  # None: a clear has dropped it
        self._all_heard = asyncio.Event()
        self._all_heard.set()
        self._over = False

    # --- ports.stream.FarEnd

    def packet(self, payload: bytes) -> None:
        """See the port. What nobody takes is dropped: it would be heard too late."""
        if len(self._waiting) < MOST_WAITING:
            self._put("media", {"payload": base64.b64encode(payload).decode()})

    def message(self, text: str) -> None:
        """See the port; a telephone shows nothing."""

    def mark(self, reply: int, position_ms: int) -> None:
        """See the port."""
        name = f"{reply}:{position_ms}"
        self._marks[name] = (reply, position_ms)
        self._all_heard.clear()
        self._put("mark", {"name": name})

    def clear(self, reply: int) -> None:
        """See the port. Marks up to here come back although nobody heard what lies before them."""
        del reply  # what Twilio has buffered is of no other
        self._marks = dict.fromkeys(self._marks)
        self._put("clear", None)

    def closed(self, reason: str) -> None:
        """See the port."""
        del reason
        self._over = True
        self._wake.set()

    # --- the socket's side

    def played(self, name: str) -> tuple[int, int] | None:
        """A mark has come back: the reply and the position that were heard; None if a clear has dropped them."""
        heard = self._marks.pop(name, None)
        if not self._marks:
            self._all_heard.set()
        return heard

    def _put(self, event: str, body: dict[str, str] | None) -> None:
        self._waiting.append({"event": event, "streamSid": self._stream} | ({event: body} if body else {}))
        self._wake.set()

    async def write(self, socket: WebSocket) -> None:
        """Send until the leg is over and the caller has heard the last word."""
        while self._waiting or not self._over:
            if self._waiting:
                await socket.send_text(json.dumps(self._waiting.popleft()))
                continue
            self._wake.clear()
            await self._wake.wait()
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._all_heard.wait()
        except TimeoutError:
            pass  # the caller is long gone, or Twilio lost a mark


async def carry(socket: WebSocket, line: PhoneLine, leg: StreamLeg) -> None:
    """Both directions, until one of them ends."""
    async with asyncio.TaskGroup() as tasks:
        directions = (
            tasks.create_task(_write(socket, line, leg), name="phone out"),
            tasks.create_task(_read(socket, line, leg), name="phone in"),
        )
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in directions:
            direction.cancel()


async def _write(socket: WebSocket, line: PhoneLine, leg: StreamLeg) -> None:
    try:
        await line.write(socket)
    except (WebSocketDisconnect, RuntimeError):  # starlette raises either, by who noticed it first
        leg.lost("the caller hung up")


async def _read(socket: WebSocket, line: PhoneLine, leg: StreamLeg) -> None:
    try:
        while take(await next_text(socket), line, leg):
            pass
    except (WebSocketDisconnect, RuntimeError):
        pass  # it ends as with `stop`
    leg.lost("the caller hung up")


def take(text: str, line: PhoneLine, leg: StreamLeg) -> bool:
    """One message; False when it was the last. What is not Twilio's is passed over: a stream goes on without a packet."""
    match parse(text):
        case {"event": "media", "media": {"payload": str(payload), **rest}} if (
            rest.get("track", "inbound") == "inbound"
        ):
            _feed(leg, payload, rest)
        case {"event": "mark", "mark": {"name": str(name)}}:
            if (heard := line.played(name)) is not None:
                leg.heard(*heard)
        case {"event": "dtmf", "dtmf": {"digit": str(digit)}} if digit in DIGITS:
            leg.press(digit)
        case {"event": "stop"}:
            return False
        case _:
            pass
    return True


def _feed(leg: StreamLeg, payload: str, media: Mapping[Any, Any]) -> None:
    try:
        packet = base64.b64decode(payload, validate=True)
        place = int(media["chunk"]) & 0xFFFF, int(media["timestamp"]) * CLOCK_PER_MS & 0xFFFF_FFFF
        leg.feed(packet, place)
    except (binascii.Error, KeyError, TypeError, ValueError, OverflowError, BadRequest):
        pass  # as lost as if it had never come; JSON's 1e999 is infinite, and no chunk has that number


def parse(text: str) -> Any:
    """JSON, or None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
