"""Tones: making them, and finding them in what was heard."""

import math
from typing import Any

import numpy as np

Pcm = np.ndarray[Any, np.dtype[np.int16]]


def tone(hz: float, seconds: float, rate_hz: int, level: float = 0.25) -> bytes:
    """Mono int16 PCM."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return (np.sin(2 * math.pi * hz * t) * level * 32767).astype("<i2").tobytes()


def strongest_hz(pcm: Pcm, rate_hz: int) -> float:
    """The frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * rate_hz / len(pcm))


def level_db(pcm: Pcm) -> float:
    """Root mean square in dB of full scale."""
    rms = float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) if len(pcm) else 0.0
    return 20 * math.log10(max(rms, 1e-3) / 32768)
