"""A caller who cannot be heard for a while: their network is gone, or they have put the call on hold."""

from dataclasses import dataclass


@dataclass(slots=True)
class Absence:
    """Whether the caller is away, and since when they are back. Who is away is not asked, and has not finished."""

    away: bool = False
    _back_ms: int = 0

    def leave(self) -> None:
        """The leg reaches the caller no longer."""
        self.away = True

    def back(self, now_ms: int) -> None:
        """It does again."""
        if self.away:
            self.away, self._back_ms = False, now_ms

    def earliest_ms(self, due_ms: int, wait_ms: int) -> int:
        """When something may fall due that waits for the caller: they have `wait_ms` after they are back."""
        return max(due_ms, self._back_ms + wait_ms) if self._back_ms else due_ms
