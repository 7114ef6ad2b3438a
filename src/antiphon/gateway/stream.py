"""The WebSocket door: audio and page messages over one connection, where nothing but HTTP gets through; and the way back."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from antiphon.core.errors import AntiphonError, BadRequest, Busy, Forbidden, NotFound
from antiphon.core.rate import Rate
from antiphon.gateway.credential import gateway_parts, tenant_of
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.pipe import Pipe
from antiphon.gateway.signals import Signals
from antiphon.gateway.sockets import reason_of
from antiphon.gateway.watch import Watch
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor
from antiphon.ports.stream import StreamFormat, StreamLeg
from antiphon.wire.stream_messages import StreamOpened

FRAME_MS = 20
A_SECOND = 200
"""Messages a connection may always bring: 50 are audio; a client that types and tells of its playout adds about 12."""
AT_ONCE = 1_800
"""Audio of the 35 s for which a lost caller's place is kept, and what was said meanwhile: TCP brings it all in one go."""
RATE_HZ = {"pcm16": 16_000, "opus": 48_000}
LONGEST_TEXT = 16 * 1024
"""Bytes of a text message: what a caller types has at most a few hundred."""
HUNG_UP = (1000, 1001, 1005)
"""Close codes of a far end that meant it (RFC 6455 7.4.1): normal, going away, none said. Any other is a connection that broke."""
LAST_WORD_S = 1.0
"""So long after a write failed the reader may take to learn why."""


def stream_routes(signals: Signals) -> APIRouter:
    """WS /api/voice/ws."""
    routes = APIRouter(prefix="/api/voice", tags=["voice"])

    @routes.websocket("/ws")
    async def stream(
        socket: WebSocket,
        agent: Annotated[str | None, Query(max_length=100)] = None,
        format: Annotated[Literal["pcm16", "opus"], Query()] = "pcm16",  # noqa: A002  # the field's word
        echo_cancellation: Annotated[bool, Query()] = True,  # as a page that asks getUserMedia for it
        call_id: Annotated[str | None, Query(max_length=100)] = None,
        resume: Annotated[str | None, Query(max_length=100)] = None,
    ) -> None:
        try:
            visitor = Visitor(tenant_of(socket), agent)
        except AntiphonError as error:
            await socket.close(1008, reason_of(error))
            return
        await socket.accept()  # a page sees the reason of a close only once it was let in
        pipe = Pipe()
        try:
            if call_id is None:
                leg, call, token = await _begin(
                    gateway_parts(socket), signals, visitor, format, pipe, echoes=not echo_cancellation
                )
            else:
                call = call_id
                leg, token = _resume(gateway_parts(socket), signals, visitor.tenant, call, resume, format, pipe)
        except AntiphonError as error:
            await socket.close(1013 if isinstance(error, Busy) else 1008, reason_of(error))
            return
        pipe.open(
            StreamOpened(
                type="stream", call_id=call, format=format, rate_hz=RATE_HZ[format], frame_ms=FRAME_MS, resume=token
            )
        )
        await Carriage(socket, leg, pipe, lambda: signals.prove(call)).run()

    return routes


async def _begin(
    parts: GatewayParts, signals: Signals, visitor: Visitor, packets: StreamFormat, pipe: Pipe, *, echoes: bool
) -> tuple[StreamLeg, str, str]:
    """A leg, the id of the call it was admitted to, and what brings its caller back."""
    await parts.reception.check(visitor)
    leg = parts.streams.open(packets, "websocket", pipe, echoes=echoes)
    try:
        call = await parts.reception.admit(visitor, leg)
    except BaseException:
        leg.order(Close("not admitted"))
        raise
    signal = parts.streams.signal(leg)
    return leg, call, signals.add(visitor.tenant, call, signal, parts.reception.running(visitor.tenant))


def _resume(
    parts: GatewayParts, signals: Signals, tenant: str, call: str, token: str | None, packets: StreamFormat, pipe: Pipe
) -> tuple[StreamLeg, str]:
    """The leg of a running call, and what brings its caller back the next time."""
    if call not in parts.reception.running(tenant):
        raise NotFound(f"There is no running call {call}: it has ended.")
    if token is None:
        raise Forbidden("Coming back to a call needs its resume token, from the last answer.")
    return signals.resume_by_stream(tenant, call, token, packets, pipe)


class Carriage:
    """One socket and the leg whose packets it carries."""

    def __init__(self, socket: WebSocket, leg: StreamLeg, pipe: Pipe, prove: Callable[[], None]) -> None:
        self._socket, self._leg, self._pipe, self._prove = socket, leg, pipe, prove
        self._watch = Watch(leg.interrupt)
        self._refused = self._proven = False

    async def run(self) -> None:
        """Both directions, until one of them ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(self._write(), name="stream out")
                reading = tasks.create_task(self._read(), name="stream in")
                await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
                if not self._pipe.is_closed:  # a broken socket: why is for the reader to learn
                    await asyncio.wait((reading,), timeout=LAST_WORD_S)
                writing.cancel()
                reading.cancel()
        finally:
            self._watch.close()
        if not self._pipe.is_closed:
            self._leg.interrupt(True)  # nothing, if it has moved to another connection
        with suppress(RuntimeError, WebSocketDisconnect):  # closed already; who noticed first decides which is raised
            await self._socket.close(1003 if self._refused else 1000, reason_of(self._pipe.reason))

    async def _write(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # starlette raises either, by who noticed it first
            await self._pipe.write(self._socket)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        rate = Rate(AT_ONCE, A_SECOND, loop.time())
        try:
            while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                if not rate.take(loop.time()):
                    raise BadRequest(f"More than {A_SECOND} messages a second came; audio is 50 packets of 20 ms.")
                if self._pipe.is_choked():
                    raise BadRequest("The caller's connection is too slow for audio.")
                self._take(message.get("bytes"), message.get("text"))
        except BadRequest as error:
            self._refused = True
            self._leg.lost(str(error))
            return
        # A socket that broke without a close frame has no reason, though 1005 too (uvicorn 0.54.0).
        said = "reason" in message
        if said and message["code"] in HUNG_UP and not self._leg.is_awaited:
            self._leg.lost("the caller hung up")

    def _take(self, payload: bytes | None, text: str | None) -> None:
        if not self._proven:
            self._proven = True
            self._prove()
        self._watch.note(payload is not None)
        if payload is not None:
            self._leg.feed(payload)
        elif text is not None:
            if len(text) > LONGEST_TEXT:
                raise BadRequest(f"A text message has more than {LONGEST_TEXT} characters.")
            if (ping := _ping(text)) is None:
                self._leg.message(text)
                self._watch.rest()
            else:
                self._watch.pings = True
                self._pipe.answer(ping)


def _ping(text: str) -> int | None:
    """The number of a ping; None for any other message."""
    if '"ping"' not in text[:64]:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match message:
        case {"type": "ping", "n": int(number)} if 0 <= number < 2**53:
            return number
        case _:
            return None
