"""Whether anything still comes over a WebSocket: TCP itself notices a dead network after minutes."""

import asyncio
from collections.abc import Callable

PING_GAP_S = 3.0
"""Three of a client's pings, one a second."""
MEDIA_GAP_S, STEADY_GAP_S, STEADY = 0.7, 0.2, 10
"""As the media core has it (`link.rs`): so many packets without a longer pause between them promise another within 0.7 s."""
LOOK_S = 0.25


class Watch:
    """Tells when messages stop coming from a client that pings, and when they come again. A client that does not may be silent."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self.pings = False
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._last_s = self._loop.time()
        self._steady = 0
        self._timer = self._loop.call_later(LOOK_S, self._look)

    def note(self, audio: bool) -> None:
        """A message has come."""
        now_s = self._loop.time()
        if audio:
            self._steady = self._steady + 1 if now_s - self._last_s <= STEADY_GAP_S else 0
        self._last_s = now_s
        self._tell(False)

    def rest(self) -> None:
        """The caller says that no audio will come."""
        self._steady = 0

    def close(self) -> None:
        """Tell nothing more."""
        self._timer.cancel()

    def _look(self) -> None:
        gap_s = MEDIA_GAP_S if self._steady >= STEADY else PING_GAP_S
        if self.pings and self._loop.time() - self._last_s > gap_s:
            self._steady = 0
            self._tell(True)
        self._timer = self._loop.call_later(LOOK_S, self._look)
