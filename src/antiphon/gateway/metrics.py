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
    """Lines of name and value, all of one name together; a name that ends in _total only grows (Prometheus exposition format
    0.0.4). A name may carry labels."""
    families: dict[str, list[str]] = {}
    for labelled, value in figures.items():
        name = labelled.partition("{")[0]
        families.setdefault(name, []).append(f"{labelled} {value:g}" if value % 1 else f"{labelled} {value:.0f}")
    lines = []
    for name, family in families.items():
        lines += [f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}", *family]
    return "\n".join(lines) + "\n"
