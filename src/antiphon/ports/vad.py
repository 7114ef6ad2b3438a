"""Voice activity detection: a probability of speech per window of caller audio, batched over all calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VadProfile:
    """The window a detector judges, in samples at 16 kHz (Silero: 512 = 32 ms)."""

    name: str
    window: int


class VadStream(Protocol):
    """One call's detector state."""

    def push(self, pcm: memoryview) -> None:
        """16 kHz int16 PCM of any length; copied, never blocks. Windows are judged soon, in order."""

    def close(self) -> None:
        """Forget the stream; safe to call twice."""


class Vad(Protocol):
    """A detector shared by all calls of the process."""

    @property
    def profile(self) -> VadProfile: ...

    def open(self, verdict: Callable[[int, float], None]) -> VadStream:
        """A new stream. `verdict(end_sample, probability)` is called on the event loop for each window; `end_sample` counts
        samples pushed to this stream up to the window's end."""

    async def aclose(self) -> None:
        """Stop; streams fall silent."""
