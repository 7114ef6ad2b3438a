"""Hop 11: the call's lines on their way to the journal.

Lines leave in the order the machine saw and ordered them. Nothing on the live path waits for the disk, except an effect, which
waits for its intent (`durable`).
"""

import asyncio
from collections.abc import Callable

from antiphon.core.commands import Command
from antiphon.core.errors import InvariantBroken
from antiphon.core.events import Event
from antiphon.core.journal import encode
from antiphon.ports.journal import Journal

LONGEST_BACKLOG = 5_000
"""Lines waiting for the disk before the call is stopped rather than a line lost: minutes of a busy call."""


class Scribe:
    """Writes one call's journal. `run` is its only task; `seen` and `ordered` never block."""

    def __init__(self, journal: Journal, call: str, epoch: int, seq: int = 0) -> None:
        self._journal, self._call, self._epoch = journal, call, epoch
        self._written = seq
        self._queued = seq
        self._lines: list[str] = []
        self._urgent = False
        self._wake = asyncio.Event()
        self._durable = asyncio.Condition()
        self._closing = False
        self.listeners: list[Callable[[str], None]] = []

    def seen(self, event: Event) -> None:
        """The machine was given `event`."""
        self._append(encode(event))

    def ordered(self, command: Command, at_ms: int) -> None:
        """The machine ordered `command` at call time `at_ms`."""
        self._append(encode(command, at_ms))

    def _append(self, line: str) -> None:
        if len(self._lines) >= LONGEST_BACKLOG:
            raise InvariantBroken(
                f"{LONGEST_BACKLOG} journal lines wait for the disk; the call stops before one is lost"
            )
        self._lines.append(line)
        self._queued += 1
        self._wake.set()
        for listen in self.listeners:
            listen(line)

    async def durable(self) -> None:
        """Return when everything seen and ordered so far is on disk."""
        wanted = self._queued
        self._urgent = True
        self._wake.set()
        self._journal.hurry()  # lines before these may be waiting for company, and these wait for them
        async with self._durable:
            await self._durable.wait_for(lambda: self._written >= wanted)

    async def run(self) -> None:
        """Commit lines until `close`. Raises Fenced when the call has another owner."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._lines:
                await self._commit()
            if self._closing:
                return

    async def _commit(self) -> None:
        lines, self._lines = self._lines, []
        urgent, self._urgent = self._urgent or self._closing, False
        await self._journal.append(self._call, self._epoch, self._written, lines, urgent=urgent)
        async with self._durable:
            self._written += len(lines)
            self._durable.notify_all()

    def close(self) -> None:
        """Let `run` end once all lines are durable."""
        self._closing = True
        self._wake.set()
