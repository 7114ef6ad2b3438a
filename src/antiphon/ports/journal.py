"""The journal: the append-only list of a call's events and commands, the book of record."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line with its place: `seq` counts from 1 without gaps within a call."""

    seq: int
    epoch: int
    line: str


class Journal(Protocol):
    """Lines of all calls are committed together, within 50 ms or at once when someone waits."""

    async def open(self, tenant: str, call: str) -> int:
        """Take the call's journal over: returns the new epoch; writers of older epochs are fenced from now on."""

    async def append(
        self, call: str, epoch: int, expected_seq: int, lines: Sequence[str], *, urgent: bool = False
    ) -> None:
        """Append after line `expected_seq`; returns once durable: within 50 ms, or at once if `urgent`.

        Raises Fenced when another epoch or writer was faster."""

    def hurry(self) -> None:
        """Somebody waits for what was appended before: commit it at once. Never blocks."""

    def read(self, tenant: str, call: str, after: int = 0) -> AsyncIterator[JournalEntry]:
        """The lines so far, in order. Raises NotFound for a call of another tenant."""

    async def aclose(self) -> None:
        """Commit what is pending and stop."""
