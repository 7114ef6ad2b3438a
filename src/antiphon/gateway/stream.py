"""The WebSocket door: audio and page messages over one connection, where nothing but HTTP gets through."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from antiphon.core.errors import AntiphonError, BadRequest, Busy
from antiphon.gateway.credential import gateway_parts, tenant_of
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.sockets import reason_of
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor
from antiphon.ports.stream import StreamFormat, StreamLeg
from antiphon.wire.stream_messages import Clear, Mark, StreamOpened

FRAME_MS = 20
RATE_HZ = {"pcm16": 16_000, "opus": 48_000}
MOST_WAITING = 250
"""Messages: 5 s of audio. Whoever reads so slowly hears an agent that is long past it."""
MOST_PER_SECOND = 200
"""Messages a caller may send in a second: 50 are audio, a burst after a stall is four times that."""
LONGEST_TEXT = 16 * 1024
"""Bytes of a text message: what a caller types has at most a few hundred."""


class Pipe:
    """The far end of one stream: what goes out waits here, in order, for the one task that writes it."""

    def __init__(self) -> None:
        self.reason = ""
        self._waiting: deque[bytes | str] = deque()
        self._wake = asyncio.Event()
        self._closed = False

    def packet(self, payload: bytes) -> None:
        """See `ports.stream.FarEnd`. What nobody reads is dropped: it would be heard too late."""
        if not self.is_choked():
            self._put(payload)

    def message(self, text: str) -> None:
        """See the port."""
        self._put(text)

    def mark(self, reply: int, position_ms: int) -> None:
        """See the port."""
        self._put(json.dumps(Mark(type="mark", reply=reply, position_ms=position_ms)))

    def clear(self, reply: int) -> None:
        """See the port."""
        self._put(json.dumps(Clear(type="clear", reply=reply)))

    def closed(self, reason: str) -> None:
        """See the port."""
        self._closed, self.reason = True, reason
        self._wake.set()

    def is_choked(self) -> bool:
        """Whether the far end reads too slowly to be talked to."""
        return len(self._waiting) > MOST_WAITING

    def _put(self, item: bytes | str) -> None:
        self._waiting.append(item)
        self._wake.set()

    async def write(self, socket: WebSocket) -> None:
        """Send until the leg is over and everything is sent."""
        while self._waiting or not self._closed:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            item = self._waiting.popleft()
            if isinstance(item, bytes):
                await socket.send_bytes(item)
            else:
                await socket.send_text(item)


def stream_routes() -> APIRouter:
    """WS /api/voice/ws."""
    routes = APIRouter(prefix="/api/voice", tags=["voice"])

    @routes.websocket("/ws")
    async def stream(
        socket: WebSocket,
        agent: Annotated[str | None, Query(max_length=100)] = None,
        format: Annotated[Literal["pcm16", "opus"], Query()] = "pcm16",  # noqa: A002  # the field's word
        echo_cancellation: Annotated[bool, Query()] = True,  # as a page that asks getUserMedia for it
    ) -> None:
        try:
            visitor = Visitor(tenant_of(socket), agent)
        except AntiphonError as error:
            await socket.close(1008, reason_of(error))
            return
        await socket.accept()  # a page sees the reason of a close only once it was let in
        pipe = Pipe()
        try:
            leg, call = await _begin(gateway_parts(socket), visitor, format, pipe, echoes=not echo_cancellation)
        except AntiphonError as error:
            await socket.close(1013 if isinstance(error, Busy) else 1008, reason_of(error))
            return
        opened = StreamOpened(type="stream", call_id=call, format=format, rate_hz=RATE_HZ[format], frame_ms=FRAME_MS)
        await socket.send_text(json.dumps(opened))
        await _carry(socket, leg, pipe)

    return routes


async def _begin(
    parts: GatewayParts, visitor: Visitor, packets: StreamFormat, pipe: Pipe, *, echoes: bool
) -> tuple[StreamLeg, str]:
    """A leg, and the id of the call it was admitted to."""
    await parts.reception.check(visitor)
    leg = parts.streams.open(packets, "websocket", pipe, echoes=echoes)
    try:
        return leg, await parts.reception.admit(visitor, leg)
    except BaseException:
        leg.order(Close("not admitted"))
        raise


async def _carry(socket: WebSocket, leg: StreamLeg, pipe: Pipe) -> None:
    """Both directions, until one of them ends."""
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(_write(socket, leg, pipe), name="stream out")
        reading = tasks.create_task(_read(socket, leg, pipe), name="stream in")
        await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        writing.cancel()
        reading.cancel()
    refused = reading.done() and not reading.cancelled() and not reading.result()
    with suppress(RuntimeError, WebSocketDisconnect):  # closed already; who noticed first decides which is raised
        await socket.close(1003 if refused else 1000, reason_of(pipe.reason))


async def _write(socket: WebSocket, leg: StreamLeg, pipe: Pipe) -> None:
    try:
        await pipe.write(socket)
    except (WebSocketDisconnect, RuntimeError):  # starlette raises either, by who noticed it first
        leg.lost("the caller hung up")


async def _read(socket: WebSocket, leg: StreamLeg, pipe: Pipe) -> bool:
    """Take what comes; False if it could not be taken."""
    loop = asyncio.get_running_loop()
    second, messages = 0, 0
    try:
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            if int(loop.time()) != second:
                second, messages = int(loop.time()), 0
            messages += 1
            _check(messages, pipe)
            _take(leg, message.get("bytes"), message.get("text"))
    except BadRequest as error:
        leg.lost(str(error))
        return False
    leg.lost("the caller hung up")
    return True


def _check(messages: int, pipe: Pipe) -> None:
    if messages > MOST_PER_SECOND:
        raise BadRequest(f"More than {MOST_PER_SECOND} messages came in a second; audio is 50 packets of 20 ms.")
    if pipe.is_choked():
        raise BadRequest("The caller's connection is too slow for audio.")


def _take(leg: StreamLeg, payload: bytes | None, text: str | None) -> None:
    if payload is not None:
        leg.feed(payload)
    elif text is not None:
        if len(text) > LONGEST_TEXT:
            raise BadRequest(f"A text message has more than {LONGEST_TEXT} characters.")
        leg.message(text)
