"""How much of what an agent says it has said before: spoken bookings on one server, and whose packets each caller heard.

    PYTHONPATH=src:. python -m benchmarks.clauses [--rounds 2]

The held-out bookings (tests/held_out), one after another on a server that has just started, each as often as there are rounds:
other names, days and wishes every time. After each call `/metrics` tells how many of the agent's packets were encoded for one
before it. Writes benchmarks/results/clauses.json and clauses.svg.
"""

import argparse
import asyncio
import contextlib
import json
import re
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2

from antiphon.testing.caller import SimulatedCaller, read_plans
from antiphon.testing.server import ServerProcess, server_process
from antiphon.testing.voices import Voices
from benchmarks.dialogues import HELD_OUT, VOICES, by_dialler
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Call:
    """One call's packets."""

    dialogue: str
    packets: int
    shared: int

    @property
    def share(self) -> float:
        """Of the agent's packets, those that an earlier call had encoded."""
        return self.shared / max(1, self.packets)


async def figures(server: ServerProcess) -> tuple[int, int]:
    """Packets of the agent's so far, and those of them that were shared."""
    async with httpx2.AsyncClient(headers=server.bearer) as client:
        metrics = (await client.get(f"{server.base}/metrics")).text
    told = dict(re.findall(r"^(antiphon_media_\w+) (\S+)$", metrics, re.MULTILINE))
    return int(float(told["antiphon_media_frames_total"])), int(float(told["antiphon_media_shared_total"]))


async def measure(rounds: int) -> list[Call]:
    """All calls, in order."""
    today = datetime.now(ZoneInfo("America/New_York")).date()
    plans = read_plans(HELD_OUT, today)
    calls: list[Call] = []
    with tempfile.TemporaryDirectory() as folder:
        voices = Voices(Path(folder) / "voices")
        async with server_process(Path(folder)) as server:
            before = await figures(server)
            for number in range(rounds * len(plans)):
                plan, voice = plans[number % len(plans)], VOICES[number // len(plans) % len(VOICES)]
                with contextlib.suppress(AssertionError):  # the wish may have been granted to an earlier caller
                    await by_dialler(server, SimulatedCaller(plan), voices, voice)
                now = await figures(server)
                calls.append(Call(plan.name, now[0] - before[0], now[1] - before[1]))
                before = now
                print(f"{plan.name}: {calls[-1].share:.0%} of {calls[-1].packets / 50:.0f} s", flush=True)
    return calls


def draw(calls: list[Call], path: Path) -> None:
    """A bar a call."""
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    places = range(1, len(calls) + 1)
    axes.bar(places, [call.packets / 50 for call in calls], color="#d0ebff", label="encoded for this call")
    axes.bar(places, [call.shared / 50 for call in calls], color="#0b7285", label="encoded for an earlier one")
    axes.set(xlabel="call after the server's start", ylabel="agent's voice, s", xticks=list(places))
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside upper right", ncols=2)
    save(figure, path)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    calls = asyncio.run(measure(parser.parse_args().rounds))
    shown = [asdict(call) | {"share": round(call.share, 3)} for call in calls]
    (RESULTS / "clauses.json").write_text(json.dumps({"calls": shown}, indent=1) + "\n")
    draw(calls, RESULTS / "clauses.svg")


if __name__ == "__main__":
    main()
