"""Edges of speech from a detector's probabilities: hysteresis, and durations against clicks and short gaps."""

from collections.abc import Iterator
from dataclasses import dataclass

RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class ActivityPolicy:
    """Two thresholds so that a voice near one does not flicker (Silero's and LiveKit's: 0.5 and 0.15 below), durations in ms."""

    activation: float = 0.5
    deactivation: float = 0.35
    speech_ms: int = 50  # shorter is a click (LiveKit 50; two windows of 32 ms)
    silence_ms: int = 200  # silence before the end is reported; decoding begins then (Pipecat's stop_secs)


@dataclass(frozen=True, slots=True)
class Started:
    """Speech since `onset_sample`."""

    onset_sample: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Silence since `end_sample`."""

    end_sample: int


class Activity:
    """One stream's edges. Samples count at 16 kHz from the stream's start."""

    def __init__(self, policy: ActivityPolicy) -> None:
        self._policy = policy
        self._speaking = False
        self._onset: int | None = None  # where the voice that is not yet long enough began
        self._last_voice = 0
        self._window_start = 0

    @property
    def speaking(self) -> bool:
        """Whether speech has started and not stopped."""
        return self._speaking

    def push(self, end_sample: int, probability: float) -> Iterator[Started | Stopped]:
        """One window that ends at `end_sample`; yields at most one edge."""
        start, self._window_start = self._window_start, end_sample
        voiced = probability >= (self._policy.deactivation if self._speaking else self._policy.activation)
        if voiced:
            self._last_voice = end_sample
        if self._speaking:
            if _ms(end_sample - self._last_voice) >= self._policy.silence_ms:
                self._speaking, self._onset = False, None
                yield Stopped(self._last_voice)
            return
        if not voiced:
            self._onset = None
            return
        self._onset = start if self._onset is None else self._onset
        if _ms(end_sample - self._onset) >= self._policy.speech_ms:
            self._speaking = True
            yield Started(self._onset)


def _ms(samples: int) -> float:
    return samples * 1000 / RATE_HZ
