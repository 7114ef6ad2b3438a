"""An ear for telephone keys (ITU-T Q.23): each tone's share of the sound."""

from collections.abc import Iterator
from typing import Any

import numpy as np

ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
LAYOUT = ("123A", "456B", "789C", "*0#D")
FRAME_S = 0.02
SHORTEST = 2
"""So many frames of one key in a row are a key: 40 ms, the shortest that receivers must take (ITU-T Q.24)."""
QUIET = 1e-3
"""Of full scale, -60 dB: softer than that is silence."""
LEAST_OF_ONE, LEAST_OF_BOTH = 0.15, 0.7
"""Shares of the energy."""


def keys_heard(pcm: bytes, rate_hz: int = 16_000) -> str:
    """The keys in mono int16 PCM, in order. One frame without a tone does not end a key: recordings have breaks."""
    heard, current, run, broken = "", "", 0, False
    for key in _frames(np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768, rate_hz):
        if key == current:
            run, broken = run + 1, False
        elif key or broken:
            current, run, broken = key, 1, False
        else:
            broken = True
        if key == current and run == SHORTEST:
            heard += key
    return heard


def _frames(samples: "np.ndarray[Any, np.dtype[np.float64]]", rate_hz: int) -> Iterator[str]:
    length = round(rate_hz * FRAME_S)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    energies = np.sum(frames**2, axis=1)
    phases = 2j * np.pi / rate_hz * np.outer(np.arange(length), ROWS_HZ + COLUMNS_HZ)
    powers = np.abs(frames @ np.exp(phases)) ** 2
    for energy, power in zip(energies, powers, strict=True):
        yield _key(2 * power / (length * energy)) if energy > QUIET**2 * length else ""


def _key(shares: "np.ndarray[Any, np.dtype[np.float64]]") -> str:
    rows, columns = shares[: len(ROWS_HZ)], shares[len(ROWS_HZ) :]
    row, column = int(np.argmax(rows)), int(np.argmax(columns))
    if min(rows[row], columns[column]) < LEAST_OF_ONE or rows[row] + columns[column] < LEAST_OF_BOTH:
        return ""
    return LAYOUT[row][column]
