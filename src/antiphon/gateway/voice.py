"""The WebRTC door over HTTP: an offer in, an answer out, candidates beside it; and the way back to a call."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from antiphon.core.errors import AntiphonError, Forbidden, NotFound
from antiphon.gateway.credential import Parts, Tenant, tenant_of
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.signals import Signals
from antiphon.gateway.sockets import next_text, reason_of
from antiphon.ports.door import Signal
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor
from antiphon.ports.relay import IceServer

LARGEST_SDP = 64 * 1024
"""Characters: a browser's audio offer has 2–6 KB; str0m itself would parse 64 KiB attributes (reference: media core 12.6)."""
MOST_SIGNAL_MESSAGES = 200
"""Messages one signalling socket may send: a browser trickles fewer than 20 candidates, a restart doubles them."""


class Offer(BaseModel):
    """An SDP offer for a call with `agent` (the tenant's first if not said). With `call_id` and the call's `resume` token it is of
    a caller whose connection is lost: an ICE restart, or a new peer connection."""

    model_config = ConfigDict(extra="forbid")
    sdp: Annotated[str, Field(min_length=1, max_length=LARGEST_SDP)]
    type: Literal["offer"]
    agent: Annotated[str, Field(max_length=100)] | None = None
    call_id: Annotated[str, Field(max_length=100)] | None = None
    resume: Annotated[str, Field(max_length=100)] | None = None


class Answer(BaseModel):
    """The SDP answer and the call it belongs to. `resume` lets a lost caller come back, once; `iceServers` are relays for a caller
    whose packets find no other way, good for an hour."""

    sdp: str
    type: Literal["answer"] = "answer"
    call_id: str
    resume: str | None
    iceServers: list[IceServer] = []  # noqa: N815  # W3C's name; pydantic copies it


class Candidate(BaseModel):
    """An RTCIceCandidateInit as browsers write it; with one bundled transport its m-line says nothing new."""

    model_config = ConfigDict(extra="ignore")
    candidate: Annotated[str, Field(max_length=1024)]


class Trickle(BaseModel):
    """One candidate, or null when there are no more."""

    type: Literal["ice-candidate"]
    candidate: Candidate | None


class Reoffer(BaseModel):
    """Another offer of the call's peer connection, over its signalling socket."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["offer"]
    sdp: Annotated[str, Field(min_length=1, max_length=LARGEST_SDP)]


FromPage = TypeAdapter[Trickle | Reoffer](Annotated[Trickle | Reoffer, Field(discriminator="type")])


def voice_routes(signals: Signals) -> APIRouter:
    """POST /api/voice/offer and WS /api/voice/signal."""
    routes = APIRouter(prefix="/api/voice", tags=["voice"])

    @routes.post("/offer")
    async def offer(body: Offer, tenant: Tenant, parts: Parts) -> Answer:
        if body.call_id is not None:
            return await _resume(body, tenant, parts, signals)
        visitor = Visitor(tenant, body.agent)
        await parts.reception.check(visitor)
        answered = await parts.door.answer(body.sdp)
        try:
            call = await parts.reception.admit(visitor, answered.leg)
        except BaseException:
            answered.leg.order(Close("not admitted"))
            raise
        token = signals.add(tenant, call, answered.signal, parts.reception.running(tenant))
        return Answer(sdp=answered.sdp, call_id=call, resume=token, iceServers=_relays(parts, call))

    @routes.websocket("/signal")
    async def signal(socket: WebSocket, call_id: Annotated[str, Query(max_length=100)]) -> None:
        try:
            tenant = tenant_of(socket)
            found = signals.find(tenant, call_id)
        except AntiphonError as error:
            await socket.close(1008, reason_of(error))
            return
        await socket.accept()
        await _signal(socket, found)

    return routes


async def _resume(body: Offer, tenant: str, parts: GatewayParts, signals: Signals) -> Answer:
    call = body.call_id or ""
    if call not in parts.reception.running(tenant):
        raise NotFound(f"There is no running call {call}: it has ended.")
    if body.resume is None:
        raise Forbidden("Coming back to a call needs its resume token, from the last answer.")
    resumed = await signals.resume(tenant, call, body.resume, body.sdp)
    return Answer(sdp=resumed.sdp, call_id=call, resume=resumed.token, iceServers=_relays(parts, call))


def _relays(parts: GatewayParts, call: str) -> list[IceServer]:
    return list(parts.relays.servers(call)) if parts.relays else []


async def _signal(socket: WebSocket, signal: Signal) -> None:
    for line in signal.local_candidates():
        candidate = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}
        await socket.send_json({"type": "ice-candidate", "candidate": candidate})
    await socket.send_json({"type": "ice-candidate", "candidate": None})
    try:
        for _ in range(MOST_SIGNAL_MESSAGES):
            message = FromPage.validate_json(await next_text(socket))
            if isinstance(message, Reoffer):
                await socket.send_json({"type": "answer", "sdp": await signal.renegotiate(message.sdp)})
            else:
                signal.add_candidate(message.candidate.candidate if message.candidate else "")
        await socket.close(1008, "too many messages")
    except WebSocketDisconnect:
        pass  # the page closes its socket when it has no more candidates; the call goes on
    except ValidationError as error:
        await socket.close(1003, reason_of(f"not a signal message: {error.errors()[0]['msg']}"))
    except AntiphonError as error:
        await socket.close(1003, reason_of(error))
