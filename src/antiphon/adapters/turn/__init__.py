"""Credentials for a TURN server that shares a secret with us, such as coturn's `static-auth-secret`.

The user name says until when it is good, and the password is its HMAC under the secret: the relay checks both without asking us
(draft-uberti-behave-turn-rest, which coturn implements).
"""

import base64
import hashlib
import hmac

from antiphon.ports.clock import Clock
from antiphon.ports.relay import IceServer

LIFE_S = 3_600
"""A relay asks for the credentials again whenever an allocation is refreshed, so they outlive the longest call of 30 minutes."""


class SharedSecretRelays:
    """Implements `ports.relay.Relays`."""

    def __init__(self, urls: tuple[str, ...], secret: str, clock: Clock) -> None:
        self._urls, self._secret, self._clock = urls, secret.encode(), clock

    def servers(self, user: str) -> tuple[IceServer, ...]:
        """See the port."""
        username = f"{int(self._clock.utc().timestamp()) + LIFE_S}:{user}"
        digest = hmac.new(self._secret, username.encode(), hashlib.sha1).digest()
        return (IceServer(self._urls, username, base64.b64encode(digest).decode()),)
