"""The WebRTC door over HTTP: an offer in, an answer out, candidates beside it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antiphon.core.errors import AntiphonError, BadRequest, NotFound
from antiphon.gateway.credential import Parts, Tenant, tenant_of
from antiphon.gateway.sockets import next_text
from antiphon.ports.door import Signal
from antiphon.ports.leg import Close
from antiphon.ports.reception import Visitor

LARGEST_SDP = 64 * 1024
"""Characters: a browser's audio offer has 2–6 KB; str0m itself would parse 64 KiB attributes (reference: media core 12.6)."""
MOST_SIGNAL_MESSAGES = 200
"""Messages one signalling socket may send: a browser trickles fewer than 20 candidates, a restart doubles them."""


class Offer(BaseModel):
    """An SDP offer for a call with `agent` (the tenant's first if not said)."""

    model_config = ConfigDict(extra="forbid")
    sdp: Annotated[str, Field(min_length=1, max_length=LARGEST_SDP)]
    type: Literal["offer"]
    agent: Annotated[str, Field(max_length=100)] | None = None


class Answer(BaseModel):
    """The SDP answer and the call it belongs to; `resume` will let a lost caller come back (null until that is built)."""

    sdp: str
    type: Literal["answer"] = "answer"
    call_id: str
    resume: str | None = None


class Candidate(BaseModel):
    """An RTCIceCandidateInit as browsers write it; with one bundled transport its m-line says nothing new."""

    model_config = ConfigDict(extra="ignore")
    candidate: Annotated[str, Field(max_length=1024)]


class Trickle(BaseModel):
    """One candidate, or null when there are no more."""

    type: Literal["ice-candidate"]
    candidate: Candidate | None


class Signals:
    """The signalling sides of running calls, by call id."""

    def __init__(self) -> None:
        self._signals: dict[str, tuple[str, Signal]] = {}

    def add(self, tenant: str, call: str, signal: Signal, running: tuple[str, ...]) -> None:
        """Remember a call's signal and forget those of the tenant's calls that have ended."""
        ended = [known for known, (owner, _) in self._signals.items() if owner == tenant and known not in running]
        for known in ended:
            del self._signals[known]
        self._signals[call] = (tenant, signal)

    def find(self, tenant: str, call: str) -> Signal:
        """Raises NotFound."""
        owner, signal = self._signals.get(call, (None, None))
        if signal is None or owner != tenant:
            raise NotFound(f"There is no running call {call} to signal for.")
        return signal


def voice_routes() -> APIRouter:
    """POST /api/voice/offer and WS /api/voice/signal."""
    routes = APIRouter(prefix="/api/voice", tags=["voice"])
    signals = Signals()

    @routes.post("/offer")
    async def offer(body: Offer, tenant: Tenant, parts: Parts) -> Answer:
        visitor = Visitor(tenant, body.agent)
        await parts.reception.check(visitor)
        answered = await parts.door.answer(body.sdp)
        try:
            call = await parts.reception.admit(visitor, answered.leg)
        except BaseException:
            answered.leg.order(Close("not admitted"))
            raise
        signals.add(tenant, call, answered.signal, parts.reception.running(tenant))
        return Answer(sdp=answered.sdp, call_id=call)

    @routes.websocket("/signal")
    async def signal(socket: WebSocket, call_id: Annotated[str, Query(max_length=100)]) -> None:
        try:
            tenant = tenant_of(socket)
            found = signals.find(tenant, call_id)
        except AntiphonError as error:
            await socket.close(1008, str(error)[:120])
            return
        await socket.accept()
        await _trickle(socket, found)

    return routes


async def _trickle(socket: WebSocket, signal: Signal) -> None:
    for line in signal.local_candidates():
        candidate = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}
        await socket.send_json({"type": "ice-candidate", "candidate": candidate})
    await socket.send_json({"type": "ice-candidate", "candidate": None})
    try:
        for _ in range(MOST_SIGNAL_MESSAGES):
            trickle = Trickle.model_validate_json(await next_text(socket))
            line = trickle.candidate.candidate if trickle.candidate else ""
            signal.add_candidate(line)
        await socket.close(1008, "too many messages")
    except WebSocketDisconnect:
        pass  # the page closes its socket when it has no more candidates; the call goes on
    except ValidationError as error:
        await socket.close(1003, f"not a signal message: {error.errors()[0]['msg']}"[:120])
    except BadRequest as error:
        await socket.close(1003, str(error)[:120])
