"""How far the voice is ahead of the caller's ear: audio that the leg has been given and has not sent."""

MOST_MS = 30_000
"""A leg holds a minute and drops what is beyond it (the media core's `QUEUED_PLAYOUT_MS`); a clause, which is given whole, has 20 s
at most, and a model may say two minutes in one reply."""


class Lead:
    """Of one call, over all its replies."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[int, int]] = {}  # reply: ms given, ms sent

    @property
    def is_long(self) -> bool:
        """Whether the leg has enough for now."""
        return sum(given - sent for given, sent in self._waiting.values()) >= MOST_MS

    def give(self, reply: int, audio_ms: int) -> None:
        """More of `reply` has gone to the leg."""
        given, sent = self._waiting.get(reply, (0, 0))
        self._waiting[reply] = given + audio_ms, sent

    def played(self, reply: int, position_ms: int, *, done: bool) -> None:
        """So much of it has been sent; less than before if some was taken back."""
        if done:
            self.drop(reply)
        elif reply in self._waiting:
            given, _ = self._waiting[reply]
            self._waiting[reply] = given, min(given, position_ms)

    def drop(self, reply: int) -> None:
        """Nothing of it is to be sent any more."""
        self._waiting.pop(reply, None)
