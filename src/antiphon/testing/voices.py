"""Test callers' voices: audio of a sentence in a voice that is not the agent's.

`python -m antiphon.testing.voices "i'd like a haircut" rms out.wav` writes a WAV file. Clips are 16 kHz mono int16, their peak at
-6 dB, with 0.3 s of silence before and 0.5 s after, and are kept on disk: a sentence is synthesised once.
"""

import argparse
import hashlib
import wave
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from antiphon.core.errors import InvariantBroken
from antiphon.wiring.speech import synthesise

CALLERS = ("rms", "awb", "kal16")
"""Best understood first; slt is the agent's own voice. eSpeak's voices are no test of a recogniser: it cannot make them out."""

RATE_HZ = 16_000
PEAK_DB = -6.0
LEAD_MS = 300
TAIL_MS = 500


@dataclass(frozen=True, slots=True)
class Voices:
    """Test callers whose clips and compiled voice engine are kept under `folder`."""

    folder: Path

    def say(self, text: str, voice: str = "rms", *, lead_ms: int = LEAD_MS, tail_ms: int = TAIL_MS) -> bytes:
        """16 kHz mono int16 PCM of `text`, silence around it included. Blocks some 50 ms the first time."""
        key = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()[:20]
        clip = self.folder / "clips" / f"{voice}-{key}.pcm"
        if not clip.is_file():
            clip.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=clip.parent, delete=False) as draft:  # another process may be saying the same
                draft.write(_level(*synthesise(text, voice, self.folder)))
            Path(draft.name).replace(clip)
        return _silence(lead_ms) + clip.read_bytes() + _silence(tail_ms)


def write_wav(path: Path, pcm: bytes) -> None:
    """16 kHz mono int16 PCM as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)


def _level(pcm: bytes, rate_hz: int) -> bytes:
    """Peak at -6 dB; the engine's own silence at both ends cut off."""
    if rate_hz != RATE_HZ:
        raise InvariantBroken(f"flite's voices speak at 16 kHz, this one at {rate_hz} Hz")
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max(initial=1.0))
    if not len(loud):
        return b""
    speech = samples[loud[0] : loud[-1] + 1]
    peak = 32768 * 10 ** (PEAK_DB / 20)
    return bytes(np.round(speech * (peak / np.abs(speech).max())).astype("<i2").tobytes())


def _silence(length_ms: int) -> bytes:
    return bytes(2 * RATE_HZ * length_ms // 1000)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("voice", choices=(*CALLERS, "slt"))
    parser.add_argument("wav", type=Path)
    parser.add_argument(
        "--cache", type=Path, default=Path("data/voices"), help="where clips are kept (default: data/voices)"
    )
    given = parser.parse_args()
    write_wav(given.wav, Voices(given.cache).say(given.text, given.voice))


if __name__ == "__main__":
    main()
