"""Ids: typed by a prefix, ordered by time, unguessable enough to be names and never credentials."""

import secrets

from antiphon.ports.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no i, l, o, u, so that an id can be read aloud."""


class TimeOrderedIds:
    """Mints ids such as call_01jd3…: 48 bits of milliseconds, 60 of randomness."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, prefix: str) -> str:
        """A new id of that kind."""
        moment = int(self._clock.utc().timestamp() * 1000)
        return f"{prefix}_{_digits(moment, 10)}{_digits(secrets.randbits(60), 12)}"


def _digits(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return digits
