"""What a call costs: full-duplex Opus with Python attached, beside aiortc, with the same callers.

    PYTHONPATH=src:. python -m benchmarks.media [--quick] [--rounds 3]

The figure is CPU (user and system) of the server's process per call and second, the median of several windows; systems and sizes
take turns, so that other work on the machine falls on all alike. `antiphon2` is ours with two media threads. Writes
benchmarks/results/media.json and media.svg.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load.shapes import AGENT_SHARE, CALLER_SHARE, caller_loop, speech

RESULTS = Path(__file__).parent / "results"
WARM_S = 3.0
WINDOW_S = 8.0
QUICK = (("antiphon", "talking", 3),)
FULL = (
    ("antiphon", "talking", 10),
    ("aiortc", "talking", 10),
    ("antiphon", "talking", 20),
    ("antiphon2", "talking", 20),
    ("antiphon", "talking", 50),
    ("antiphon2", "talking", 50),
    ("aiortc", "talking", 20),
    ("antiphon", "talking", 100),
    ("antiphon2", "talking", 100),
    ("antiphon", "talking", 150),
    ("antiphon2", "talking", 150),
    ("antiphon", "conversation", 10),
    ("aiortc", "conversation", 10),
    ("antiphon", "conversation", 50),
    ("aiortc", "conversation", 20),
    ("antiphon", "conversation", 100),
    ("antiphon2", "conversation", 100),
)
BEHIND_PER_THOUSAND = 100.0
"""A window with more late frames served nobody: frames are skipped or bunched, and the CPU figure means nothing."""
NAMES = {"antiphon": "antiphon", "antiphon2": "antiphon, 2 threads", "aiortc": "aiortc"}
BARS = {"talking": 10.0, "conversation": 20.0}


@dataclass(frozen=True)
class Window:
    """One measured stretch of one run."""

    server: str
    shape: str
    calls: int
    ms_per_call_second: float
    thread_ms_per_call_second: float | None
    mb_per_call: float
    frames_in_per_call_second: float
    left_out_per_call_second: float
    frames_out_per_call_second: float
    late_per_thousand: float
    p99_late_ms: float | None
    forwarded_percent: float | None
    far_jitter_ms: float
    lost: int
    others_busy: float


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process that is gone when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise SystemExit("a benchmark process ended early; its own words are above")
    return dict(json.loads(line))


async def ask(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
    return await line_of(process)


async def counts_of(base: str) -> dict[str, Any]:
    import httpx2

    async with httpx2.AsyncClient(base_url=base, timeout=30) as client:
        return dict((await client.get("/counts")).json())


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(kind: str, shape: str, calls: int, folder: Path, window_s: float) -> Window:
    """One run: a fresh server, `calls` callers, one window."""
    async with child("benchmarks.load.desk", kind, shape, str(folder)) as desk:
        base = f"http://127.0.0.1:{(await line_of(desk))['port']}"
        server = psutil.Process(desk.pid)
        rss_idle = server.memory_info().rss
        async with child("benchmarks.load.callers", base, str(calls), shape, str(folder)) as callers:
            connected = (await line_of(callers))["connected"]
            if connected != calls:
                raise SystemExit(f"{kind}: only {connected} of {calls} callers connected")
            await asyncio.sleep(WARM_S)
            caller = psutil.Process(callers.pid)
            return await _window(kind, shape, calls, window_s, server, caller, callers, base, rss_idle)


async def _window(
    kind: str,
    shape: str,
    calls: int,
    window_s: float,
    server: psutil.Process,
    caller: psutil.Process,
    callers: asyncio.subprocess.Process,
    base: str,
    rss_idle: int,
) -> Window:
    loop = asyncio.get_running_loop()
    counts, far = await counts_of(base), await ask(callers)
    busy, ours = psutil.cpu_times(), cpu_s(server) + cpu_s(caller)
    began, cpu = loop.time(), cpu_s(server)
    await asyncio.sleep(window_s)
    spent, took = cpu_s(server) - cpu, loop.time() - began
    busy_after, ours_after = psutil.cpu_times(), cpu_s(server) + cpu_s(caller)
    counts_after, far_after = await counts_of(base), await ask(callers)
    others = sum(getattr(busy_after, k) - getattr(busy, k) for k in ("user", "system")) - (ours_after - ours)
    core, core_after = counts.get("core"), counts_after.get("core")
    late = core_after["sent_late"] - core["sent_late"] if core and core_after else counts_after["late"] - counts["late"]
    thread_ns = core_after["thread_cpu_ns"] - core["thread_cpu_ns"] if core and core_after else None
    left_out_ms = core_after["left_out_ms"] - core["left_out_ms"] if core and core_after else 0
    sent = far_after["received"] - far["received"]
    arrived = core_after["datagrams"] - core["datagrams"] if core and core_after else 0
    forwarded = core_after["forwarded"] - core["forwarded"] if core and core_after else 0
    call_seconds = calls * took
    return Window(
        server=kind,
        shape=shape,
        calls=calls,
        ms_per_call_second=spent * 1000 / call_seconds,
        thread_ms_per_call_second=thread_ns / 1e6 / call_seconds if thread_ns is not None else None,
        mb_per_call=(server.memory_info().rss - rss_idle) / 1e6 / calls,
        frames_in_per_call_second=(counts_after["samples"] - counts["samples"]) / 320 / call_seconds,
        left_out_per_call_second=left_out_ms / 20 / call_seconds,
        frames_out_per_call_second=sent / call_seconds,
        late_per_thousand=late * 1000 / max(1, sent),
        p99_late_ms=_within(0.99, counts.get("lateness"), counts_after.get("lateness")),
        forwarded_percent=forwarded * 100 / arrived if arrived else None,
        far_jitter_ms=far_after["jitter_ms"],
        lost=far_after["lost"] - far["lost"],
        others_busy=max(0.0, others / took),
    )


def _within(share: float, before: Sequence[Any] | None, after: Sequence[Any] | None) -> float | None:
    """The edge in ms under which that share of the packets were late; infinite beyond the last edge."""
    if not before or not after:
        return None
    packets = [(edge, late - was) for (edge, late), (_, was) in zip(after, before, strict=True)]
    wanted, seen = share * sum(late for _, late in packets), 0
    for edge, late in packets:
        seen += late
        if seen >= wanted:
            return float("inf") if edge is None else float(edge)
    return None


async def run(plan: Sequence[tuple[str, str, int]], rounds: int, window_s: float) -> list[Window]:
    """All runs of all rounds, taking turns."""
    windows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        caller_loop("talking", folder)  # synthesise once, here
        speech(24_000, "slt", folder)
        for number in range(rounds):
            for kind, shape, calls in plan:
                window = await measure(kind, shape, calls, folder, window_s)
                windows.append(window)
                print(f"round {number + 1}: {_in_words(window)}", file=sys.stderr)
    return windows


def _in_words(window: Window) -> str:
    return (
        f"{window.server:8} {window.shape:12} N={window.calls:<3} {window.ms_per_call_second:6.2f} ms/call-s  "
        f"{window.mb_per_call:.2f} MB  in {window.frames_in_per_call_second:.1f} left out {window.left_out_per_call_second:.1f} "
        f"out {window.frames_out_per_call_second:.1f} /s  "
        f"late {window.late_per_thousand:.1f}‰ p99<{window.p99_late_ms} ms  forwarded {window.forwarded_percent or 0:.0f} %  "
        f"jitter {window.far_jitter_ms:.1f} ms  others {window.others_busy:.2f} cores"
    )


def summary(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Medians per system, shape and size, of the windows in which the server kept pace."""
    rows: dict[tuple[str, str, int], list[Window]] = {}
    kept_pace = [window for window in windows if window.late_per_thousand <= BEHIND_PER_THOUSAND]
    for window in kept_pace or windows:
        rows.setdefault((window.server, window.shape, window.calls), []).append(window)
    fields = [name for name in asdict(windows[0]) if name not in ("server", "shape", "calls")]
    table = []
    for (server, shape, calls), group in rows.items():
        row: dict[str, Any] = {"server": server, "shape": shape, "calls": calls, "windows": len(group)}
        for name in fields:
            values = [value for window in group if (value := getattr(window, name)) is not None]
            row[name] = round(statistics.median(values), 3) if values else None
        spread = [window.ms_per_call_second for window in group]
        row["ms_range"] = [round(min(spread), 3), round(max(spread), 3)]
        table.append(row)
    return table


def ratios(table: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times cheaper ours is than aiortc at each of its sizes, by shape."""
    found = []
    for shape, bar in BARS.items():
        rows = [row for row in table if row["shape"] == shape]
        theirs = {row["calls"]: row["ms_per_call_second"] for row in rows if row["server"] == "aiortc"}
        for row in rows:
            if row["server"] == "antiphon" and theirs:
                times = {f"aiortc at {calls}": round(ms / row["ms_per_call_second"], 1) for calls, ms in theirs.items()}
                found.append({"shape": shape, "calls": row["calls"], "times": times, "bar": bar})
    return found


def growth(table: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """MB each call adds from 20 to 100 calls, and what a call costs at 10 beside 100, both talking."""
    found = []
    for server in ("antiphon", "antiphon2"):
        rows = {row["calls"]: row for row in table if (row["server"], row["shape"]) == (server, "talking")}
        if {20, 100} <= rows.keys():
            mb = (rows[100]["mb_per_call"] * 100 - rows[20]["mb_per_call"] * 20) / 80
            row: dict[str, Any] = {"server": server, "mb_per_further_call": round(mb, 3)}
            if 10 in rows:
                row["cost_at_10_beside_100"] = round(
                    rows[10]["ms_per_call_second"] / rows[100]["ms_per_call_second"], 2
                )
            found.append(row)
    return found


def plot(table: Sequence[dict[str, Any]], path: Path) -> None:
    """CPU per call over the number of calls."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for server, colour in (("antiphon", "tab:blue"), ("antiphon2", "tab:green"), ("aiortc", "tab:orange")):
        for shape, style in (("talking", "o-"), ("conversation", "s--")):
            rows = sorted(
                (r for r in table if (r["server"], r["shape"]) == (server, shape)), key=lambda r: int(r["calls"])
            )
            if rows:
                axes.plot([r["calls"] for r in rows], [r["ms_per_call_second"] for r in rows], style, color=colour,
                          label=f"{NAMES[server]}, {'always talking' if shape == 'talking' else 'conversation'}")  # fmt: skip
    axes.set(
        xlabel="calls",
        ylabel="CPU ms per call and second (log)",
        yscale="log",
        title="Full-duplex Opus with Python attached",
    )
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 calls, one short window, nothing written: for tests")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="of the full plan, only runs that contain this, such as 'talking'")
    parser.add_argument("--out", type=Path, default=RESULTS / "media.json")
    options = parser.parse_args()
    plan = (
        QUICK if options.quick else tuple(p for p in FULL if not options.only or options.only in " ".join(map(str, p)))
    )
    windows = asyncio.run(run(plan, 1 if options.quick else options.rounds, 2.0 if options.quick else WINDOW_S))
    table = summary(windows)
    result = {
        "what": "CPU of the server process (user + system), ms per call and second; medians of alternated windows that kept pace",
        "machine": {"cpus": os.cpu_count(), "cpu": _cpu_name(), "python": platform.python_version()},
        "versions": {"aiortc": version("aiortc"), "str0m": "0.25.0", "libopus": "1.6 (opusic-sys 0.7.7)"},
        "shape": {
            "conversation": {"agent": AGENT_SHARE, "caller": CALLER_SHARE},
            "window_s": WINDOW_S,
            "warm_s": WARM_S,
        },
        "antiphon": "CELT 48 kbps complexity 6, decode to 16 kHz, gate on, Silero off; chunks of 200 ms from Python",
        "aiortc": "20 ms frames; its own 48 kHz stereo out, not resampled to what a recogniser takes",
        "ratios": ratios(table),
        "growth": growth(table),
        "table": table,
        "windows": [asdict(window) for window in windows],
    }
    print(json.dumps({"ratios": result["ratios"], "growth": result["growth"], "table": table}, indent=1))
    if not options.quick:
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1) + "\n")
        plot(table, options.out.with_suffix(".svg"))


def _cpu_name() -> str:
    names = [
        line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
