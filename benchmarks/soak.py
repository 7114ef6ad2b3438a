"""Whether anything grows: many short calls, then long ones, with the server's memory and the sizes of its tables over time.

    PYTHONPATH=src:. python -m benchmarks.soak [--short 2000] [--long 50] [--minutes 20] [--threads 2]

The server is the desk of the media benchmark: the media core with Python attached and nothing behind it. Short calls talk for two
seconds, 40 at a time, each in place of one that has ended. Writes benchmarks/results/soak.json and soak.svg.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load.process import ask, child, counts_of, line_of
from benchmarks.load.shapes import caller_loop, write_agent_voice
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results"
AT_A_TIME = 40
CALL_S = 2.0
LOOK_S = 5.0
VANISHED_S = 40.0
"""Callers that were killed with their process are taken for gone after 28 s."""
TABLES = ("legs", "addresses", "user_fragments", "timers")
BELONGS = 0.1
"""Of the short calls: before so many have been, the allocator still grows to what so many calls at a time take."""


@dataclass(frozen=True)
class Look:
    """The server at one moment."""

    at_s: float
    part: str
    calls_done: int
    calls_failed: int
    rss_mb: float
    descriptors: int
    legs: int
    addresses: int
    user_fragments: int
    timers: int


class Watch:
    """Looks at one server from its start on."""

    def __init__(self, base: str, server: psutil.Process) -> None:
        self._base, self._server, self._began = base, server, time.monotonic()
        self.looks: list[Look] = []

    async def look(self, part: str, done: int = 0, failed: int = 0) -> Look:
        """One more look."""
        core = (await counts_of(self._base))["core"]
        tables = {name: int(core[name]) for name in TABLES}
        rss_mb = self._server.memory_info().rss / 1e6
        at_s = time.monotonic() - self._began
        look = Look(round(at_s, 1), part, done, failed, round(rss_mb, 2), self._server.num_fds(), **tables)
        self.looks.append(look)
        print(
            f"{look.at_s:6.0f} s  {part}: {done} done, {failed} failed, {look.rss_mb} MB, {look.legs} legs",
            file=sys.stderr,
        )
        return look


async def short_calls(watch: Watch, base: str, calls: int, folder: Path) -> None:
    """So many calls of two seconds, and a look at what is left of them."""
    async with child("benchmarks.load.short_calls", base, str(AT_A_TIME), str(CALL_S), str(folder)) as crowd:
        await line_of(crowd)
        done = 0
        while done < calls:
            await asyncio.sleep(LOOK_S)
            told = await ask(crowd)
            done = told["done"]
            await watch.look("short", done, told["failed"])
    await asyncio.sleep(VANISHED_S)
    await watch.look("after short", done)


async def long_calls(watch: Watch, base: str, calls: int, minutes: float, folder: Path) -> None:
    """So many calls at once for so long, and a look at what is left of them."""
    async with child("benchmarks.load.callers", base, str(calls), "conversation", str(folder)) as callers:
        await line_of(callers)
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until:
            await watch.look("long")
            await asyncio.sleep(min(LOOK_S, max(0.0, until - time.monotonic())))
    await asyncio.sleep(VANISHED_S)
    await watch.look("after long")


async def soak(options: argparse.Namespace) -> list[Look]:
    """Both parts on one server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        caller_loop("talking", folder)  # synthesise once, here
        write_agent_voice(folder)
        async with child("benchmarks.load.desk", "antiphon", "talking", str(folder), str(options.threads)) as desk:
            base = f"http://127.0.0.1:{(await line_of(desk))['port']}"
            watch = Watch(base, psutil.Process(desk.pid))
            await watch.look("idle")
            if options.short:
                await short_calls(watch, base, options.short, folder)
            if options.long:
                await long_calls(watch, base, options.long, options.minutes, folder)
            return watch.looks


def verdict(looks: Sequence[Look]) -> dict[str, Any]:
    """What is left after each part, and how much memory grew while it went on."""
    found: dict[str, Any] = {"most_legs": max(look.legs for look in looks)}
    for part in ("short", "long"):
        during = [look for look in looks if look.part == part]
        if not during:
            continue
        steady = during[int(len(during) * BELONGS) :]
        found[f"{part}_rss_mb"] = [steady[0].rss_mb, steady[-1].rss_mb]
        after = next((look for look in looks if look.part == f"after {part}"), None)
        found[f"left_after_{part}"] = {name: getattr(after, name) for name in TABLES} if after else None
    short = [look for look in looks if look.part == "short"]
    steady = short[int(len(short) * BELONGS) :]
    if len(steady) > 1 and steady[-1].calls_done > steady[0].calls_done:
        grown_mb, calls = steady[-1].rss_mb - steady[0].rss_mb, steady[-1].calls_done - steady[0].calls_done
        found["kb_a_short_call"] = round(grown_mb * 1000 / calls, 3)
        found["short_calls"], found["failed"] = short[-1].calls_done, short[-1].calls_failed
    return found


def plot(looks: Sequence[Look], path: Path) -> None:
    """Memory and tables over time."""
    figure, (memory, tables) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
    minutes = [look.at_s / 60 for look in looks]
    memory.plot(minutes, [look.rss_mb for look in looks])
    memory.set(ylabel="memory of the process, MB", ylim=(0, None), title="Short calls, then long ones")
    for name in TABLES:
        tables.plot(minutes, [getattr(look, name) for look in looks], label=name.replace("_", " "))
    tables.set(xlabel="minutes", ylabel="entries")
    tables.legend()
    for axes in (memory, tables):
        axes.grid(visible=True, alpha=0.3)
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", type=int, default=2000, help="how many calls of two seconds")
    parser.add_argument("--long", type=int, default=50, help="how many long calls at once")
    parser.add_argument("--minutes", type=float, default=20.0, help="how long they last")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS / "soak.json")
    options = parser.parse_args()
    load = psutil.getloadavg()[0]
    looks = asyncio.run(soak(options))
    result = {
        "what": "the media core with Python attached: short calls of two seconds, 40 at a time, then long ones",
        "shape": {"short": options.short, "long": options.long, "minutes": options.minutes, "threads": options.threads},
        "load_before": round(load, 2),
        "verdict": verdict(looks),
        "looks": [asdict(look) for look in looks],
    }
    print(json.dumps(result["verdict"], indent=1))
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    plot(looks, options.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
