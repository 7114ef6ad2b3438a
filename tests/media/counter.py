"""A desk that answers offers over HTTP with nothing behind it: the door and an ear for each call."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from antiphon.core.errors import BadRequest, Busy
from antiphon.ports.door import Answered, Door
from antiphon.wiring.media import open_media
from tests.media.ear import Ear


class Counter:
    """Answers `POST /api/voice/offer`; `calls` are the legs in the order they came."""

    def __init__(self, door: Door, *more: Route) -> None:
        self.door = door
        self.calls: list[tuple[Answered, Ear]] = []
        self.app = Starlette(routes=[Route("/api/voice/offer", self._offer, methods=["POST"]), *more])

    async def _offer(self, request: Request) -> JSONResponse:
        offer = await request.json()
        try:
            answered = await self.door.answer(offer["sdp"])
        except BadRequest as error:
            return JSONResponse({"detail": str(error)}, 400)
        except Busy as error:
            return JSONResponse({"detail": str(error)}, 503)
        ear = Ear()
        answered.leg.attach(ear)
        self.calls.append((answered, ear))
        return JSONResponse(
            {"sdp": answered.sdp, "type": "answer", "call_id": f"call_{len(self.calls)}", "resume": None}
        )


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """The address of `app`, served on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(), name="http")
        while not server.started:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True


@asynccontextmanager
async def open_counter(
    *more: Route, most_legs: int = 100, tcp: str | None = None
) -> AsyncIterator[tuple[Counter, str]]:
    """A counter and its address."""
    async with open_media(most_legs=most_legs, tcp=tcp) as doors:
        counter = Counter(doors.webrtc, *more)
        async with serving(counter.app) as base:
            yield counter, base


async def settle(condition: Callable[[], object], within_s: float = 5) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.02)
