"""Calls as data: records, the journal, the timeline; and hanging up."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from antiphon.core.timeline import TimelineFold
from antiphon.gateway.credential import Parts, Tenant
from antiphon.wire.timeline_svg import draw_timeline


class CallSummary(BaseModel):
    """One line of the list of calls; times are UTC."""

    call: str
    agent: str
    channel: str
    started: str
    ended: str | None
    outcome: str | None
    reference: str | None


class Calls(BaseModel):
    """Newest first; `running` are those in progress."""

    calls: list[CallSummary]
    running: list[str]


def call_routes() -> APIRouter:
    """Everything below /api/calls."""
    routes = APIRouter(prefix="/api/calls", tags=["calls"])

    @routes.get("")
    async def calls(
        tenant: Tenant,
        parts: Parts,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Calls:
        """Calls of this tenant, newest first, and which are running."""
        rows = await parts.records.list(tenant, limit, before)
        summaries = [
            CallSummary(
                call=row.call,
                agent=row.agent,
                channel=row.channel,
                started=row.started,
                ended=row.ended,
                outcome=row.outcome,
                reference=row.reference,
            )
            for row in rows
        ]
        return Calls(calls=summaries, running=list(parts.reception.running(tenant)))

    @routes.get("/{call}")
    async def call(call: str, tenant: Tenant, parts: Parts) -> dict[str, Any]:
        return dict(await parts.records.get(tenant, call))

    @routes.get("/{call}/journal")
    async def journal(call: str, tenant: Tenant, parts: Parts) -> StreamingResponse:
        entries = parts.journal.read(tenant, call)
        first = await anext(entries, None)  # an unknown call is a 404, not an empty stream

        async def lines() -> AsyncIterator[str]:
            if first:
                yield first.line + "\n"
            async for entry in entries:
                yield entry.line + "\n"

        return StreamingResponse(lines(), media_type="application/jsonl")

    @routes.get("/{call}/timeline.svg")
    async def timeline(call: str, tenant: Tenant, parts: Parts) -> Response:
        fold = TimelineFold()
        async for entry in parts.journal.read(tenant, call):
            fold.line(entry.line)
        return Response(draw_timeline(fold.timeline()), media_type="image/svg+xml")

    @routes.post("/{call}/hangup", status_code=204)
    async def hang_up(call: str, tenant: Tenant, parts: Parts) -> None:
        await parts.reception.hang_up(tenant, call, "hung up by the operator")

    return routes
