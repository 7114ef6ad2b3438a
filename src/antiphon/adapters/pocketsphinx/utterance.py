"""One utterance on its way through a leased worker: audio waits here until there is one."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.ports.stt import Heard

WAITING = 960_000  # bytes kept while no worker is free: 30 s; the oldest audio goes first


class Lease(Protocol):
    """A worker that belongs to this utterance for now."""

    def audio(self, pcm: bytes) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


class Utterance:
    """Audio in, `Heard` out. `domain` is a model's folder or None; `means` the caller's cepstral means, updated at the end; a
    domain decoder that is surprised no more than `most_surprise` does not wait for a general one that is behind."""

    def __init__(
        self, domain: str | None, means: dict[str, str], interim: Callable[[str], None], most_surprise: float
    ) -> None:
        self.domain, self.means, self.interim, self.most_surprise = domain, means, interim, most_surprise
        self.dropped_bytes = 0
        self.empty = True
        self.over = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._lease: Lease | None = None
        self._result: asyncio.Future[Heard] | None = None
        self._error: ProviderError | None = None
        self._finishing = False

    def push(self, pcm: bytes) -> None:
        """More audio; never blocks."""
        self.empty = self.empty and not pcm
        if self._lease is not None:
            self._lease.audio(pcm)
            return
        self._waiting.append(pcm)
        self._waiting_bytes += len(pcm)
        while self._waiting_bytes > WAITING:
            lost = len(self._waiting.popleft())
            self._waiting_bytes -= lost
            self.dropped_bytes += lost

    async def finish(self, patience_s: float) -> Heard:
        """The words. Raises ProviderError; no free worker within `patience_s` seconds is one."""
        if self._error is not None:
            raise self._error
        self._finishing = True
        self._result = asyncio.get_running_loop().create_future()
        if self._lease is not None:
            self._lease.finish()
            return await self._result
        waited = asyncio.get_running_loop().call_later(patience_s, self._give_up)
        try:
            return await self._result
        finally:
            waited.cancel()

    def leased(self, lease: Lease) -> None:
        """A worker is free: what waited goes to it."""
        self._lease = lease
        for pcm in self._waiting:
            lease.audio(pcm)
        self._waiting.clear()
        if self._finishing:
            lease.finish()

    def abandon(self) -> None:
        """Nobody wants the words any more; the worker is told."""
        if self.over:
            return
        self.over = True
        if self._lease is not None:
            self._lease.abandon()

    def heard(self, heard: Heard, means: dict[str, str]) -> None:
        """The worker's answer."""
        self.over = True
        self.means.update(means)
        if self._result is not None and not self._result.done():
            self._result.set_result(heard)

    def failed(self, error: ProviderError) -> None:
        """The worker is lost."""
        self.over = True
        self._error = error
        self._lease = None
        if self._result is not None and not self._result.done():
            self._result.set_exception(error)

    def _give_up(self) -> None:
        if self._lease is None:
            self.failed(
                ProviderError("every recogniser is busy with other callers", ProviderFault.LIMIT, retryable=True)
            )
