"""How much faster than life the conversation runs: 300 s of a scripted call at 20 events a second, ledger and journal on.

    python -m benchmarks.core [--repeats N]

The script is exchanges of the usual kind: the caller speaks with interim words, the brain answers word by word, the voice gives
word times, every third reply is interrupted in its middle and cut. Every event and command is encoded as its journal line. The
figure is CPU of one core; results go to benchmarks/results/core.json and core.svg.
"""

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from antiphon.core import events as ev
from antiphon.core.commands import Command, CutReply
from antiphon.core.events import Event
from antiphon.core.journal import encode
from antiphon.core.proposal import Expect
from antiphon.testing.script import Script
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results"
CALL_S = 300
EVENTS_A_SECOND = 20
BAR = 1_000
REPLY_MS = 3_000
WORDS = "Your haircut with Maria is on Tuesday at half past two, shall I book it for you now?".split()  # noqa: SIM905


@dataclass
class Measured:
    """One run: CPU seconds, events, commands, bytes of journal."""

    cpu_s: float
    events: int
    commands: int
    journal_bytes: int


class Journalled(Script):
    """The script's conversation, each event and command encoded as the call would."""

    journal_bytes = 0

    def give(self, event: Event) -> list[Command]:
        """See Script."""
        self.journal_bytes += len(encode(event))
        made = super().give(event)
        self.journal_bytes += sum(len(encode(command, self.now)) for command in made)
        return made


def run() -> Measured:
    """One scripted call."""
    started = time.process_time()
    script = Journalled()
    script.greet()
    exchange = 0
    while script.now < CALL_S * 1_000:
        exchange += 1
        began, events = script.now, len(script.events)
        speak(script, exchange)
        reply = script.answer(*(f"{word} " for word in WORDS), Expect("yes_no"), audio_ms=REPLY_MS)
        if exchange % 3 == 0:
            interrupt(script, reply, exchange)
        else:
            script.finish(reply, REPLY_MS)
        script.after(200)
        fill(script, events, began)
        script.orders()
    return Measured(time.process_time() - started, len(script.events), len(script.all), script.journal_bytes)


def speak(script: Journalled, exchange: int) -> None:
    """A caller's turn of 1.5 s with interim words."""
    onset = script.now + 20
    script.at(onset + 60, ev.SpeechStarted(0, exchange, onset))
    for word in range(5):
        script.after(250, ev.InterimHeard(0, exchange, "a haircut on tuesday please"[: 5 * word + 5]))
    end = script.now + 100
    script.at(end + 200, ev.SpeechStopped(0, exchange, end))
    script.at(end + 300, ev.WordsHeard(0, exchange, "a haircut on tuesday please", 0.9))
    script.after(1_300)


def interrupt(script: Journalled, reply: int, exchange: int) -> None:
    """The caller breaks in after a second; the reply is cut."""
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    utterance = 10_000 + exchange
    script.after(60, ev.SpeechStarted(0, utterance, script.now))
    script.after(300, ev.InterimHeard(0, utterance, "wait make it wednesday"))
    script.after(300)
    cuts = [command for command in script.orders() if isinstance(command, CutReply)]
    assert cuts, "the interruption landed"
    script.after(5, ev.PlayoutFlushed(0, reply, 1_000, 40))
    script.after(200, ev.SpeechStopped(0, utterance, script.now))
    script.after(100, ev.WordsHeard(0, utterance, "wait make it wednesday", 0.9))
    script.after(1_300)
    script.finish(script.answer("All right, Wednesday. ", Expect("yes_no"), audio_ms=1_000), 1_000)


def fill(script: Journalled, events: int, began: int) -> None:
    """Ticks up to the rate that the bar speaks of; they are real events: the call's deadlines."""
    wanted = (script.now - began) * EVENTS_A_SECOND // 1_000
    for _ in range(max(0, wanted - (len(script.events) - events))):
        script.after(0, ev.TimePassed(0))


def main(repeats: int) -> None:
    """Measure and write."""
    runs = [run() for _ in range(repeats)]
    ratios = [CALL_S / each.cpu_s for each in runs]
    result = {
        "machine": {"cpus": os.cpu_count(), "load_before": os.getloadavg()[0], "python": platform.python_version()},
        "call_s": CALL_S,
        "events": runs[0].events,
        "commands": runs[0].commands,
        "journal_kb": round(runs[0].journal_bytes / 1_024),
        "times_real_time": {
            "median": round(statistics.median(ratios)),
            "least": round(min(ratios)),
            "most": round(max(ratios)),
        },
        "us_per_event": round(statistics.median(each.cpu_s / each.events * 1e6 for each in runs), 1),
        "bar": BAR,
        "raw": [round(ratio) for ratio in ratios],
    }
    RESULTS.joinpath("core.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(ratios)
    print(json.dumps(result["times_real_time"]), f"{result['us_per_event']} us an event, {result['events']} events")


def draw(ratios: list[float]) -> None:
    """Every run, and the bar."""
    figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
    axes.plot(sorted(ratios), [0] * len(ratios), "o", alpha=0.4, color="#0b7285")
    axes.axvline(BAR, color="#c92a2a", linestyle="--", label=f"bar: {BAR} ×")
    axes.set(xlim=(0, max(ratios) * 1.1), yticks=[], xlabel="times real time, one core")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["left", "top", "right"]].set_visible(False)
    save(figure, RESULTS / "core.svg")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    main(parser.parse_args().repeats)
