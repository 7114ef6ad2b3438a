"""How soon callers are connected, on loopback: Chromium, Pion and aiortc, from the offer's leaving to ICE and DTLS both done.

    PYTHONPATH=src:. python -m benchmarks.connect

A server in a process of its own, with the salon's agent. Each stack calls once to warm up, then twenty times, in turn with the
others and when the call before is written down. The clock is the peer's own. It starts when the offer is ready: a certificate and
candidates are the peer's preparations and do not count. Chromium's page sends its offer by itself; this process sends Pion's and
aiortc's, which costs Pion two messages through a pipe. Told apart are the offer's round trip over HTTP, then until ICE has found a
way, then until DTLS is done. Writes benchmarks/results/connect.json and connect.svg.
"""

import asyncio
import json
import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from antiphon.testing.server import ServerProcess, server_process
from benchmarks.pictures import plt, save
from tests.interop.aiortc_stack import open_aiortc
from tests.interop.browsers import BrowserStack, open_chromium
from tests.interop.peer import Milestones, Peer, Stack
from tests.interop.stacks import open_pion

RESULTS = Path(__file__).parent / "results"
OFFERS = "/api/voice/offer"
AGENT = "salon"
CALLS = 20
CALL_S = 20
"""The longest a call may take to connect and to be written down."""
BAR_P95_MS = 60
COLOURS = {"answer": "#adb5bd", "ice": "#74c0fc", "dtls": "#0b7285"}
LABELS = {"answer": "offer → answer", "ice": "→ ICE has found a way", "dtls": "→ DTLS is done"}

Call = Callable[[], Awaitable[Milestones]]


@dataclass(slots=True)
class Timed:
    """A stack, and what became of its calls."""

    version: str
    call: Call
    calls: list[Milestones] = field(default_factory=list)

    def parts(self) -> dict[str, list[float]]:
        """Milliseconds of each call, by what they went to."""
        return {
            "answer": [each.answered for each in self.calls],
            "ice": [each.ice - each.answered for each in self.calls],
            "dtls": [each.connected - each.ice for each in self.calls],
            "all": [each.connected for each in self.calls],
        }

    def figures(self) -> dict[str, Any]:
        """For the results."""
        parts = self.parts()
        return {
            "version": self.version,
            "p50_ms": {part: round(statistics.median(times), 1) for part, times in parts.items()},
            "p95_ms": {part: round(p95(times), 1) for part, times in parts.items()},
            "raw_ms": {part: [round(each, 1) for each in times] for part, times in parts.items()},
        }


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[18]


class Caller:
    """Calls the server, and waits until it has written the call down: the next one shall find it idle."""

    def __init__(self, server: ServerProcess, client: httpx2.AsyncClient) -> None:
        self._server, self._client = server, client

    async def by_page(self, stack: BrowserStack) -> Milestones:
        """A page's own call."""
        async with stack.peer() as peer:
            call = await peer.dial(OFFERS, self._server.bearer, AGENT)
            reached = await peer.connected()
        await self._written_down(call)
        return reached

    async def by_script(self, stack: Stack) -> Milestones:
        """A call whose offer and answer we carry."""
        async with stack.peer() as peer:
            call = await self._carry(peer)
            reached = await peer.connected()
        await self._written_down(call)
        return reached

    async def _carry(self, peer: Peer) -> str:
        offer = {"type": "offer", "sdp": await peer.offer(), "agent": AGENT}
        answered = await self._client.post(f"{self._server.base}{OFFERS}", json=offer)
        answer = answered.raise_for_status().json()
        await peer.accept(answer["sdp"])
        return str(answer["call_id"])

    async def _written_down(self, call: str) -> None:
        record: dict[str, Any] = {"ended": None}
        while not record.get("ended"):
            record = (await self._client.get(f"{self._server.base}/api/calls/{call}")).json()


async def measure() -> list[Timed]:
    """All stacks, in turn."""
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(TemporaryDirectory())
        server = await opened.enter_async_context(server_process(Path(folder)))
        client = await opened.enter_async_context(httpx2.AsyncClient(headers=server.bearer, trust_env=False))
        caller = Caller(server, client)
        chromium = await opened.enter_async_context(open_chromium(f"{server.base}/healthz"))
        pion, aiortc = [await opened.enter_async_context(open_stack()) for open_stack in (open_pion, open_aiortc)]
        timed = [
            Timed(chromium.version, lambda: caller.by_page(chromium)),
            Timed(pion.version, lambda: caller.by_script(pion)),
            Timed(aiortc.version, lambda: caller.by_script(aiortc)),
        ]
        for number in range(CALLS + 1):
            for each in timed:
                async with asyncio.timeout(CALL_S):
                    reached = await each.call()
                if number:
                    each.calls.append(reached)
        return timed


def draw(timed: Sequence[Timed]) -> None:
    """What the median call went to, every call, and the bar."""
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    for row, each in enumerate(timed):
        parts, begun = each.parts(), 0.0
        for part, colour in COLOURS.items():
            middle = statistics.median(parts[part])
            axes.barh(row, middle, 0.3, left=begun, color=colour, label=None if row else LABELS[part])
            begun += middle
        axes.plot(parts["all"], [row + 0.32] * len(parts["all"]), "o", alpha=0.4, markersize=4, color="#495057")
    axes.axvline(BAR_P95_MS, color="#c92a2a", linestyle="--", label=f"bar: p95 ≤ {BAR_P95_MS} ms")
    most = max(max(each.parts()["all"]) for each in timed)
    axes.set(xlim=(0, max(BAR_P95_MS, most) * 1.05), xlabel="ms from offer to connected: median parts, and each call")
    axes.set_yticks(range(len(timed)), [each.version for each in timed])
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize="small")
    axes.spines[["left", "top", "right"]].set_visible(False)
    save(figure, RESULTS / "connect.svg")


def main() -> None:
    """Measure and write."""
    load = os.getloadavg()[0]
    timed = asyncio.run(measure())
    peers = [each.figures() for each in timed]
    result = {
        "machine": {"cpus": os.cpu_count(), "load_before": round(load, 2), "python": platform.python_version()},
        "bar_p95_ms": BAR_P95_MS,
        "peers": peers,
    }
    (RESULTS / "connect.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(timed)
    for peer in peers:
        print(peer["version"], "p50", peer["p50_ms"], "p95", peer["p95_ms"])


if __name__ == "__main__":
    main()
