"""A whole server in one process: settings in, calls taken until told to stop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from antiphon.adapters.clock import SystemClock
from antiphon.adapters.keys import KeyRing
from antiphon.adapters.tls import self_signed
from antiphon.config.server import Address, ServerSettings
from antiphon.wiring.house import House, open_house
from antiphon.wiring.listening import bind

DEMO_TENANT = "demo"
LARGEST_MESSAGE = 64 * 1024
"""Bytes a WebSocket message may have (uvicorn's default is 16 MiB); a candidate has about 150."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes calls. `base` is its address without a path."""

    house: House
    base: str

    def link(self) -> str:
        """A fresh one-time address of the demo page."""
        return _page_address(self.base, self.house.credentials.mint_link(DEMO_TENANT))


async def serve(settings: ServerSettings, announce: Callable[[str], None] | None) -> None:
    """Serve until SIGINT or SIGTERM; calls in progress are ended and written down. Raises ConfigError."""
    async with open_house(settings, DEMO_TENANT) as house:
        server, listening, base = _listen(settings, house)
        running = Running(house, base)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve([listening]), name="http")
            while not server.started and not serving.done():
                await asyncio.wait({serving}, timeout=0.01)
            if announce and server.started:
                announce(running.link())


@asynccontextmanager
async def running_server(settings: ServerSettings) -> AsyncIterator[Running]:
    """A server for as long as the block lasts; for tests, simulation and benchmarks. Port 0 takes a free one."""
    async with open_house(settings, DEMO_TENANT) as house:
        server, listening, base = _listen(settings, house)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server._serve([listening]), name="http")  # noqa: SLF001  # serve() takes the signals
            try:
                while not server.started and not serving.done():
                    await asyncio.wait({serving}, timeout=0.01)
                yield Running(house, base)
            finally:
                server.should_exit = True


def mint_address(settings: ServerSettings) -> str:
    """Another one-time address for the server that runs with these settings."""
    ring = KeyRing(settings.data / "keys.db", SystemClock(), tenant=DEMO_TENANT, keys=())
    try:
        return _page_address(_base(settings, settings.http.port), ring.mint_link(DEMO_TENANT))
    finally:
        ring.close()


def _page_address(base: str, key: str) -> str:
    return f"{base}/demo/#key={key}"


def _listen(settings: ServerSettings, house: House) -> tuple[uvicorn.Server, socket.socket, str]:
    listening = bind(settings.http)
    base = _base(settings, listening.getsockname()[1])
    certificate, key = None, None
    if settings.tls == "auto":
        names = tuple(dict.fromkeys((*settings.public_addresses, settings.http.host, "localhost", "127.0.0.1")))
        certificate, key = self_signed(settings.data / "tls", names, SystemClock().utc())
    config = uvicorn.Config(
        house.app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # audio does not shrink, and every packet would be tried
        timeout_graceful_shutdown=3,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return uvicorn.Server(config), listening, base


def _base(settings: ServerSettings, port: int) -> str:
    scheme = "https" if settings.tls == "auto" else "http"
    host = settings.http.host
    if host in ("0.0.0.0", "::"):
        host = settings.public_addresses[0] if settings.public_addresses else "localhost"
    return f"{scheme}://{Address(host, port)}"
