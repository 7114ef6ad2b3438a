"""What a call costs, and how many a core carries: full-duplex Opus with Python attached, beside four others, with the same callers.

    make bench-peers && PYTHONPATH=src:. python -m benchmarks.media [--rounds 3] [--only TEXT] [--resume] [--quick]

Figures are CPU (user and system) of the server's process per call and second, the median over rounds; systems and sizes take
turns, so that other work on the machine falls on all alike. A server that lives on one thread has one CPU to itself, the callers
the other. What has been measured is kept after every window: `--resume` goes on where a run was interrupted. Writes
benchmarks/results/media.json and its pictures, and prints the tables for benchmarks/README.md.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.cost import plot, table
from benchmarks.cost.plan import FULL, QUICK, Run
from benchmarks.cost.servers import SERVERS
from benchmarks.cost.window import Window, measure
from benchmarks.load.process import UnservedError
from benchmarks.load.shapes import caller_loop, write_agent_voice

RESULTS = Path(__file__).parent / "results"


class Log:
    """What has been measured so far, in a file that grows a line a window."""

    def __init__(self, path: Path | None, resume: bool) -> None:
        self._path = path
        self.windows: list[Window] = []
        self.failures: list[dict[str, Any]] = []
        if path and path.exists():
            if resume:
                for line in path.read_text().splitlines():
                    self._take(json.loads(line))
            else:
                path.unlink()

    def _take(self, entry: dict[str, Any]) -> None:
        if "failure" in entry:
            self.failures.append(entry)
        else:
            self.windows.append(Window(**entry))

    def add(self, entry: dict[str, Any]) -> None:
        """Keep it."""
        self._take(entry)
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def times(self, run: Run) -> int:
        """How often it was tried."""
        known = [(w.server, w.shape, w.calls) for w in self.windows]
        failed = [(f["server"], f["shape"], f["calls"]) for f in self.failures]
        return (known + failed).count(run.key)

    def is_beyond(self, run: Run) -> bool:
        """Whether the same system was at its end with fewer calls already: more would only take longer to say so."""
        smaller = [w for w in self.windows if (w.server, w.shape) == run.key[:2] and w.calls < run.calls]
        failed = [f for f in self.failures if (f["server"], f["shape"]) == run.key[:2] and f["calls"] < run.calls]
        return bool(failed) or any(window.at_its_end() for window in smaller)


async def go_through(plan: Sequence[Run], rounds: int, log: Log) -> None:
    """All runs of all rounds, taking turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        caller_loop("talking", folder)  # synthesise once, here
        write_agent_voice(folder)
        for number in range(rounds):
            for at, run in enumerate(plan):
                if log.times(run) > number or log.is_beyond(run):
                    continue
                try:
                    window = await measure(run, folder)
                except (UnservedError, OSError) as error:
                    server, shape, calls = run.key
                    log.add({"server": server, "shape": shape, "calls": calls, "failure": str(error)})
                    print(f"{server} {shape} N={calls}: {error}", file=sys.stderr)
                    continue
                log.add(asdict(window))
                print(
                    f"round {number + 1} of {rounds}, {at + 1:2} of {len(plan)}: {table.in_words(window)}",
                    file=sys.stderr,
                )


def planned(only: str | None, quick: bool) -> tuple[Run, ...]:
    """The plan, without what this machine does not have."""
    if quick:
        return QUICK
    missing = {name for name, server in SERVERS.items() if not server.is_there()}
    for name in sorted(missing):
        print(f"{SERVERS[name].label} is not here (`make bench-peers`): left out", file=sys.stderr)
    chosen = [run for run in FULL if not only or only in " ".join(map(str, run.key))]
    return tuple(run for run in chosen if run.server not in missing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 calls, one short window, nothing written: for tests")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="of the full plan, only runs that contain this, such as 'talking' or 'pion'")
    parser.add_argument("--resume", action="store_true", help="go on with what an interrupted run has measured")
    parser.add_argument(
        "--again", action="store_true", help="measure nothing: tables and pictures of the results there are"
    )
    parser.add_argument("--out", type=Path, default=RESULTS / "media.json")
    options = parser.parse_args()
    if options.again:
        kept = json.loads(options.out.read_text())
        counted = table.result([Window(**window) for window in kept["windows"]], kept["failures"])
        counted |= {name: kept[name] for name in ("machine", "versions")}
        options.out.write_text(json.dumps(counted, indent=1) + "\n")
        draw(counted, options.out)
        return
    plan = planned(options.only, options.quick)
    rounds = 1 if options.quick else options.rounds
    part = options.out.with_suffix(".part.jsonl")
    log = Log(None if options.quick else part, options.resume)
    minutes = sum(run.seconds() for run in plan) * rounds / 60
    print(f"{len(plan)} windows a round, {rounds} rounds, at most about {minutes:.0f} minutes", file=sys.stderr)
    asyncio.run(go_through(plan, rounds, log))
    result = table.result(log.windows, log.failures)
    if options.quick:
        print(json.dumps({"table": result["table"]}))
        return
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    part.unlink(missing_ok=True)
    draw(result, options.out)


def draw(result: dict[str, Any], out: Path) -> None:
    """The pictures beside the results, the tables on the screen."""
    plot.cost(result, out.with_suffix(".svg"))
    plot.stages(result, out.with_name(f"{out.stem}_stages.svg"))
    plot.limit(result, out.with_name(f"{out.stem}_limit.svg"))
    print(table.markdown(result))


if __name__ == "__main__":
    main()
