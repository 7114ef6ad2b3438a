"""The HTTP face of a house, as one ASGI app."""

from fastapi import FastAPI

from antiphon.gateway.calls import call_routes
from antiphon.gateway.faults import install_faults
from antiphon.gateway.front import docs_routes, front_routes, mount_page
from antiphon.gateway.limits import Limits
from antiphon.gateway.metrics import metrics_routes
from antiphon.gateway.parts import GatewayParts
from antiphon.gateway.signals import Signals
from antiphon.gateway.stream import stream_routes
from antiphon.gateway.twilio.routes import twilio_routes
from antiphon.gateway.voice import voice_routes


def create_app(parts: GatewayParts) -> FastAPI:
    """An app over `parts`; it keeps no state but the signalling sides of running calls."""
    # FastAPI's own log export would carry exception texts past our redaction.
    app = FastAPI(title="Antiphon", docs_url=None, redoc_url=None, openapi_url=None, telemetry={"logs": False})
    app.state.parts = parts
    install_faults(app)
    signals = Signals()
    doors = (voice_routes(signals), stream_routes(signals), twilio_routes())
    for routes in (front_routes(), *doors, call_routes(), metrics_routes(), docs_routes(app)):
        app.include_router(routes)
    mount_page(app, parts)
    app.add_middleware(Limits, hosts=parts.hosts)
    return app
