"""An ear for telephone keys (ITU-T Q.23): each tone's share of the sound, by Goertzel's algorithm."""

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
    for start in range(0, len(samples) - length + 1, length):
        yield _key(samples[start : start + length], rate_hz)


def _key(frame: "np.ndarray[Any, np.dtype[np.float64]]", rate_hz: int) -> str:
    energy = float(np.sum(frame**2))
    if energy < QUIET**2 * len(frame):
        return ""
    rows = [_share(frame, hz, rate_hz, energy) for hz in ROWS_HZ]
    columns = [_share(frame, hz, rate_hz, energy) for hz in COLUMNS_HZ]
    row, column = max(rows), max(columns)
    if min(row, column) < LEAST_OF_ONE or row + column < LEAST_OF_BOTH:
        return ""
    return LAYOUT[rows.index(row)][columns.index(column)]


def _share(frame: "np.ndarray[Any, np.dtype[np.float64]]", hz: float, rate_hz: int, energy: float) -> float:
    coefficient = 2 * np.cos(2 * np.pi * hz / rate_hz)
    before = last = 0.0
    for sample in frame:
        before, last = last, sample + coefficient * last - before
    power = last**2 + before**2 - coefficient * last * before
    return float(2 * power / (len(frame) * energy))
