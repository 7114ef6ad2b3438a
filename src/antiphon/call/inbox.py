"""What a call is yet to be told: events wait here, in order, for the one loop that handles them."""

import asyncio
from collections import deque

from antiphon.core.events import Event


class Inbox:
    """Posting never blocks."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._wake = asyncio.Event()

    def post(self, event: Event) -> None:
        """One more."""
        self._events.append(event)
        self._wake.set()

    def take(self) -> Event | None:
        """The oldest, if there is any."""
        return self._events.popleft() if self._events else None

    async def wait(self, seconds: float | None) -> bool:
        """Whether there is an event; False when that time has passed without one. An event may come between the moment in which the
        time is up and the one in which the waiting task runs again: it has the older stamp, and goes first."""
        try:
            async with asyncio.timeout(seconds):
                while not self._events:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            pass  # what the time that is up means is the caller's to say
        return bool(self._events)
