"""Which protection the agent's voice needs at which loss: word error rate of each encoder mode, with copies and without.

    PYTHONPATH=src:. python -m benchmarks.protection [--seeds 3]

No clock and no socket: `crates/media/examples/lossy_voice.rs` runs the clips through encoder, lossy link, window and decoder, and
the embedded recogniser hears what comes out. The thresholds in `crates/media/src/protection.rs` rest on it. Writes
benchmarks/results/protection.json.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import SALON
from benchmarks.loss import RECOGNISERS, texts
from benchmarks.speech import edits, hear, unhurried

RESULTS = Path(__file__).parent / "results" / "protection.json"
ROOT = Path(__file__).parents[1]
LOSSES = (0, 20, 50, 100, 200)
"""Packets of a thousand."""
PROTECTIONS = (("celt", 0), ("voip", 0), ("voip", 1), ("voip", 2), ("celt", 1))
VOICE = "slt"
SENTENCES = 14


def build() -> Path:
    """The example's program."""
    command = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "media", "--example", "lossy_voice"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "lossy_voice"


async def wrong_words(stt: PocketsphinxStt, said: Sequence[str], folder: Path) -> int:
    """Of all clips in `folder`, in one call."""
    stream = stt.open(SALON, lambda _: None)
    wrong = 0
    for number, text in enumerate(said):
        heard, _ = await hear(stream, (folder / f"{number}.pcm").read_bytes(), 0.0)
        wrong += edits(text.split(), heard.text.split())
    await stream.aclose()
    return wrong


async def measure(seeds: int, voices: Voices) -> list[dict[str, Any]]:
    """Every protection at every loss."""
    said, rows = texts(SENTENCES - 1), []
    words = sum(len(text.split()) for text in said)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate(said):
            (folder / f"{number}.pcm").write_bytes(voices.say(text, VOICE, lead_ms=200, tail_ms=300))
        clips = [str(folder / f"{number}.pcm") for number in range(len(said))]
        program = build()
        stt = unhurried(folder, RECOGNISERS, FliteTts(folder).phones)
        await stt.warm_up()
        await stt.prepare(SALON)
        free = asyncio.Semaphore(RECOGNISERS)

        async def run(mode: str, copies: int, loss: int, seed: int) -> float:
            async with free:
                out = tempfile.mkdtemp(dir=folder)
                command = [str(program), mode, str(copies), str(loss), str(seed), out, *clips]
                await asyncio.to_thread(subprocess.run, command, check=True)
                return 100 * await wrong_words(stt, said, Path(out)) / words

        for loss in LOSSES:
            for mode, copies in PROTECTIONS:
                runs = await asyncio.gather(
                    *(run(mode, copies, loss, seed) for seed in range(1, seeds + 1 if loss else 2))
                )
                row = {"mode": mode, "copies": copies, "loss_percent": loss / 10,
                       "wer_percent": round(statistics.mean(runs), 1), "runs": [round(value, 1) for value in runs]}  # fmt: skip
                rows.append(row)
                print(row, file=sys.stderr)
        await stt.aclose()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where clips are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    rows = asyncio.run(measure(given.seeds, Voices(given.voices)))
    given.out.write_text(json.dumps({"words": "per run, same clips", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
