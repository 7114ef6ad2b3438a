"""Twenty spoken bookings: five held-out dialogues, two dates, two voices that are not the agent's; each on a fresh server.

    python -m benchmarks.dialogues [--door chromium|dialler] [--only NAME] [--voice rms|awb]

The wording was written without sight of the domain model's templates (tests/held_out). A run passes when the call's record has the
right service, person, date, time, name and number and a reference. Results go to benchmarks/results/dialogues.json.
"""

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import numpy as np

from antiphon.testing.caller import CallerPlan, SimulatedCaller, read_plans
from antiphon.testing.dialler import open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.voices import Voices
from tests.browser.chromium_caller import PageCaller, chromium

HELD_OUT = Path(__file__).parents[1] / "tests" / "held_out" / "dialogues.json"
RESULTS = Path(__file__).parent / "results" / "dialogues.json"
VOICES = ("rms", "awb")
LONGEST_S = 150
SAMPLES_48K_S = 48_000


@dataclass
class Outcome:
    """How one dialogue went; `wrong` maps what is not as expected to what it is."""

    dialogue: str
    voice: str
    passed: bool = False
    wrong: dict[str, Any] = field(default_factory=dict)
    asked_again: dict[str, int] = field(default_factory=dict)
    turns: int = 0


async def by_dialler(server: ServerProcess, caller: SimulatedCaller, voices: Voices, voice: str) -> str:
    """The call's id."""
    async with open_dialler(server.base, TEST_KEY) as dialler:
        call = await dialler.dial("salon")

        async def say(words: str) -> None:
            await call.say_all(voices.say(words, voice))

        async def overheard() -> None:
            heard = len(call.ear.stretches)
            await call.until(lambda: len(call.ear.stretches) > heard + 60, within_s=10)

        await have_dialogue(caller, call.news, say, overheard)
        return call.call_id


async def by_chromium(server: ServerProcess, caller: SimulatedCaller, voices: Voices, voice: str) -> str:
    """The call's id."""
    async with chromium() as browser:
        context = await browser.new_context(bypass_csp=True)
        page = await context.new_page()
        await page.add_init_script(path=HELD_OUT.parents[1] / "browser" / "microphone.js")
        await page.goto(server.page)
        await page.wait_for_function("() => !document.querySelector('[data-testid=talk]').disabled")
        await page.click("[data-testid=talk]")
        made = PageCaller(page, caller, lambda words: np.frombuffer(voices.say(words, voice), np.int16))
        await made.have_call()
        return str(made.messages[0]["call_id"])


async def record_of(server: ServerProcess, call: str) -> dict[str, Any]:
    """The record once the call has ended."""
    async with httpx2.AsyncClient(headers=server.bearer) as client, asyncio.timeout(15):
        while True:
            record: dict[str, Any] = (await client.get(f"{server.base}/api/calls/{call}")).json()
            if record.get("ended"):
                return record


def compare(plan: CallerPlan, record: dict[str, Any]) -> dict[str, Any]:
    """What is not as the plan expects."""
    got = {name: slot["value"] for name, slot in record["slots"].items()}
    wanted = {name: plan.expect[name] for name in ("service", "date", "time", "name", "phone")}
    if plan.expect.get("person"):
        wanted["person"] = str(plan.expect["person"]).lower()
    wrong = {name: got.get(name) for name, value in wanted.items() if got.get(name) != value}
    return wrong if record["reference"] and record["outcome"] == "done" else wrong | {"outcome": record["outcome"]}


async def one(plan: CallerPlan, voice: str, door: str, folder: Path, voices: Voices) -> Outcome:
    """One dialogue on a server of its own."""
    outcome, caller = Outcome(plan.name, voice), SimulatedCaller(plan)
    async with server_process(folder) as server:
        try:
            async with asyncio.timeout(LONGEST_S):
                have = by_chromium if door == "chromium" else by_dialler
                record = await record_of(server, await have(server, caller, voices, voice))
        except Exception as error:  # noqa: BLE001  # one dialogue that breaks is one that failed; the others go on
            outcome.wrong = {"error": repr(error)[:200], "lines": caller.lines}
            return outcome
    outcome.wrong = compare(plan, record)
    outcome.passed = not outcome.wrong
    outcome.asked_again = {slot: times for slot, times in caller.asked_again.items() if times > 0}
    outcome.turns = len(caller.lines)
    if not outcome.passed:
        outcome.wrong["transcript"] = [f"{turn['who']}: {turn['text']}" for turn in record["transcript"]]
    return outcome


async def main(door: str, only: str, speakers: tuple[str, ...]) -> None:
    """Run all and write the results."""
    today = datetime.now(ZoneInfo("America/New_York")).date()  # a real caller's own day
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        voices = Voices(Path(folder) / "voices")
        plans = [plan for plan in read_plans(HELD_OUT, today) if only in plan.name]
        for number, (plan, voice) in enumerate((plan, voice) for voice in speakers for plan in plans):
            outcome = await one(plan, voice, door, Path(folder) / str(number), voices)
            outcomes.append(outcome)
            print(json.dumps(asdict(outcome)), flush=True)
    passed = sum(outcome.passed for outcome in outcomes)
    print(f"{passed} of {len(outcomes)} passed")
    if not only and speakers == VOICES:
        result = {"door": door, "passed": passed, "of": len(outcomes), "runs": [asdict(each) for each in outcomes]}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--door", choices=["chromium", "dialler"], default="chromium")
    parser.add_argument("--only", default="")
    parser.add_argument("--voice", choices=VOICES)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.door, arguments.only, (arguments.voice,) if arguments.voice else VOICES))
