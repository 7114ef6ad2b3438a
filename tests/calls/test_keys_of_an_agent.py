"""Keys that an agent's own file orders, from outside: a real server process, and a WebRTC peer that hears them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from antiphon.config.server import read_settings
from antiphon.core.commands import RunTool
from antiphon.core.events import ToolReturned
from antiphon.core.journal import decode
from antiphon.testing.server import ServerProcess, server_process
from antiphon.wiring.replay import replay_call
from tests.calls.switchboard import switchboard_in
from tests.interop.aiortc_stack import open_aiortc
from tests.interop.peer import Peer, Stack, UnobtainableError
from tests.interop.stacks import open_pion

pytestmark = pytest.mark.realtime

KEYS = "2159*0#"
OpenStack = Callable[[], AbstractAsyncContextManager[Stack]]


async def dial(server: ServerProcess, client: httpx2.AsyncClient, peer: Peer) -> str:
    """Call the switchboard; the call's id."""
    offer = {"type": "offer", "sdp": await peer.offer(), "agent": "switchboard"}
    answered = await client.post("/api/voice/offer", json=offer)
    assert answered.is_success, f"{answered.text}\n{server.log.read_text()[-2000:]}"
    await peer.accept(answered.json()["sdp"])
    return str(answered.json()["call_id"])


async def told(peer: Peer, kind: str, **wanted: object) -> dict[str, Any]:
    """Wait for a message of the page's channel."""
    while True:
        message: dict[str, Any] = json.loads(await peer.told())
        if message["type"] == kind and wanted.items() <= message.items():
            return message


async def type_line(peer: Peer, text: str) -> None:
    """Say something in writing, once the agent listens."""
    await told(peer, "state", state="listening")
    await peer.send(json.dumps({"type": "text", "text": text}))


@asynccontextmanager
async def caller_by(open_stack: OpenStack) -> AsyncIterator[Peer]:
    """A peer of a stack; skips where the stack is not to be had."""
    async with AsyncExitStack() as opened:
        try:
            stack = await opened.enter_async_context(open_stack())
        except UnobtainableError as missing:
            pytest.skip(str(missing))
        yield await opened.enter_async_context(stack.peer())


@pytest.mark.parametrize("open_stack", [open_aiortc, open_pion], ids=["tones, by aiortc", "events, by Pion"])
async def test_a_peer_hears_the_keys_that_a_task_of_the_agents_file_presses(
    warm_path: Path, open_stack: OpenStack
) -> None:
    switchboard_in(warm_path / "agents")
    settings = {"ANTIPHON_AGENTS": str(warm_path / "agents")}
    async with (
        caller_by(open_stack) as peer,
        server_process(warm_path, settings) as server,
        httpx2.AsyncClient(base_url=server.base, headers=server.bearer) as client,
        asyncio.timeout(60),
    ):
        call = await dial(server, client, peer)
        await type_line(peer, "put me through to service")
        await peer.listen()
        await type_line(peer, "yes")
        assert KEYS == await peer.keys(len(KEYS))
        used = await told(peer, "tool", name="press_keys", status="done")
        assert {"pressed": 1 + len(KEYS)} == used["result"]
        assert used["duration_ms"] >= 500 + 180 * len(KEYS), "the agent is told after the last key, not before"
        await peer.send('{"type": "hangup"}')
        while not (record := (await client.get(f"/api/calls/{call}")).json())["ended"]:
            await peer.gone()
        lines = (await client.get(f"/api/calls/{call}/journal")).text.splitlines()
    items = [decode(line).item for line in lines]
    assert [{"keys": "w" + KEYS}] == [dict(item.arguments) for item in items if isinstance(item, RunTool)]
    assert [True] == [item.ok for item in items if isinstance(item, ToolReturned)]
    assert ["press_keys"] == [used["tool"] for used in record["tools"]]
    assert KEYS not in server.log.read_text()
    replayed = await replay_call(read_settings({"ANTIPHON_DATA": str(warm_path / "data"), **settings}), "demo", call)
    assert () == replayed.differences
