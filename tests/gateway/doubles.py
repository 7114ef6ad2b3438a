"""Doubles of the ports behind the gateway, all in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from antiphon.core.errors import BadRequest, Busy, NotFound, Unauthorized
from antiphon.ports.door import Answered
from antiphon.ports.journal import JournalEntry
from antiphon.ports.leg import Leg
from antiphon.ports.reception import Visitor
from antiphon.ports.records import RecordSummary
from antiphon.ports.stream import FarEnd, StreamFormat, StreamLeg
from tests.call.fakes import NotedLeg

KEY = "k" * 32


class Signalling:
    """Remembers candidates."""

    def __init__(self) -> None:
        self.candidates: list[str] = []
        self.resumed: list[str] = []

    def add_candidate(self, candidate: str) -> None:
        if "garbage" in candidate:
            raise BadRequest("not a candidate")
        self.candidates.append(candidate)

    async def renegotiate(self, sdp: str) -> str:
        if not sdp.startswith("v=0"):
            raise BadRequest("This is not an SDP offer.")
        return f"{sdp} again"

    async def resume(self, sdp: str) -> str:
        self.resumed.append(sdp)
        return await self.renegotiate(sdp)

    def resume_by_stream(self, format: StreamFormat, channel: str, far_end: FarEnd) -> StreamLeg:  # noqa: A002
        raise NotFound("This call is over.")

    def local_candidates(self) -> list[str]:
        return ["candidate:1 1 udp 1 127.0.0.1 9 typ host"]


@dataclass
class OneDoor:
    """Answers offers that look like SDP."""

    answered: list[Answered] = field(default_factory=list)

    async def answer(self, sdp: str) -> Answered:
        if not sdp.startswith("v=0"):
            raise BadRequest("This is not an SDP offer.")
        self.answered.append(Answered(NotedLeg(), "v=0 answer", Signalling()))
        return self.answered[-1]


@dataclass
class OneDesk:
    """Knows one agent and counts calls."""

    calls: dict[str, Visitor] = field(default_factory=dict)
    hung_up: list[str] = field(default_factory=list)
    full: bool = False

    async def check(self, visitor: Visitor) -> None:
        if self.full:
            raise Busy("All lines are taken.", 7)
        if visitor.agent not in (None, "salon"):
            raise NotFound(f"There is no agent {visitor.agent}.")

    async def admit(self, visitor: Visitor, leg: Leg) -> str:
        await self.check(visitor)
        call = f"call_{len(self.calls) + 1}"
        self.calls[call] = visitor
        return call

    async def hang_up(self, tenant: str, call: str, reason: str) -> None:
        if call not in self.calls or self.calls[call].tenant != tenant:
            raise NotFound(f"There is no running call {call}.")
        self.hung_up.append(call)

    def running(self, tenant: str) -> tuple[str, ...]:
        return tuple(call for call, visitor in self.calls.items() if visitor.tenant == tenant)


class OneKey:
    """One bearer key, one link."""

    def __init__(self) -> None:
        self.links = {"once": "demo"}

    def tenant_of_key(self, key: str) -> str:
        if key != KEY:
            raise Unauthorized("This key opens nothing.")
        return "demo"

    def mint_link(self, tenant: str) -> str:
        self.links["again"] = tenant
        return "again"

    def redeem(self, one_time: str) -> str:
        try:
            return f"session-{self.links.pop(one_time)}"
        except KeyError:
            raise Unauthorized("This link was used or has expired; `antiphon link` prints another.") from None

    def tenant_of_session(self, session: str) -> str:
        if session != "session-demo":
            raise Unauthorized("This session has ended.")
        return "demo"


class OneShelf:
    """A journal and records with one call of tenant demo."""

    lines: tuple[str, ...] = ()

    async def open(self, tenant: str, call: str) -> int:
        return 1

    async def append(
        self, call: str, epoch: int, expected_seq: int, lines: Sequence[str], *, urgent: bool = False
    ) -> None: ...

    def hurry(self) -> None: ...

    async def read(self, tenant: str, call: str, after: int = 0) -> AsyncIterator[JournalEntry]:
        self._check(tenant, call)
        for seq, line in enumerate(self.lines, 1):
            yield JournalEntry(seq, 1, line)

    async def aclose(self) -> None: ...

    async def save(self, tenant: str, record: Mapping[str, Any]) -> None: ...

    async def get(self, tenant: str, call: str) -> Mapping[str, Any]:
        self._check(tenant, call)
        return {"call": call, "outcome": "done"}

    async def list(self, tenant: str, limit: int = 50, before: str | None = None) -> Sequence[RecordSummary]:
        return [RecordSummary("call_9", "salon", "webrtc", "2026-11-20T20:00:00+00:00", None, None, None)]

    @staticmethod
    def _check(tenant: str, call: str) -> None:
        if (tenant, call) != ("demo", "call_9"):
            raise NotFound(f"There is no call {call}.")
