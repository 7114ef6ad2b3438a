"""Calls whose packets go by a relay: a real coturn, as `make turn` starts it."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from antiphon.adapters.clock import SystemClock
from antiphon.adapters.turn import SharedSecretRelays
from tests.house.source import ROOT
from tests.page.stage import open_stage
from tests.page.visitor import Visitor, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.realtime,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(shutil.which("turnserver") is None, reason="no turnserver here: apt-get install coturn"),
]

ONLY_RELAYED = """
  const Peer = RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer {
    constructor(configuration) { super({ ...configuration, iceTransportPolicy: "relay" }); window.peers.push(this); }
  };
"""
PAIR = """async () => {
  const report = [...(await peers.at(-1).getStats()).values()];
  const transport = report.find(stats => stats.type === "transport");
  const pair = report.find(stats => stats.id === transport.selectedCandidatePairId);
  const local = report.find(stats => stats.id === pair.localCandidateId);
  return `${local.candidateType} ${local.relayProtocol}`;
}"""


def free_port() -> int:
    """A port that both protocols have free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def relay(protocol: str = "udp") -> AsyncIterator[tuple[str, str]]:
    """A relay's address and its secret; `protocol` is that between caller and relay."""
    port = free_port()
    script = str(ROOT / "tools" / "turn.sh")
    process = await asyncio.create_subprocess_exec("sh", script, str(port), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(10):
            while "SECRET_FILE" not in (line := (await process.stdout.readline()).decode()):
                pass
        secret = Path(line.split("SECRET_FILE=")[1].split()[0]).read_text(encoding="utf-8").strip()  # noqa: ASYNC240  # a line
        yield f"turn:127.0.0.1:{port}?transport={protocol}", secret
    finally:
        process.terminate()
        await process.wait()


class Yesterday(SystemClock):
    """A clock that is a day behind."""

    def utc(self) -> datetime:
        return super().utc() - timedelta(days=1)


async def way(visitor: Visitor) -> str:
    return str(await visitor.page.evaluate(PAIR))


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
async def test_a_page_that_can_only_be_relayed_calls_by_the_relay_and_both_are_heard(
    browser: Browser, protocol: str
) -> None:
    async with relay(protocol) as (url, secret):
        relays = SharedSecretRelays((url,), secret, SystemClock())
        async with open_stage(relays) as (stage, base), visit(browser, base, before=ONLY_RELAYED) as visitor:
            await visitor.call()
            call = await stage.call()
            assert f"relay {protocol}" == await way(visitor)
            assert "webrtc" == call.leg.profile.channel
            assert await call.loudness() > 300
            call.play(1, 3)
            loud = (
                "() => new Promise(done => { const look = () => antiphon.call.levels().agent > 0.5 ? done(true)"
                " : requestAnimationFrame(look); look() })"
            )
            assert await visitor.page.evaluate(loud)


async def test_a_relay_lets_nobody_in_whose_time_is_up_and_the_call_goes_on_over_a_websocket(browser: Browser) -> None:
    async with relay() as (url, secret):
        relays = SharedSecretRelays((url,), secret, Yesterday())
        async with open_stage(relays) as (stage, base), visit(browser, base, before=ONLY_RELAYED) as visitor:
            await visitor.call()
            assert "websocket" == (await stage.call(2)).leg.profile.channel
