"""How soon Chromium is connected: from the offer's leaving to `connected`, on loopback.

    PYTHONPATH=src:. python -m benchmarks.connect

One call to warm up, then twenty, each a fresh peer connection whose candidates are gathered before the clock starts. Writes
benchmarks/results/connect.json and connect.svg.
"""

import asyncio
import json
import os
import platform
import statistics
from pathlib import Path

from matplotlib import pyplot as plt

from tests.media.test_chromium_hears_and_is_heard import browser_page, connect, page_counter

RESULTS = Path(__file__).parent / "results"
CALLS = 20
BAR_P95_MS = 60


async def measure() -> list[float]:
    """Milliseconds of each call, the first one left out."""
    async with page_counter() as (_, url), browser_page() as page:
        times = []
        for _ in range(CALLS + 1):
            times.append((await connect(page, url, 440))["all"])
            await page.evaluate("hangUp()")
    return times[1:]


def draw(times: list[float]) -> None:
    """Every call, and the bar."""
    figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
    axes.plot(sorted(times), [0] * len(times), "o", alpha=0.4, color="#0b7285")
    axes.axvline(BAR_P95_MS, color="#c92a2a", linestyle="--", label=f"bar: p95 ≤ {BAR_P95_MS} ms")
    axes.set(xlim=(0, max(BAR_P95_MS * 1.2, *times)), yticks=[], xlabel="ms from offer to connected")
    axes.legend(frameon=False)
    axes.spines[["left", "top", "right"]].set_visible(False)
    figure.savefig(RESULTS / "connect.svg", metadata={"Date": None})


def main() -> None:
    """Measure and write."""
    load = os.getloadavg()[0]
    times = asyncio.run(measure())
    result = {
        "machine": {"cpus": os.cpu_count(), "load_before": round(load, 2), "python": platform.python_version()},
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
        "bar_p95_ms": BAR_P95_MS,
        "raw_ms": [round(each, 1) for each in times],
    }
    (RESULTS / "connect.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(times)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
