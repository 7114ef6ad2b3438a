"""Bad input on every route of a real server: a clear error or a quiet discard, and nothing is left of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from antiphon.testing.server import ServerProcess, server_process
from antiphon.wiring.media import open_line
from tests.faults.strangers import GARBAGE, Strangers

pytestmark = pytest.mark.realtime

PUBLIC = {"/healthz", "/readyz", "/api/session"}
ROUND = 200
MOST_GROWTH = 5 * 1024 * 1024


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[ServerProcess, httpx2.AsyncClient]]:
    async with server_process(folder) as server, httpx2.AsyncClient(base_url=server.base, timeout=30) as client:
        yield server, client


async def figures(server: ServerProcess, client: httpx2.AsyncClient) -> dict[str, float]:
    """What the server says of itself."""
    text = (await client.get("/metrics", headers=server.bearer)).text
    pairs = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


async def test_every_route_refuses_strangers_big_bodies_and_nonsense(warm_path: Path) -> None:
    async with serving(warm_path) as (server, client):
        described = (await client.get("/openapi.json", headers=server.bearer)).json()
        routes = [(method.upper(), path) for path, methods in described["paths"].items() for method in methods]
        assert {("POST", "/api/voice/offer"), ("GET", "/api/calls/{call}/journal")} <= {
            (method, path.replace("{call_id}", "{call}")) for method, path in routes
        }
        for method, path in routes:
            address = path.replace("{call_id}", "call_0").replace("{call}", "call_0")
            body = {"content": b"{}"} if method == "POST" else {}
            for headers in (
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "Basic x"},
                {"Cookie": "antiphon=x"},
            ):
                answer = await client.request(method, address, headers=headers, **body)  # type: ignore[arg-type]
                wanted = {200, 400, 401} if path in PUBLIC else {401}
                assert answer.status_code in wanted, (method, path, headers, answer.text)
            if method == "POST":
                big = await client.post(address, headers=server.bearer, content=b"x" * 1_000_000)
                assert (413, "too_large") == (big.status_code, big.json()["error"]["code"]), path
            foreign = await client.request(method, address, headers={**server.bearer, "Host": "evil.example"})
            assert 421 == foreign.status_code
            if "{" in path:
                unknown = await client.request(method, address, headers=server.bearer)
                assert (404, True) == (unknown.status_code, "call_0" in unknown.json()["error"]["message"])
        assert (await figures(server, client))["antiphon_calls"] == 0


async def test_two_hundred_bad_calls_leave_nothing_behind(warm_path: Path) -> None:
    async with serving(warm_path) as (server, client):
        idle = await figures(server, client)
        await bad_calls(server, client)
        before = await at_rest(server, client)
        await bad_calls(server, client)
        after = await at_rest(server, client)
        assert idle["antiphon_tasks"] == after["antiphon_tasks"]
        assert (0, 0, 0) == tuple(after[f"antiphon_media_{name}"] for name in ("legs", "addresses", "panics_total"))
        assert after["antiphon_media_strangers_total"] > before["antiphon_media_strangers_total"]
        name = "process_resident_memory_bytes"
        assert after[name] - before[name] < MOST_GROWTH, (before[name], after[name])
        records = (await client.get("/api/calls", headers=server.bearer)).json()
        assert records


async def bad_calls(server: ServerProcess, client: httpx2.AsyncClient) -> None:
    """Two hundred bad calls of every kind; leaving the line tears the connected ones away without a word."""
    async with open_line() as line:
        strangers = Strangers(server, client, line)
        await strangers.floods_candidates()
        kinds = strangers.kinds()
        for number in range(ROUND - 1):
            await kinds[number % len(kinds)]()
    landed = strangers.landed
    assert ROUND == sum(landed.values()) - landed["garbage udp"] // GARBAGE * (GARBAGE - 1)
    assert len(kinds) + 1 == len(landed)
    assert min(count for kind, count in landed.items() if kind != "floods candidates") >= ROUND // len(kinds) - 1


async def at_rest(server: ServerProcess, client: httpx2.AsyncClient) -> dict[str, float]:
    """The server's figures once every call of the vanished has ended: 28 s after their last packet."""
    async with asyncio.timeout(50):
        while True:
            found = await figures(server, client)
            if found["antiphon_calls"] == 0 and found["antiphon_media_legs"] == 0:
                return found
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.2)
