"""The shape of a conversation, and the agent's voice from a file: all that a peer's own environment needs to know."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

Shape = Literal["talking", "conversation"]
Pcm = np.ndarray[Any, np.dtype[np.int16]]
CYCLE_S = 20.0
AGENT_SHARE = 0.45
CALLER_SHARE = 0.40
CHUNK_S = 0.2
"""A synthesiser delivers pieces of this order; it decides how often Python hands audio to the transport."""
AHEAD_S = 0.6
"""So much an agent's voice is made ahead of what has left."""


def agent_talks(shape: Shape, at_s: float, call: int) -> bool:
    """Whether the agent of call number `call` is talking: always, or in its 45 % of a cycle; calls are spread over the cycle."""
    return shape == "talking" or ((at_s + call * 7.3) % CYCLE_S) < CYCLE_S * AGENT_SHARE


def voice_file(rate_hz: int, folder: Path) -> Path:
    """Where the agent's voice lies."""
    return folder / f"agent-{rate_hz}.s16"


def agent_voice(rate_hz: int, folder: Path) -> Pcm:
    """The agent's voice, mono."""
    return np.fromfile(voice_file(rate_hz, folder), np.int16)


def pieces_of(voice: Pcm, rate_hz: int, length_s: float) -> list[bytes]:
    """Whole pieces of that length."""
    length = round(length_s * rate_hz)
    return [voice[at : at + length].tobytes() for at in range(0, len(voice) - length + 1, length)]
