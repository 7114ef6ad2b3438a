"""Reception admits a leg to a call, so that doors start calls without knowing what a call is."""

from dataclasses import dataclass
from typing import Protocol

from antiphon.ports.leg import Leg


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door: the tenant comes from the credential."""

    tenant: str
    agent: str | None = None
    caller: str | None = None


class Reception(Protocol):
    """Starts, lists and ends calls."""

    async def check(self, visitor: Visitor) -> None:
        """Raise NotFound for an agent this tenant does not have, Busy when there is no room, before media is set up."""

    async def admit(self, visitor: Visitor, leg: Leg) -> str:
        """Start a call on `leg`; returns its id. Raises as `check`."""

    async def hang_up(self, tenant: str, call: str, reason: str) -> None:
        """End a running call. Raises NotFound."""

    def running(self, tenant: str) -> tuple[str, ...]:
        """Ids of this tenant's calls in progress."""
