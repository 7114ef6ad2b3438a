"""How soon a call is whole again after the network was gone: from the network's return, in ms.

    PYTHONPATH=src:. python -m benchmarks.blackouts

As root, for it makes networks of its own (tests/network): a staged call between the gateway and the demo page in headless Chromium,
20 ms of wire each way, all packets dropped for 4, 8 and 12 s while both sides are loud. Each length three times. Audio is what the
page's own meter and the server's leg hear. Messages are told over the data channel 1.5 s into the dark, one each way; in half of
the calls the page is told something after 0.3 s too (early), before the server can know that nobody receives it.
Writes benchmarks/results/blackouts.json and blackouts.svg.
"""

import asyncio
import json
import os
import platform
import statistics
from pathlib import Path
from typing import Any

from antiphon.ports.leg import Notify, TypedText
from benchmarks.pictures import plt, save
from tests.network.lab import Lab, network_lab
from tests.network.staged import StagedLab, staged_call
from tests.network.wire import Conditions

RESULTS = Path(__file__).parent / "results"
LENGTHS_S = (4, 8, 12)
RUNS = 3
WIRE = Conditions(delay_ms=20)
BEFORE_ANYBODY_KNOWS_S = 0.3
INTO_THE_DARK_S = 1.5
STEADY_S = 2.0
COLOURS = {
    "page_hears": "#0b7285",
    "server_hears": "#c2255c",
    "message_to_page": "#5c940d",
    "message_behind_an_early_one": "#862e9c",
    "message_to_server": "#e67700",
}
WATCH = """() => {
  window.told = {};
  antiphon.call.on("message", ({ type }) => (told[type] = performance.now()));
}"""


async def blackout(seconds: float, *, early: bool) -> dict[str, float]:
    """One call with one blackout; `early` tells the page something before anybody knows that it cannot hear."""
    async with network_lab() as lab:
        await lab.set(WIRE)
        async with staged_call(lab) as staged:
            await staged.visitor.page.evaluate(WATCH)
            staged.call.play(1, seconds + 30)
            await staged.heard_by_page.loud_after(await staged.heard_by_page.loud_after(0) + STEADY_S * 1000)
            return await _dark(lab, staged, seconds, early=early)


async def _dark(lab: Lab, staged: StagedLab, seconds: float, *, early: bool) -> dict[str, float]:
    page, page_ear, server_ear = staged.visitor.page, staged.heard_by_page, staged.heard_by_server
    async with asyncio.TaskGroup() as tasks:
        over = tasks.create_task(lab.blackout(seconds), name="blackout")
        await asyncio.sleep(BEFORE_ANYBODY_KNOWS_S)
        if early:
            staged.call.leg.order(Notify('{"type": "early"}'))
        await asyncio.sleep(INTO_THE_DARK_S - BEFORE_ANYBODY_KNOWS_S)
        staged.call.leg.order(Notify('{"type": "late"}'))
        await page.evaluate("antiphon.call.sendText('told')")
    light_ms = over.result().ended_ms
    page_ms, server_ms = await page_ear.loud_after(light_ms), await staged.server_hears_after(light_ms)
    await server_ear.until(lambda: server_ear.of(TypedText), within_s=60)
    told = await (await page.wait_for_function("() => told.late && told", timeout=60_000)).json_value()
    times = {
        "page_hears": page_ms,
        "server_hears": server_ms,
        "message_behind_an_early_one" if early else "message_to_page": told["late"] + page_ear.offset_ms,
        "message_to_server": server_ear.of(TypedText)[0].at_ms,
    }
    return {name: round(at_ms - light_ms, 1) for name, at_ms in times.items()}


async def measure() -> list[dict[str, Any]]:
    """All lengths, all runs."""
    rows = []
    for _ in range(RUNS):
        for seconds in LENGTHS_S:
            for early in (False, True):
                rows.append({"blackout_s": seconds, **await blackout(seconds, early=early)})
                print(rows[-1])
    return rows


def medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for each length."""
    lines = []
    for seconds in LENGTHS_S:
        runs = [row for row in rows if row["blackout_s"] == seconds]
        median = {name: statistics.median(run[name] for run in runs if name in run) for name in COLOURS}
        lines.append({"blackout_s": seconds, **median})
    return lines


def draw(rows: list[dict[str, Any]]) -> None:
    """Every run, audio and messages side by side."""
    figure, panels = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for axes, names, title in zip(panels, (list(COLOURS)[:2], list(COLOURS)[2:]), ("audio", "messages"), strict=True):
        for name in names:
            axes.plot(
                *zip(*((row["blackout_s"], row[name]) for row in rows if name in row), strict=True),
                "o",
                alpha=0.5,
                color=COLOURS[name],
                label=name.replace("_", " "),
            )
        axes.set(xlabel="blackout, s", ylabel="ms after the network's return", title=title, xticks=LENGTHS_S)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    save(figure, RESULTS / "blackouts.svg")


def main() -> None:
    """Measure and write."""
    load = os.getloadavg()[0]
    rows = asyncio.run(measure())
    result = {
        "machine": {"cpus": os.cpu_count(), "load_before": round(load, 2), "python": platform.python_version()},
        "wire_ms": WIRE.delay_ms,
        "medians_ms": medians(rows),
        "raw_ms": rows,
    }
    (RESULTS / "blackouts.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(rows)
    print(json.dumps(result["medians_ms"], indent=1))


if __name__ == "__main__":
    main()
