"""How much of something may come: so much at once, and so much a second for as long as it likes."""


class Rate:
    """One sender's. Full at first. Times are seconds that never go back."""

    def __init__(self, at_once: int, a_second: float, now_s: float) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left: float = at_once
        self._counted_s = now_s

    def take(self, now_s: float) -> bool:
        """Count one; whether it is still allowed. What is not allowed costs nothing."""
        self._left = min(self._at_once, self._left + (now_s - self._counted_s) * self._a_second)
        self._counted_s = now_s
        allowed = self._left >= 1
        self._left -= allowed
        return allowed
