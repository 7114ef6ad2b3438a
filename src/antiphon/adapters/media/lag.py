"""Whether Python keeps up with the core: how old what it drains is."""

BEHIND_MS = 100
"""The core hands over every 20 ms; five times that is a delay callers notice."""
PATIENCE_MS = 3_000
"""A hiccup is no lag."""
FORGOTTEN_MS = 1_000
"""Without news for so long there are no calls to be late for: each tells its quality every second."""


class Lag:
    """Times are CLOCK_MONOTONIC in ms, as the core's."""

    def __init__(self) -> None:
        self._behind_since_ms: float | None = None
        self._seen_ms = 0.0

    def note(self, now_ms: float, oldest_ms: float) -> None:
        """Something from `oldest_ms` has been drained."""
        self._seen_ms = now_ms
        if now_ms - oldest_ms < BEHIND_MS:
            self._behind_since_ms = None
        elif self._behind_since_ms is None:
            self._behind_since_ms = now_ms

    def lasts(self, now_ms: float) -> bool:
        """Whether everything has come late for some time."""
        since_ms = self._behind_since_ms
        return (
            since_ms is not None and self._seen_ms - since_ms >= PATIENCE_MS and now_ms - self._seen_ms < FORGOTTEN_MS
        )
