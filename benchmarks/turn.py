"""How long a caller waits, and how soon the agent falls silent: measured in sound at the caller's ear.

    python -m benchmarks.turn [--calls N]

A server in a process of its own, our dialler with its fixed buffer of 40 ms, spoken bookings in a voice that is not the agent's.
Onset and offset are the first and last 10 ms within 35 dB of the stretch's peak. The answer's class is what endpointing waited for:
complete (the words complete what was asked) or ordinary. Raw numbers and a plot go to benchmarks/results/turn.*.
"""

import argparse
import asyncio
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import numpy as np

from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.dialler import DialledCall, open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.voices import Voices
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results"
FRAME = 160
BARS = {"complete": (600, 800), "ordinary": (900, 1_100), "silence": (120, 200)}
"""p50 and p95 in ms, from the design's table."""
PLAN = CallerPlan(
    "measured",
    "i'd like a haircut with maria next tuesday at half past two",
    {
        "service": "a haircut",
        "person": "maria please",
        "date": "next tuesday",
        "time": "half past two",
        "choice": "the first one",
        "name": "john smith",
        "phone": "two one two five five five zero one four seven",
        "confirm": "yes please",
        "anything_else": "how much is a manicure",
    },
)


@dataclass
class Measured:
    """Milliseconds at the caller's ear."""

    complete: list[float] = field(default_factory=list)
    ordinary: list[float] = field(default_factory=list)
    silence: list[float] = field(default_factory=list)
    platform: list[float] = field(default_factory=list)


def loud(pcm: np.ndarray[Any, np.dtype[np.int16]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which 10 ms frames are within 35 dB of the loudest."""
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    level = np.sqrt((frames**2).mean(axis=1)) if len(frames) else np.zeros(0)
    peak = level.max(initial=0.0)
    return np.asarray((level > peak * 10 ** (-35 / 20)) & (peak > 200))


class Call:
    """One measured call."""

    def __init__(self, call: DialledCall, voices: Voices, measured: Measured) -> None:
        self._call, self._voices, self._measured = call, voices, measured
        self._ends: list[float] = []

    async def say(self, words: str) -> None:
        """Speak a line and note when its sound really ended."""
        pcm = self._voices.say(words, "rms")
        clip = await self._call.say_all(pcm)
        began, _ = self._call.clip_times_ms[clip]
        voiced = np.flatnonzero(loud(np.frombuffer(pcm, np.int16)))
        self._ends.append(began + (int(voiced[-1]) + 1) * 10)

    async def interrupt(self) -> None:
        """Speak over the agent and note when it falls silent at the ear."""
        pcm = self._voices.say("wait a moment please", "rms", lead_ms=0)
        clip = self._call.say(pcm)
        await self._call.until(lambda: self._call.clip_times_ms.get(clip, (0, None))[1], within_s=10)
        began, _ = self._call.clip_times_ms[clip]
        onset = began + int(np.flatnonzero(loud(np.frombuffer(pcm, np.int16)))[0]) * 10
        before = self._call.ear.between(onset - 1_000, onset + 1_000)
        voiced = np.flatnonzero(loud(before))
        self._measured.silence.append((int(voiced[-1]) + 1) * 10 - 1_000)

    def answers(self, record: dict[str, Any]) -> None:
        """First sound of each answer after the end of the turn it answers."""
        waits = {turn["turn"]: turn for turn in record["latency"]}
        for number, end in enumerate(self._ends, 1):
            voiced = np.flatnonzero(loud(self._call.ear.between(end + 100, end + 4_000)))
            turn = waits.get(number)
            if not len(voiced) or turn is None or turn["endpointing_ms"] is None:
                continue
            wait = 100 + int(voiced[0]) * 10
            (self._measured.complete if turn["endpointing_ms"] < 600 else self._measured.ordinary).append(wait)
            spent = turn["endpointing_ms"] + (turn["speaking_ms"] or 0) + (turn["acting_ms"] or 0)
            self._measured.platform.append(turn["total_ms"] - spent)


async def one_call(server: ServerProcess, voices: Voices, measured: Measured) -> None:
    """A booking with an interruption of its read-back."""
    async with open_dialler(server.base, TEST_KEY) as dialler:
        dialled = await dialler.dial("salon")
        call, caller = Call(dialled, voices, measured), SimulatedCaller(PLAN)
        state = {"interrupted": False}

        async def news(seen: int) -> list[dict[str, Any]]:
            fresh = await dialled.news(seen)
            asked = any(message["type"] == "expect" and message["kind"] == "yes_no" for message in dialled.messages)
            speaking = any(m["type"] == "state" and m["state"] == "speaking" for m in fresh)
            if asked and speaking and not state["interrupted"]:
                state["interrupted"] = True
                await asyncio.sleep(1.2)
                await call.interrupt()
            return fresh

        async def say(words: str) -> None:
            if words == PLAN.answers["anything_else"]:
                dialled.hang_up()
                caller.ended = True
                return
            await call.say(words)

        await have_dialogue(caller, news, say)
        call_id = dialled.call_id
    async with httpx2.AsyncClient(headers=server.bearer) as client:
        record: dict[str, Any] = {"ended": None}
        while not record.get("ended"):
            record = (await client.get(f"{server.base}/api/calls/{call_id}")).json()
    call.answers(record)


def summary(measured: Measured) -> dict[str, dict[str, float]]:
    """Count, p50, p95 and maximum of each distribution."""
    made = {}
    for name, values in asdict(measured).items():
        if values:
            p95 = float(np.percentile(values, 95))
            made[name] = {"n": len(values), "p50": median(values), "p95": p95, "max": max(values)}
    return made


def draw(measured: Measured, path: Path) -> None:
    """The distributions as dots, with the bars they are held to."""
    figure, axes = plt.subplots(figsize=(9, 3.6))
    for row, (name, values) in enumerate(asdict(measured).items()):
        axes.plot(values, [row] * len(values), "o", alpha=0.45)
        for bar in BARS.get(name, ()):
            axes.plot([bar, bar], [row - 0.3, row + 0.3], color="black", linewidth=1)
    axes.set_yticks(range(4), ["complete answer", "ordinary answer", "agent silent after barge-in", "platform's share"])
    axes.set_xlabel("ms; black marks: the design's p50 and p95")
    figure.tight_layout()
    save(figure, path)


async def main(calls: int) -> None:
    """Measure and write."""
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        voices = Voices(Path(folder) / "voices")
        for number in range(calls):
            async with server_process(Path(folder) / str(number)) as server:
                await one_call(server, voices, measured)
            print(number + 1, json.dumps(summary(measured)), flush=True)
    result = {"calls": calls, "cores": os.cpu_count(), "load": os.getloadavg()[0], "summary": summary(measured)}
    (RESULTS / "turn.json").write_text(json.dumps({**result, "raw": asdict(measured)}, indent=1) + "\n")
    draw(measured, RESULTS / "turn.svg")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=8)
    asyncio.run(main(parser.parse_args().calls))
