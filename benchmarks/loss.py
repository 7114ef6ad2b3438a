"""What a bad network costs the words: the recogniser's word error rate in both directions, beside aiortc on the same seeds.

    PYTHONPATH=src:. python -m benchmarks.loss [--quick] [--seeds 3]

Flite's callers (rms) and agent (slt) say eight sentences to each other through a UDP relay that loses, delays and reorders RTP by
a seed; what came out at the far end is recognised by the embedded recogniser. The first sentence of each call is not counted: in
it the encoders learn what the link is like. Writes benchmarks/results/loss.json and loss.svg.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import SALON, booking_sentences
from benchmarks.pictures import plt, save
from benchmarks.speech import edits, hear, unhurried

RESULTS = Path(__file__).parent / "results"
VOICES = {"up": "rms", "down": "slt"}
PAIRS = ("antiphon-antiphon", "antiphon-aiortc", "aiortc-antiphon")
"""Caller and server."""
SENTENCES = 7
LEAST_WORDS = 5
RECOGNISERS = 2
ATTEMPTS = 4


@dataclass(frozen=True)
class Condition:
    """One weather."""

    name: str
    loss: float
    delay_ms: float = 0.0
    jitter_ms: float = 0.0


CONDITIONS = (
    Condition("0 %", 0.0),
    Condition("5 %", 0.05),
    Condition("10 %", 0.1),
    Condition("20 %", 0.2),
    Condition("10 %, 40 ± 30 ms", 0.1, 40, 30),
)
WAYS = {
    ("antiphon-antiphon", "up"): "caller → server: antiphon → antiphon",
    ("antiphon-aiortc", "up"): "caller → server: antiphon → aiortc",
    ("antiphon-antiphon", "down"): "agent → caller: antiphon → antiphon",
    ("aiortc-antiphon", "down"): "agent → caller: antiphon → aiortc",
    ("antiphon-aiortc", "down"): "agent → caller: aiortc → antiphon",
}


def texts(count: int) -> list[str]:
    """Sentences long enough to lose a word of; the first is said to warm up."""
    long = [sentence.text for sentence in booking_sentences() if len(sentence.text.split()) >= LEAST_WORDS]
    step = len(long) / (count + 1)
    return [long[int(number * step)] for number in range(count + 1)]


async def calls(pair: str, condition: Condition, seeds: int, plan: Path, out: Path) -> dict[str, Any]:
    """All seeds of one pair in one weather, in a process of their own. Made again if the machine stalled in the midst of them."""
    kept = out / "counts.json"
    arguments = [pair, condition.loss, condition.delay_ms, condition.jitter_ms, seeds, plan, out]
    for _ in range(ATTEMPTS):
        if kept.exists() and not stalled(json.loads(kept.read_text())):
            break
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.load.bad_line", *map(str, arguments)
        )
        if await process.wait() != 0:
            raise SystemExit(f"{pair} in {condition.name}: the calls failed; their own words are above")
    return dict(json.loads(kept.read_text()))


def stalled(counts: dict[str, Any]) -> bool:
    """Whether a sender of ours had to begin its clock anew: it was more than 100 ms late, which no network had done."""
    return any(way["speaker"].get("pacing_restarts", 0) for call in counts.values() for way in call.values())


async def word_errors(
    stt: PocketsphinxStt, free: asyncio.Semaphore, said: Sequence[str], out: Path, seed: int, way: str
) -> dict[str, Any]:
    """Recognise one direction of one call."""
    stream = stt.open(SALON, lambda _: None)
    wrong, heard_texts = 0, []
    for number, text in enumerate(said[1:], 1):
        async with free:
            heard, _ = await hear(stream, (out / f"{seed}-{way}-{number}.pcm").read_bytes(), 0.0)
        wrong += edits(text.split(), heard.text.split())
        heard_texts.append(heard.text)
    await stream.aclose()
    words = sum(len(text.split()) for text in said[1:])
    return {"seed": seed, "words": words, "wrong": wrong, "wer_percent": 100 * wrong / words, "heard": heard_texts}


async def measure(
    conditions: Sequence[Condition],
    pairs: Sequence[str],
    seeds: int,
    count: int,
    voices: Voices,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Every pair in every weather: first the calls, pairs at once in processes of their own, then the words."""
    said = texts(count)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        plan = folder / "plan.json"
        files: dict[str, list[str]] = {}
        for way, voice in VOICES.items():
            for number, text in enumerate(said):
                file = folder / f"{way}-{number}.pcm"
                file.write_bytes(voices.say(text, voice, lead_ms=100, tail_ms=100))
                files.setdefault(way, []).append(str(file))
        plan.write_text(json.dumps(files))
        tts = FliteTts(folder)
        recorded: list[tuple[str, Condition, Path, dict[str, Any], float]] = []
        for condition in conditions:
            load = os.getloadavg()[0]
            outs = [folder / f"{pair} {condition.name}" for pair in pairs]
            async with asyncio.TaskGroup() as group:
                running = [
                    group.create_task(calls(pair, condition, seeds, plan, out))
                    for pair, out in zip(pairs, outs, strict=True)
                ]
            for pair, out, done in zip(pairs, outs, running, strict=True):
                recorded.append((pair, condition, out, done.result(), load))
            print(f"{condition.name}: recorded, load {load:.1f}", file=sys.stderr)
        stt = unhurried(folder, RECOGNISERS, tts.phones)
        await stt.warm_up()
        await stt.prepare(SALON)
        for pair, condition, out, counts, load in recorded:
            rows += await _rows(stt, said, pair, condition, out, counts, load)
        await stt.aclose()
        await tts.aclose()
    return {"said": said, "rows": rows}


async def _rows(
    stt: PocketsphinxStt,
    said: Sequence[str],
    pair: str,
    condition: Condition,
    out: Path,
    counts: dict[str, Any],
    load: float,
) -> list[dict[str, Any]]:
    rows = []
    free = asyncio.Semaphore(RECOGNISERS)
    for way in VOICES:
        if (pair, way) not in WAYS:
            continue
        async with asyncio.TaskGroup() as group:
            scored = [group.create_task(word_errors(stt, free, said, out, int(seed), way)) for seed in counts]
        runs = [task.result() | {"counts": counts[str(task.result()["seed"])][way]} for task in scored]
        row = {
            "way": WAYS[pair, way],
            "condition": condition.name,
            "wer_percent": round(statistics.median(run["wer_percent"] for run in runs), 1),
            "wer_range": [round(edge(run["wer_percent"] for run in runs), 1) for edge in (min, max)],
            "load": round(load, 1),
            "stalled": stalled(counts),
            "runs": runs,
        }
        rows.append(row)
        print(f"{row['condition']:18} {row['way']:40} {row['wer_percent']:5.1f} % {row['wer_range']}", file=sys.stderr)
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: a line for each way, a column for each weather."""
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    lines = ["| | " + " | ".join(conditions) + " |", "|---|" + "---|" * len(conditions)]
    for way in WAYS.values():
        found = {row["condition"]: row["wer_percent"] for row in rows if row["way"] == way}
        if found:
            lines.append(f"| {way} | " + " | ".join(f"{found[name]:.1f}" for name in conditions) + " |")
    return "\n".join(lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Word error rate over loss, one picture a direction."""
    figure, pictures = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
    names = [condition.name for condition in CONDITIONS]
    for axes, direction in zip(pictures, ("caller → server", "agent → caller"), strict=True):
        for way in WAYS.values():
            found = {row["condition"]: row for row in rows if row["way"] == way}
            if not way.startswith(direction) or not found:
                continue
            shown = [name for name in names if name in found]
            ours = "antiphon → antiphon" in way
            axes.plot([names.index(name) for name in shown], [found[name]["wer_percent"] for name in shown],
                      "o-" if ours else "s--", label=way.split(": ")[1])  # fmt: skip
        axes.set(title=direction, xlabel="packets lost", xticks=range(len(names)), ylim=(0, None))
        axes.set_xticklabels(names, fontsize=8)
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    pictures[0].set_ylabel("words wrong, %")
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="our own core, one sentence, 20 %% loss, nothing written")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where clips are kept")
    parser.add_argument("--calls", type=Path, help="keep the calls here; those that are there are not made again")
    parser.add_argument("--out", type=Path, default=RESULTS / "loss.json")
    given = parser.parse_args()
    voices = Voices(given.voices)
    if given.quick:
        print(json.dumps(asyncio.run(measure(CONDITIONS[3:4], PAIRS[:1], 1, 1, voices))))
        return
    result = asyncio.run(measure(CONDITIONS, PAIRS, given.seeds, SENTENCES, voices, given.calls))
    result["machine"] = {"cpus": os.cpu_count(), "python": sys.version.split()[0], "aiortc": version("aiortc")}
    given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    plot(result["rows"], given.out.with_suffix(".svg"))
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
