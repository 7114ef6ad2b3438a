"""A sink that remembers what a leg delivered, and can be waited on."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from antiphon.ports.leg import LegFact

Pcm = np.ndarray[Any, np.dtype[np.int16]]
F = TypeVar("F")


class Ear:
    """Implements LegSink."""

    def __init__(self) -> None:
        self.facts: list[LegFact] = []
        self.frames: list[tuple[int, bytes]] = []
        self._news = asyncio.Event()

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self.frames.append((at_ms, bytes(pcm)))
        self._news.set()

    def fact(self, fact: LegFact) -> None:
        self.facts.append(fact)
        self._news.set()

    def pcm(self) -> Pcm:
        """All audio so far, 16 kHz."""
        return np.frombuffer(b"".join(frame for _, frame in self.frames), np.int16)

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, condition: Callable[[], object], within_s: float = 10) -> None:
        """Wait until `condition` holds; looks after every delivery."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()
