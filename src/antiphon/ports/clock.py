"""Clocks by argument: call time counts milliseconds, wall time is UTC for records."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The two clocks a process has."""

    def monotonic_ms(self) -> int:
        """Milliseconds of CLOCK_MONOTONIC, the clock the media core stamps its facts with."""

    def utc(self) -> datetime:
        """The wall clock, timezone-aware UTC."""
