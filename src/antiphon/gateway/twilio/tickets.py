"""Tickets: the webhook, which is signed, hands out what the media stream, which is not, must show."""

import secrets
from collections.abc import Callable

from antiphon.core.errors import Unauthorized
from antiphon.ports.reception import Visitor

VALID_S = 60.0
"""Twilio opens the stream within a second of the answer."""
MOST = 1_000
"""Tickets at a time: more signed webhooks than that in a minute are no phone traffic of one machine."""


class Tickets:
    """Each lets one visitor in, once. `now` gives seconds that never go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: dict[str, tuple[float, Visitor]] = {}

    def mint(self, visitor: Visitor) -> str:
        """A ticket for `visitor`."""
        now = self._now()
        self._open = {ticket: (until, who) for ticket, (until, who) in self._open.items() if until > now}
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        ticket = secrets.token_urlsafe(24)
        self._open[ticket] = (now + VALID_S, visitor)
        return ticket

    def redeem(self, ticket: str) -> Visitor:
        """Raises Unauthorized for a ticket that is unknown, old or used."""
        until, visitor = self._open.pop(ticket, (0.0, None))
        if visitor is None or until <= self._now():
            raise Unauthorized("This stream has no valid ticket: it must come from the TwiML of /twilio/voice.")
        return visitor
