"""GET /metrics: figures of the process in Prometheus' text format, for those with a credential."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from antiphon.gateway.credential import Parts, Tenant

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_routes() -> APIRouter:
    """The one route."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/metrics")
    async def metrics(_tenant: Tenant, parts: Parts) -> PlainTextResponse:
        """Calls, tasks, media and memory of this process. No figure names a caller or a tenant."""
        return PlainTextResponse(exposition(parts.figures()), media_type=CONTENT_TYPE)

    return routes


def exposition(figures: Mapping[str, float]) -> str:
    """Lines of name and value; a name that ends in _total only grows (Prometheus exposition format 0.0.4)."""
    lines = []
    for name, value in figures.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# TYPE {name} {kind}", f"{name} {value:g}" if value % 1 else f"{name} {value:.0f}"]
    return "\n".join(lines) + "\n"
