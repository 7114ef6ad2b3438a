"""WebDriver BiDi (W3C): so much of it as evaluates scripts in a stock Firefox, which Playwright does not drive."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

LONGEST_ANSWER_S = 30.0
"""Every row waits for less; a browser that hangs must not hang the tests."""


class BiDi:
    """A session with one browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._context = ""

    @classmethod
    @asynccontextmanager
    async def session(cls, address: str) -> AsyncIterator[Self]:
        """Talk to the browser at `ws://…`; whoever started it ends it."""
        async with (
            connect(f"{address}/session", max_size=None, compression=None) as socket,
            asyncio.TaskGroup() as tasks,
        ):
            bidi = cls(socket)
            tasks.create_task(bidi._read(), name="bidi")
            bidi.browser = (await bidi._command("session.new", capabilities={}))["capabilities"]
            contexts = (await bidi._command("browsingContext.getTree"))["contexts"]
            bidi._context = contexts[0]["context"]
            yield bidi
            await bidi._command("session.end")

    browser: dict[str, Any]
    """What the browser says of itself."""

    async def go(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript, which must be a string, a number or nothing; promises are awaited."""
        target = {"context": self._context}
        done = await self._command("script.evaluate", expression=expression, target=target, awaitPromise=True)
        if done["type"] == "exception":
            raise RuntimeError(done["exceptionDetails"]["text"])
        return done["result"].get("value")

    async def _command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._asked[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        try:
            async with asyncio.timeout(LONGEST_ANSWER_S):
                return await self._asked[number]
        finally:
            del self._asked[number]

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message)
            waiting = self._asked.get(said.get("id"))
            if waiting is None or waiting.done():
                continue  # an event, or nobody waits any more
            if said["type"] == "error":
                waiting.set_exception(RuntimeError(f"{said['error']}: {said['message']}"))
            else:
                waiting.set_result(said["result"])
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(EOFError("the browser has gone"))
