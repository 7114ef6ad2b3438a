"""A caller who says nothing."""

from dataclasses import dataclass


@dataclass(slots=True)
class Silence:
    """How long the floor has been free, and how often in a row the caller was asked for a word."""

    limit_ms: int
    count: int = 0
    _since_ms: int | None = None

    def watch(self, now_ms: int, *, free: bool) -> None:
        """Whether the floor is free for the caller now."""
        if not free:
            self._since_ms = None
        elif self._since_ms is None:
            self._since_ms = now_ms

    @property
    def due_ms(self) -> int | None:
        """When the caller has been silent for too long."""
        return None if self._since_ms is None else self._since_ms + self.limit_ms

    def fall(self) -> None:
        """The caller was silent once more; the time begins anew."""
        self.count += 1
        self._since_ms = None

    def end(self) -> None:
        """The caller said something."""
        self.count = 0
