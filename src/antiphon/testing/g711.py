"""G.711 mu-law by its formula, independent of the media core's: what the far ends of telephone tests speak."""

from typing import Any

import numpy as np

Pcm = np.ndarray[Any, np.dtype[np.int16]]
BIAS = 132
CLIP = 32_635
SILENCE = b"\xff"
TAPS = 63


def to_ulaw(pcm: Pcm) -> bytes:
    """One byte a sample."""
    magnitude = np.minimum(np.abs(pcm.astype(np.int32)), CLIP) + BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (segment + 3)) & 15
    code = ~(np.where(pcm < 0, 0x80, 0) | segment << 4 | mantissa)
    return bytes(code.astype(np.uint8).tobytes())


def from_ulaw(payload: bytes) -> Pcm:
    """And back."""
    code = ~np.frombuffer(payload, np.uint8).astype(np.int32)
    magnitude = ((((code & 15) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def narrowband(pcm: Pcm) -> Pcm:
    """16 kHz to the telephone's 8 kHz, without what would fold back."""
    at = np.arange(TAPS) - TAPS // 2
    low_pass = np.sinc(at * 0.45) * 0.45 * np.blackman(TAPS)
    return np.convolve(pcm, low_pass, mode="same")[::2].clip(-32_768, 32_767).astype(np.int16)
