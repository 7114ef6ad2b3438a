"""The server's side of a media benchmark, one process: answers offers, says a speech to every caller, takes their audio.

    python -m benchmarks.load.desk KIND talking|conversation FOLDER [OPTION...]

KIND is `antiphon`, `aiortc`, `pipecat` or `fastrtc`: the module of that name with `_desk` behind it. FOLDER has the agent's voice.
Prints its address. `GET /counts` says what it has done. Python gets every frame of every caller in all.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from benchmarks.load.cycle import Shape

Counts = Callable[[], dict[str, Any]]
Answer = Callable[[str], Awaitable[str]]


class Opening(Protocol):
    """What each kind's module has as `open_desk`."""

    def __call__(
        self, shape: Shape, folder: Path, stack: AsyncExitStack, *options: str
    ) -> Awaitable[tuple[Answer, Counts]]: ...


async def main(kind: str, shape: Shape, folder: Path, *options: str) -> None:
    """Serve until killed."""
    open_desk: Opening = importlib.import_module(f"benchmarks.load.{kind}_desk").open_desk
    async with AsyncExitStack() as stack:
        answer, counts = await open_desk(shape, folder, stack, *options)

        async def offer(request: Request) -> PlainTextResponse:
            return PlainTextResponse(await answer((await request.body()).decode()))

        async def tell(_: Request) -> JSONResponse:
            return JSONResponse(counts())

        app = Starlette(routes=[Route("/offer", offer, methods=["POST"]), Route("/counts", tell)])
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(server.serve(), name="http")
        while not server.started:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)
        print(json.dumps({"port": server.servers[0].sockets[0].getsockname()[1]}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], cast(Shape, sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]))
