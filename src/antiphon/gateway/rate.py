"""How many messages a connection may bring: a second's, and what a stalled network held up."""

A_SECOND = 200
"""50 are audio; a client that types and tells of its playout adds about 12."""
AT_ONCE = 1_800
"""Audio of the 35 s for which a lost caller's place is kept, and what was said meanwhile: TCP brings it all in one go."""


class Rate:
    """One connection's. Full at first. Times are seconds that never go back."""

    def __init__(self, now_s: float) -> None:
        self._left: float = AT_ONCE
        self._counted_s = now_s

    def take(self, now_s: float) -> bool:
        """Count one message; whether it was still allowed."""
        self._left = min(AT_ONCE, self._left + (now_s - self._counted_s) * A_SECOND) - 1
        self._counted_s = now_s
        return self._left >= 0
