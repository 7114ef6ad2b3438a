"""What the agent's encoder costs, and what it does to the voice, by how hard it tries and how many bits it has.

    PYTHONPATH=src:. python -m benchmarks.encoder

No clock and no socket: `crates/media/examples/encoders.rs` runs the speech of three voices through libopus, low-delay mode, and
back. CPU is the quickest of seven runs. Distance is between the spectra of what went in and what came out: the mean over frames of
32 ms of the root of the mean square of the difference in decibels, from 100 Hz to 8 kHz, where there is speech. Writes
benchmarks/results/encoder.json and its picture, and prints the table.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from benchmarks.load.cycle import Pcm
from benchmarks.load.shapes import speech
from benchmarks.pictures import plt, save

RESULTS = Path(__file__).parent / "results" / "encoder.json"
ROOT = Path(__file__).parents[1]
VOICES = ("slt", "rms", "awb")
RATE_HZ = 24_000
COMPLEXITIES = (0, 1, 2, 4, 6, 9)
KBPS = (32, 40, 48, 56, 64, 72)
WINDOW = 768
"""Samples: 32 ms."""
SILENCE_DB = -50.0
"""Below the loudest frame: what is between the words."""
FLOOR = 10.0
"""Added to every line of a spectrum: what is below it nobody hears."""


def build() -> Path:
    """The example's program."""
    command = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "media", "--example", "encoders"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "encoders"


def spectra(pcm: Pcm) -> Pcm:
    """Magnitudes, a row for each window; half of it is shared with the next."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float64), WINDOW)[:: WINDOW // 2]
    return cast(Pcm, np.abs(np.fft.rfft(windows * np.hanning(WINDOW))))


def delay(before: Pcm, after: Pcm) -> int:
    """By how many samples the codec is behind: what makes the two most alike within 10 ms."""
    middle = slice(len(before) // 3, len(before) // 3 + RATE_HZ)
    sample, shifts = before[middle].astype(np.float64), range(RATE_HZ // 100)
    alike = [float(np.dot(sample, after[middle.start + shift : middle.stop + shift])) for shift in shifts]
    return int(np.argmax(alike))


def distance_db(before: Pcm, after: Pcm) -> float:
    """Of the spectra, where there is speech."""
    shift = delay(before, after)
    length = min(len(before), len(after) - shift)
    was, is_now = spectra(before[:length]), spectra(after[shift : shift + length])
    power = 10 * np.log10((was**2).sum(axis=1) + 1)
    lines = slice(100 * WINDOW // RATE_HZ, 8_000 * WINDOW // RATE_HZ)
    spoken = power > power.max() + SILENCE_DB
    difference = 20 * np.log10((was[spoken, lines] + FLOOR) / (is_now[spoken, lines] + FLOOR))
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def measure(folder: Path) -> list[dict[str, Any]]:
    """A row for each setting: medians over the voices."""
    program, told = build(), dict[str, list[tuple[float, float, float, float]]]()
    settings = [f"{complexity}:{kbps * 1000}" for complexity in COMPLEXITIES for kbps in KBPS]
    for voice in VOICES:
        pcm, file = speech(RATE_HZ, voice, folder), folder / f"{voice}.s16"
        pcm.tofile(file)
        command = [str(program), str(RATE_HZ), str(file), str(folder), *settings]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            setting, *numbers = line.split()
            encode, decode, bits = map(float, numbers)
            after = np.fromfile(folder / f"{setting}.s16", np.int16)
            told.setdefault(setting, []).append((encode, decode, bits / 1000, distance_db(pcm, after)))
    rows = []
    for setting, of_voices in told.items():
        encode, decode, kbps, distance = (
            round(statistics.median(column), 2) for column in zip(*of_voices, strict=True)
        )
        rows.append(
            {"complexity": int(setting.split(":")[0]), "asked_kbps": int(setting.split(":")[1]) // 1000, "kbps": kbps,
             "encode_us": encode, "decode_us": decode, "distance_db": distance}
        )  # fmt: skip
    return rows


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Distance over CPU, a line for each complexity."""
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for complexity in COMPLEXITIES:
        of_it = [row for row in rows if row["complexity"] == complexity]
        places = [row["encode_us"] for row in of_it], [row["distance_db"] for row in of_it]
        axes.plot(*places, "o-", label=f"complexity {complexity}")
    for complexity, kbps, said in (
        (6, 48, " until now"),
        (0, 64, " chosen"),
        (9, 32, " 32 kbit/s"),
        (9, 72, " 72 kbit/s"),
    ):
        row = next(row for row in rows if (row["complexity"], row["asked_kbps"]) == (complexity, kbps))
        axes.annotate(said, (row["encode_us"], row["distance_db"]), fontsize="small")
    axes.set(xlabel="CPU us to encode 20 ms", ylabel="distance of the spectra, dB", title="Bits against care, CELT")
    axes.set(xlim=(0, None), ylim=(0, None))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, path)


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: for each complexity CPU and distance, by bits."""
    lines = ["| complexity | " + " | ".join(f"{kbps} kbit/s" for kbps in KBPS) + " |", "|---" * (1 + len(KBPS)) + "|"]
    for complexity in COMPLEXITIES:
        cells = [f"{row['encode_us']:.1f}, {row['distance_db']:.2f}" for row in rows if row["complexity"] == complexity]
        lines.append(f"| {complexity} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows = measure(Path(name))
    given.out.write_text(json.dumps({"voices": VOICES, "rate_hz": RATE_HZ, "rows": rows}, indent=1) + "\n")
    draw(rows, given.out.with_suffix(".svg"))
    print(table(rows))


if __name__ == "__main__":
    main()
