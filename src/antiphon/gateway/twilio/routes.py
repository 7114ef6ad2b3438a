"""POST /twilio/voice, which Twilio asks what to do with a call, and WS /twilio/stream, where the call then is."""

import asyncio
import time
from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qsl
from xml.sax.saxutils import quoteattr

from fastapi import APIRouter, Query, Request, Response, WebSocket, WebSocketDisconnect

from antiphon.core.errors import AntiphonError, Busy, Unauthorized
from antiphon.gateway.credential import Parts, gateway_parts
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.sockets import next_text, reason_of
from antiphon.gateway.twilio.media_stream import PhoneLine, carry, parse
from antiphon.gateway.twilio.tickets import Tickets
from antiphon.gateway.twilio_account import TwilioAccount
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor
from antiphon.ports.stream import StreamLeg

START_S = 10.0
"""A stream that has not said `start` by then is nobody's call."""
BEFORE_START = 3
"""Messages before `start`: Twilio sends `connected` alone."""


def twilio_routes() -> APIRouter:
    """Both routes; without an account nobody is let in."""
    routes = APIRouter(prefix="/twilio", tags=["twilio"])
    tickets = Tickets(time.monotonic)

    @routes.post("/voice")
    async def voice(
        request: Request, parts: Parts, agent: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        account = _account(parts)
        form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if not account.signed(path, form, request.headers.get("x-twilio-signature", "")):
            raise Unauthorized(
                "The signature is not this account's: TWILIO_AUTH_TOKEN must be the account's own, and ANTIPHON_PUBLIC_URL "
                "the address that stands in Twilio's console."
            )
        visitor = Visitor(account.tenant, agent, dict(form).get("From"))
        try:
            await parts.reception.check(visitor)
        except Busy:
            return _twiml("<Reject reason='busy'/>")
        address = account.public_url.replace("http", "ws", 1) + "/twilio/stream"
        ticket = f"<Parameter name='ticket' value={quoteattr(tickets.mint(visitor))}/>"
        return _twiml(f"<Connect><Stream url={quoteattr(address)}>{ticket}</Stream></Connect>")

    @routes.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        parts = gateway_parts(socket)
        if parts.twilio is None:
            await socket.close(1008, "Twilio is not set up here.")
            return
        await socket.accept()
        try:
            name, ticket = await _start(socket)
            line = PhoneLine(name)
            leg = await _begin(parts, tickets.redeem(ticket), line)
        except (AntiphonError, TimeoutError) as error:
            await socket.close(1008, reason_of(str(error) or "There was no start message."))
            return
        except WebSocketDisconnect:
            return
        await carry(socket, line, leg)
        with suppress(RuntimeError):  # Twilio has closed it
            await socket.close(1000)

    return routes


def _account(parts: GatewayParts) -> TwilioAccount:
    if parts.twilio is None:
        raise Unauthorized("Twilio is not set up here: set TWILIO_AUTH_TOKEN and ANTIPHON_PUBLIC_URL.")
    return parts.twilio


def _twiml(verbs: str) -> Response:
    return Response(f"<?xml version='1.0' encoding='UTF-8'?><Response>{verbs}</Response>", media_type="text/xml")


async def _start(socket: WebSocket) -> tuple[str, str]:
    """The stream's name and its ticket. Raises Unauthorized, TimeoutError, WebSocketDisconnect."""
    async with asyncio.timeout(START_S):
        for _ in range(BEFORE_START):
            match parse(await next_text(socket)):
                case {
                    "event": "start",
                    "start": {"streamSid": str(name), "customParameters": {"ticket": str(ticket)}},
                }:
                    return name, ticket
                case {"event": "start"}:
                    break
                case _:
                    continue
    raise Unauthorized("A stream begins with Twilio's start message and the ticket of its TwiML.")


async def _begin(parts: GatewayParts, visitor: Visitor, line: PhoneLine) -> StreamLeg:
    leg = parts.streams.open("ulaw", "twilio", line, echoes=True)  # a telephone on the table hears what it plays
    try:
        await parts.reception.admit(visitor, leg)
    except BaseException:
        leg.order(Close("not admitted"))
        raise
    return leg
