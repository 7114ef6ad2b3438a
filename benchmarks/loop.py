"""How late the event loop is with fifty calls in the house: real media, Silero, journal and records; stub words, voice and brain.

    PYTHONPATH=src:. python -m benchmarks.loop [--calls 50] [--windows 3]

Callers speak 40 % of the time, without regard for the agent, so replies are paused, resumed and cut all the time. The callers' own
process shares the machine. Lateness is that of a 5 ms timer in the serving loop; p99 of each window, then the median of windows.
Writes benchmarks/results/loop.json and loop.svg.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psutil

from benchmarks.load.process import child, cpu_s, line_of
from benchmarks.load.shapes import caller_loop, speech
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results"
WARM_S, WINDOW_S = 5.0, 20.0
BAR_MS = 5.0


async def measure(calls: int, windows: int, folder: Path) -> list[dict[str, Any]]:
    """The windows of one house."""
    found = []
    async with child("benchmarks.load.house", str(folder)) as house:
        base = f"http://127.0.0.1:{(await line_of(house))['port']}"
        process = psutil.Process(house.pid)
        async with (
            child("benchmarks.load.callers", base, str(calls), "conversation", str(folder)) as callers,
            httpx2.AsyncClient(base_url=base, timeout=30) as client,
        ):
            await line_of(callers)
            await asyncio.sleep(WARM_S)
            await client.get("/lag")
            for _ in range(windows):
                cpu, busy = cpu_s(process), psutil.cpu_times()
                await asyncio.sleep(WINDOW_S)
                lag = (await client.get("/lag")).json()
                spent, after = cpu_s(process) - cpu, psutil.cpu_times()
                machine = sum(getattr(after, kind) - getattr(busy, kind) for kind in ("user", "system"))
                found.append({**lag, "core_share": spent / WINDOW_S, "machine_cores": machine / WINDOW_S})
                print(json.dumps(_summary(found[-1])), flush=True)
    return found


def _summary(window: dict[str, Any]) -> dict[str, float]:
    late = np.array(window["late_ms"])
    return {
        "calls": window["calls"],
        "timers": len(late),
        **{f"p{share}_ms": round(float(np.percentile(late, share)), 2) for share in (50, 95, 99)},
        "max_ms": round(float(late.max()), 1),
        "core_share": round(window["core_share"], 2),
        "machine_cores": round(window["machine_cores"], 2),
        "answers": window["answers"],
    }


def draw(late: list[float], calls: int) -> None:
    """The share of timers later than x."""
    ordered = np.sort(np.array(late))[::-1]
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    axes.plot(ordered, (np.arange(len(ordered)) + 1) / len(ordered), color="#0b7285")
    axes.axvline(BAR_MS, color="#c92a2a", linestyle="--", label=f"bar: p99 ≤ {BAR_MS:.0f} ms")
    axes.axhline(0.01, color="#868e96", linewidth=0.8)
    axes.set(xscale="symlog", yscale="log", xlabel=f"ms late, {calls} calls", ylabel="share of timers later than that")
    axes.set_xlim(0, max(20, float(ordered[0])))
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, RESULTS / "loop.svg")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--windows", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        caller_loop("conversation", Path(name))  # synthesise once, here
        speech(16_000, "slt", Path(name))
        load = os.getloadavg()[0]
        windows = asyncio.run(measure(options.calls, options.windows, Path(name)))
    summaries = [_summary(window) for window in windows]
    result = {
        "machine": {"cpus": os.cpu_count(), "load_before": round(load, 2), "python": platform.python_version()},
        "calls": options.calls,
        "bar_p99_ms": BAR_MS,
        "p99_ms": statistics.median(each["p99_ms"] for each in summaries),
        "windows": summaries,
    }
    (RESULTS / "loop.json").write_text(json.dumps(result, indent=1) + "\n")
    draw([late for window in windows for late in window["late_ms"]], options.calls)


if __name__ == "__main__":
    main()
