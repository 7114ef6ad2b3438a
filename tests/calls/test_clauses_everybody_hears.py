"""What every caller hears is spoken and encoded for the first one only, seen from outside in a real server."""

import re
from pathlib import Path

import httpx2
import pytest

from antiphon.testing.dialler import open_dialler
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process

pytestmark = pytest.mark.realtime


async def figure(server: ServerProcess, name: str) -> float:
    async with httpx2.AsyncClient(headers=server.bearer) as client:
        metrics = (await client.get(f"{server.base}/metrics")).text
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    assert found, metrics
    return float(found[1])


async def test_the_greeting_of_the_second_call_is_the_first_ones(warm_path: Path) -> None:
    async with server_process(warm_path) as server, open_dialler(server.base, TEST_KEY) as dialler:

        async def hear_greeting() -> int:
            call = await dialler.dial("salon")
            await call.until(lambda: any(message["type"] == "heard" for message in call.messages), within_s=30)
            call.hang_up()
            return len(call.ear.pcm())

        first = await hear_greeting()
        assert 0 == await figure(server, "antiphon_media_shared_total")
        second = await hear_greeting()
        shared_ms = 20 * await figure(server, "antiphon_media_shared_total")
        assert shared_ms > 0.9 * second / 32
        assert abs(first - second) < 0.1 * first
