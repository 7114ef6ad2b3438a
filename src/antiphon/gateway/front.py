"""The front of the house: the one-time key becomes a cookie, agents are listed, health is told, the demo page is served."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from antiphon.gateway.credential import COOKIE, Parts, Tenant
from antiphon.gateway.manual import describe
from antiphon.gateway.parts import GatewayParts

SESSION_S = 12 * 3600
PAGE_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; "
    "style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class OneTimeKey(BaseModel):
    """The key from the printed address's fragment."""

    key: Annotated[str, Field(max_length=200)]


def front_routes() -> APIRouter:
    """Public health routes, the session exchange, and the list of agents."""
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/demo")

    @routes.get("/healthz")
    async def health() -> PlainTextResponse:
        """The process lives."""
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def ready() -> PlainTextResponse:
        """Calls can be taken."""
        return PlainTextResponse("ready\n")  # the server listens only once calls can be taken

    @routes.post("/api/session", status_code=204)
    async def session(body: OneTimeKey, parts: Parts, response: Response) -> None:
        value = parts.credentials.redeem(body.key)
        response.set_cookie(COOKIE, value, SESSION_S, secure=parts.secure, httponly=True, samesite="strict")

    @routes.get("/api/agents")
    async def agents(tenant: Tenant, parts: Parts) -> dict[str, Any]:
        return {"agents": [agent.to_json() for agent in await parts.catalogue.agents(tenant)]}

    return routes


def docs_routes(app: FastAPI) -> APIRouter:
    """The API's own description, for those with a credential."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/openapi.json")
    async def openapi(_tenant: Tenant) -> JSONResponse:
        return JSONResponse(app.openapi())

    @routes.get("/docs")
    async def docs(_tenant: Tenant) -> HTMLResponse:
        return HTMLResponse(describe(app.openapi()))

    return routes


class Page(StaticFiles):
    """The built demo page with headers that let it do only what it must."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See Starlette."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def mount_page(app: FastAPI, parts: GatewayParts) -> None:
    """Serve the demo page at /demo."""
    app.mount("/demo", Page(directory=parts.page, html=True, check_dir=False), name="demo")
