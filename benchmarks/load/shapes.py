"""What both sides of a benchmark call say: PCM."""

from pathlib import Path

import numpy as np

from antiphon.testing.voices import Voices
from benchmarks.load.cycle import CALLER_SHARE, CYCLE_S, Pcm, Shape, voice_file

ROOM_RMS = 33.0
"""A quiet room through a microphone: -60 dB of full scale."""
LINES = (
    "I would like to book a haircut for Thursday afternoon, please, if there is still something free after three.",
    "My name is Margaret Peterson, and my number is five five five, zero one four two, two three six seven.",
    "Actually, could we make that Friday instead? I have just seen that I am not in town on Thursday.",
)


def speech(rate_hz: int, voice: str, folder: Path) -> Pcm:
    """Some 15 s of speech with its natural pauses, to be looped."""
    voices = Voices(folder)
    pcm = np.frombuffer(b"".join(voices.say(line, voice, lead_ms=100, tail_ms=150) for line in LINES), np.int16)
    if rate_hz != 16_000:
        # Straight lines between samples: a codec's cost does not depend on how well this sounds.
        at = np.arange(len(pcm) * rate_hz // 16_000) * 16_000 / rate_hz
        pcm = np.interp(at, np.arange(len(pcm)), pcm).astype(np.int16)
    return pcm


def caller_loop(shape: Shape, folder: Path) -> bytes:
    """16 kHz PCM of a caller's microphone: speech throughout, or speech for 40 % of a cycle and a quiet room for the rest."""
    spoken = speech(16_000, "rms", folder)
    if shape == "talking":
        return spoken.tobytes()
    talk, cycle = int(CYCLE_S * CALLER_SHARE * 16_000), int(CYCLE_S * 16_000)
    room = (np.random.default_rng(7).standard_normal(cycle - talk) * ROOM_RMS).astype(np.int16)
    return np.concatenate([np.resize(spoken, talk), room]).tobytes()


def write_agent_voice(folder: Path) -> None:
    """Put the agent's voice where all servers find it."""
    for rate_hz in (24_000, 48_000):
        speech(rate_hz, "slt", folder).tofile(voice_file(rate_hz, folder))
