"""docs/reference/interop.md: which row passed with which stack, from a run of the rows. `make interop` writes it."""

import asyncio
import inspect
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from xml.etree import ElementTree as ET

from tests.house.source import ROOT
from tests.interop import test_stacks_nobody_here_wrote as suite
from tests.interop.desk import Desk, open_desk
from tests.interop.peer import Stack, UnobtainableError
from tests.interop.stacks import STACKS

PAGE = ROOT / "docs" / "reference" / "interop.md"
CALLS = 20
"""Timed calls a stack, after one to warm up."""
PASSED, FAILED = "yes", "**no**"
BESIDE = "offer → connected, p50 / p95"


def run_rows() -> dict[tuple[str, str], str]:
    """What became of each row with each stack: passed, failed, or why it was left out."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "rows.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", inspect.getfile(suite)]
        subprocess.run(command, cwd=ROOT, check=False)
        return dict(_outcome(case) for case in ET.parse(report).iter("testcase"))


def _outcome(case: ET.Element) -> tuple[tuple[str, str], str]:
    row, _, stack = case.attrib["name"].removeprefix("test_").rstrip("]").partition("[")
    if case.find("failure") is not None or case.find("error") is not None:
        return (row, stack), FAILED
    skipped = case.find("skipped")
    return (row, stack), PASSED if skipped is None else skipped.attrib["message"]


@dataclass(frozen=True, slots=True)
class Timed:
    """A stack as it was found, and how long its calls took to connect, ms."""

    version: str
    connect_ms: Sequence[float]

    def __str__(self) -> str:
        p95 = statistics.quantiles(self.connect_ms, n=20, method="inclusive")[-1]
        return f"{statistics.median(self.connect_ms):.0f} / {p95:.0f} ms"


def rows() -> list[str]:
    """The names of the rows, in the order of the suite."""
    return [name.removeprefix("test_") for name in vars(suite) if name.startswith("test_")]


async def measure() -> dict[str, Timed]:
    """Each stack that is here."""
    measured = {}
    async with open_desk() as desk:
        for contender in STACKS:
            try:
                async with contender.open() as stack:
                    measured[contender.name] = Timed(stack.version, await _connect(desk, stack))
            except UnobtainableError as missing:
                print(f"left out: {missing}")
    return measured


async def _connect(desk: Desk, stack: Stack) -> list[float]:
    taken = []
    for _ in range(CALLS + 1):
        async with asyncio.timeout(20), stack.peer() as peer:
            await desk.call(peer)
            taken.append((await peer.connected()).connected)
    return taken[1:]


def render(cells: Mapping[tuple[str, str], str], measured: Mapping[str, Timed]) -> str:
    """The page."""
    notes: list[str] = []
    lines = [_line("", [measured[one.name].version if one.name in measured else one.name for one in STACKS])]
    lines.append("|---" * (len(STACKS) + 1) + "|")
    for row in rows():
        named = [_cell(cells.get((row, one.name), "not run"), notes) for one in STACKS]
        lines.append(_line(row.replace("_", " "), named))
    lines.append(_line(BESIDE, [str(measured.get(one.name, "–")) for one in STACKS]))
    notes += [one.note for one in STACKS if one.note]
    numbered = [fill(f"{number}. {note}.", 132, subsequent_indent="   ") for number, note in enumerate(notes, 1)]
    return INTRODUCTION + "\n".join(lines) + "\n\n" + "\n".join(numbered) + "\n"


def _cell(outcome: str, notes: list[str]) -> str:
    if outcome in (PASSED, FAILED):
        return outcome
    if outcome not in notes:
        notes.append(outcome)
    return f"– ({notes.index(outcome) + 1})"


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | {' | '.join(cells)} |"


INTRODUCTION = f"""# Interop

WebRTC stacks that nobody here wrote, calling the real gateway and media core on one machine. `make interop` runs the rows of
[the suite](../../tests/interop/test_stacks_nobody_here_wrote.py) and writes this page from what it saw; `make test` runs the same
rows. A stack that is not on a machine is left out there: `make peers` gets what it can.

The last line is {CALLS} calls a stack after one to warm up, by the stack's own clock and with the signalling in it: an HTTP
request, and for the browsers and the programs a message to and from the test. It grows with whatever else the
machine is doing: the bars are held in the benchmarks, not here.

"""


def main() -> int:
    """Run the rows, time the stacks, write the page. 1 if a row failed."""
    cells = run_rows()
    PAGE.write_text(render(cells, asyncio.run(measure())), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return int(FAILED in cells.values())


if __name__ == "__main__":
    sys.exit(main())
