"""The Silero network: a window of 512 samples and what it remembers of the stream give a probability of speech.

Inputs and outputs are those of `silero_vad_16k_op15.onnx` (silero-vad 6.2.3): `input` [B, 64 + 512] float32 in -1..1, `state`
[2, B, 128], `sr`; out come `output` [B, 1] and `stateN`. B is the number of streams. Two things are carried per stream: its
column of the state, and the last 64 samples of its previous window. Batched results equal single ones to the bit (tested).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from antiphon.core.errors import ConfigError

ASSET = Path(__file__).with_name("assets") / "silero_vad_16k_op15.onnx"
RATE_HZ = 16_000
WINDOW = 512
CONTEXT = 64

Floats = npt.NDArray[np.float32]


def _silent_state() -> Floats:
    return np.zeros((2, 1, 128), np.float32)


def _silent_context() -> Floats:
    return np.zeros(CONTEXT, np.float32)


@dataclass(slots=True)
class Memory:
    """What the network carries from window to window of one stream."""

    state: Floats = field(default_factory=_silent_state)
    context: Floats = field(default_factory=_silent_context)


class SileroNetwork:
    """One ONNX session on one thread."""

    def __init__(self) -> None:
        """Load the network (about 50 ms). Raises ConfigError when the asset is missing."""
        require_asset()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(ASSET), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE_HZ, np.int64)

    def judge(self, windows: Sequence[bytes], memories: Sequence[Memory]) -> list[float]:
        """Probability of speech of each window (512 int16 samples), one per stream; updates the memories."""
        samples = np.frombuffer(b"".join(windows), "<i2").reshape(len(windows), WINDOW)
        batch = np.empty((len(windows), CONTEXT + WINDOW), np.float32)
        np.multiply(samples, np.float32(1 / 32768), out=batch[:, CONTEXT:])
        for row, memory in zip(batch, memories, strict=True):
            row[:CONTEXT] = memory.context
        state = np.concatenate([memory.state for memory in memories], axis=1)
        output, new_state = self._session.run(None, {"input": batch, "state": state, "sr": self._rate})
        for index, memory in enumerate(memories):
            memory.state = new_state[:, index : index + 1].copy()
            memory.context = batch[index, -CONTEXT:].copy()
        return [float(probability) for probability in output[:, 0]]


def require_asset() -> None:
    """Raises ConfigError when the network's file is missing."""
    if not ASSET.is_file():
        raise ConfigError(f"the voice detector's network {ASSET.name} is missing: run `python tools/assets.py`")
