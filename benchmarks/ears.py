"""What the server asks its callers to send: words understood, bits, and CPU to decode, by how a browser is asked to encode.

    PYTHONPATH=src:. python -m benchmarks.ears

No clock and no socket: `crates/media/examples/ears.rs` runs the sentences of three voices, at 48 kHz as a browser captures them,
through libopus set up as Chromium sets it up and through the core's decoder; the embedded recogniser hears what comes out, and what
went in. CPU is the quickest of seven runs. Writes benchmarks/results/ears.json and prints the table.
"""

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.adapters.flite import FliteTts
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import SALON
from benchmarks.loss import RECOGNISERS, texts
from benchmarks.protection import wrong_words
from benchmarks.speech import unhurried

RESULTS = Path(__file__).parent / "results" / "ears.json"
ROOT = Path(__file__).parents[1]
VOICES = ("slt", "rms", "awb")
SENTENCES = 14
UPSAMPLING = 3
"""From 16 kHz, as the voices speak, to 48 kHz."""
SETTINGS = {
    "fullband:32000": "nothing → 48 kHz, 32 kbit/s",
    "wideband:32000": "16 kHz, 32 kbit/s",
    "wideband:24000": "16 kHz, 24 kbit/s",
    "wideband:20000": "16 kHz → 20 kbit/s",
}
"""What the encoder is set to, and what a caller must be told for it. Told of 16 kHz alone, libwebrtc takes 20 kbit/s."""
UNCODED = "as spoken, without Opus"
MODES = ((12, "SILK"), (16, "hybrid"), (32, "CELT"))
"""Below which configuration which mode (RFC 6716, table 2)."""


def build() -> Path:
    """The example's program."""
    command = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "media", "--example", "ears"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "ears"


def captured(pcm: bytes) -> bytes:
    """16 kHz int16 at 48 kHz, with nothing above 8 kHz. A clip ends in silence, so transforming it whole rings nowhere."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    finer = np.fft.irfft(np.fft.rfft(samples), UPSAMPLING * len(samples)) * UPSAMPLING
    return bytes(np.clip(np.rint(finer), -32768, 32767).astype("<i2").tobytes())


def encode(program: Path, setting: str, clips: list[str], out: Path) -> dict[str, Any]:
    """One voice at one setting; what is heard of it is put into `out`."""
    command = [str(program), setting, str(out), *clips]
    decode_us, bits, *used = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    configurations = {int(number): int(packets) for number, packets in (pair.split(":") for pair in used)}
    modes = Counter[str]()
    for configuration, packets in configurations.items():
        modes[next(mode for below, mode in MODES if configuration < below)] += packets
    return {
        "kbps": round(float(bits) / 1000, 1),
        "decode_us": float(decode_us),
        "packets_by_configuration": configurations,
        "packets_by_mode": dict(modes),
    }


async def measure(folder: Path, voices: Voices) -> dict[str, Any]:
    """First all that is timed, alone; then the words of every voice at every setting, and uncoded."""
    said, program = texts(SENTENCES - 1), build()
    words = sum(len(text.split()) for text in said)
    rows: list[dict[str, Any]] = []
    heard: list[Path] = []
    for voice in VOICES:
        outs = {setting: folder / f"{voice} {setting}" for setting in (UNCODED, *SETTINGS)}
        for out in outs.values():
            out.mkdir()
        clips = []
        for number, text in enumerate(said):
            pcm, clip = voices.say(text, voice, lead_ms=200, tail_ms=300), folder / voice / f"{number}.pcm"
            clip.parent.mkdir(exist_ok=True)
            clip.write_bytes(captured(pcm))
            (outs[UNCODED] / clip.name).write_bytes(pcm)
            clips.append(str(clip))
        for setting, out in outs.items():
            of_it = {} if setting == UNCODED else encode(program, setting, clips, out)
            rows.append({"voice": voice, "setting": setting, **of_it})
            heard.append(out)
    for row, wrong in zip(rows, await recognise(folder, said, heard), strict=True):
        row |= {"words_wrong": wrong, "wer_percent": round(100 * wrong / words, 1)}
    return {"words": words, "settings": SETTINGS, "rows": rows}


async def recognise(folder: Path, said: list[str], heard: list[Path]) -> list[int]:
    """Words wrong in each folder of clips."""
    stt = unhurried(folder, RECOGNISERS, FliteTts(folder).phones)
    await stt.warm_up()
    await stt.prepare(SALON)
    free = asyncio.Semaphore(RECOGNISERS)

    async def one(out: Path) -> int:
        async with free:
            return await wrong_words(stt, said, out)

    wrong = await asyncio.gather(*map(one, heard))
    await stt.aclose()
    return wrong


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a line for each setting; CPU and bits are means over the voices, whose clips are of about the same length."""
    lines = [
        "| what a caller is told → sends | " + " | ".join(VOICES) + " | kbit/s | modes | us to decode 20 ms |",
        "|---" * (4 + len(VOICES)) + "|",
    ]
    for setting in (UNCODED, *SETTINGS):
        of_it = [row for row in rows if row["setting"] == setting]
        cells = [SETTINGS.get(setting, setting), *(f"{row['wer_percent']:.1f}" for row in of_it)]
        if setting in SETTINGS:
            kbps, us = (sum(row[name] for row in of_it) / len(of_it) for name in ("kbps", "decode_us"))
            cells += [f"{kbps:.1f}", shares(of_it), f"{us:.1f}"]
        else:
            cells += ["", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shares(rows: list[dict[str, Any]]) -> str:
    """Which modes, in percent of the packets."""
    modes = Counter[str]()
    for row in rows:
        modes.update(row["packets_by_mode"])
    return ", ".join(f"{mode} {100 * packets / modes.total():.0f} %" for mode, packets in modes.most_common())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where clips are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = asyncio.run(measure(Path(name), Voices(given.voices)))
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result["rows"]))


if __name__ == "__main__":
    main()
