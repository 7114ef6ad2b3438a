"""Call time: milliseconds since this call started, never going back."""

from antiphon.ports.clock import Clock


class CallClock:
    """Turns the leg's stamps and the process's clock into one call time that only goes forward.

    Legs stamp their facts when they happen; a fact may reach the loop after a younger one of another source. The machine
    needs one order, so a late stamp is lifted to the youngest time already used.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.started_ms = clock.monotonic_ms()
        self._latest = 0

    def now(self) -> int:
        """Call time of this moment, ms."""
        return self.at(self._clock.monotonic_ms())

    def at(self, monotonic_ms: int) -> int:
        """Call time of a stamp, lifted so that time never goes back."""
        self._latest = max(self._latest, monotonic_ms - self.started_ms)
        return self._latest

    def of(self, monotonic_ms: int) -> int:
        """Call time of a moment in the past, not lifted: for onsets and ends, which lie before their detection."""
        return max(0, monotonic_ms - self.started_ms)
