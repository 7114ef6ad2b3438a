"""The process's clocks: the one place that reads them."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `ports.clock.Clock` with CLOCK_MONOTONIC and the system's UTC."""

    def monotonic_ms(self) -> int:
        """See `ports.clock`."""
        return time.monotonic_ns() // 1_000_000

    def utc(self) -> datetime:
        """See `ports.clock`."""
        return datetime.now(UTC)
