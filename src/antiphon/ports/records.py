"""Records: one row of structured data for every call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from antiphon.core.proposal import Json


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """A call in a list. Times are ISO 8601 UTC."""

    call: str
    agent: str
    channel: str
    started: str
    ended: str | None
    outcome: str | None
    reference: str | None


class Records(Protocol):
    """Written when a call ends (and once when it begins, so that a list shows calls that run)."""

    async def save(self, tenant: str, record: Mapping[str, Json]) -> None:
        """Insert or replace the row of `record["call"]` in one transaction, with its slots, tool calls and transcript, and an
        outbox line beside it."""

    async def get(self, tenant: str, call: str) -> Mapping[str, Json]:
        """The whole record. Raises NotFound."""

    async def list(self, tenant: str, limit: int = 50, before: str | None = None) -> Sequence[RecordSummary]:
        """Newest first; `before` is a call id to go on from."""
