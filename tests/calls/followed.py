"""A call without a page, followed through its journal: the messages a page would have been told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2

from antiphon.core.commands import Command
from antiphon.core.events import Event
from antiphon.core.journal import decode
from antiphon.testing.server import ServerProcess
from antiphon.wire.page import PageView

OFTEN_S = 0.2


class Followed:
    """The newest call of a server."""

    def __init__(self, server: ServerProcess, agent: str) -> None:
        self._server = server
        self._agent = agent
        self.call = ""
        self.messages: list[dict[str, Any]] = []
        self.items: list[Event | Command] = []
        """What its journal held at the last look."""

    async def news(self, seen: int) -> list[dict[str, Any]]:
        """The messages after number `seen`; waits until there are some."""
        async with (
            httpx2.AsyncClient(headers=self._server.bearer, base_url=self._server.base) as client,
            asyncio.timeout(60),
        ):
            while len(self.messages) <= seen:
                await self._look(client)
                await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=OFTEN_S)
        return self.messages[seen:]

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for a message."""
        seen = 0
        while not any(wanted(message) for message in await self.news(seen)):
            seen = len(self.messages)

    async def _look(self, client: httpx2.AsyncClient) -> None:
        if not self.call:
            calls = (await client.get("/api/calls")).json()["calls"]
            self.call = calls[0]["call"] if calls else ""
            return
        answer = await client.get(f"/api/calls/{self.call}/journal")
        view = PageView(self.call, self._agent, "")
        told: list[str] = []
        lines = [decode(row) for row in answer.text.splitlines()]
        self.items = [line.item for line in lines]
        for line in lines:
            told += view.event(line.event) if line.event else view.command(line.item, line.at_ms)  # type: ignore[arg-type]
        self.messages = [json.loads(message) for message in told]
