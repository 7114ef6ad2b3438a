"""The ear for telephone keys hears them at the rates that peers have, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from antiphon.testing.keys import COLUMNS_HZ, LAYOUT, ROWS_HZ, keys_heard
from antiphon.testing.voices import Voices


def press(key: str, rate_hz: int, tone_ms: int = 60, gap_ms: int = 60) -> bytes:
    """A key as another hand would make it."""
    row, column = next((r, line.index(key)) for r, line in enumerate(LAYOUT) if key in line)
    at = np.arange(rate_hz * tone_ms // 1000) / rate_hz
    tones = np.cos(2 * np.pi * ROWS_HZ[row] * at) + np.cos(2 * np.pi * COLUMNS_HZ[column] * at)
    return bytes((4_000 * tones).astype("<i2").tobytes()) + bytes(2 * (rate_hz * gap_ms // 1000))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_every_key_is_heard(rate_hz: int) -> None:
    keys = "".join(LAYOUT) + "11"
    assert keys == keys_heard(b"".join(press(key, rate_hz) for key in keys), rate_hz)


def test_a_break_of_one_frame_is_no_second_key() -> None:
    tone = press("5", 16_000, tone_ms=80, gap_ms=0)
    assert "5" == keys_heard(tone + bytes(640) + tone)


def test_a_voice_presses_no_key(tmp_path: Path) -> None:
    voices = Voices(tmp_path)
    assert "" == keys_heard(voices.say("i would like a haircut on tuesday at half past two please", "rms"))
