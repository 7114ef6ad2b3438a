"""Relays: where callers whose own packets find no way send them instead (TURN, RFC 8656)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class IceServer:
    """One entry of a peer connection's `iceServers` (W3C webrtc-pc 4.2.4)."""

    urls: tuple[str, ...]
    username: str
    credential: str


class Relays(Protocol):
    """Hands out what a client needs to use a relay."""

    def servers(self, user: str) -> tuple[IceServer, ...]:
        """For one call, good for a limited time; nothing where there is no relay. `user` is named to the relay."""
