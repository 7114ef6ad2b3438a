"""Which relay callers may use: its addresses, and the secret it shares with us."""

import re
from dataclasses import dataclass, field

from antiphon.core.errors import ConfigError

_URL = re.compile(r"turns?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?")
"""RFC 7065 3.1, with the transports that browsers know."""


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """A relay; see docs/how-to/networks.md."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)


def turn_settings(urls: str, secret: str | None) -> TurnSettings | None:
    """None without a relay. Raises ConfigError for half of one."""
    named = tuple(part.strip() for part in urls.split(",") if part.strip())
    for url in named:
        if not _URL.fullmatch(url):
            raise ConfigError(
                f"ANTIPHON_TURN={urls}: {url!r} is no relay's address; write it like turn:relay.example.com:3478?transport=udp, "
                "several separated by commas."
            )
    if named and not secret:
        raise ConfigError(
            "ANTIPHON_TURN names a relay, but ANTIPHON_TURN_SECRET is not set: give the secret that the relay has as "
            "`static-auth-secret` (coturn), or name a file with it in ANTIPHON_TURN_SECRET_FILE."
        )
    if secret and not named:
        raise ConfigError("ANTIPHON_TURN_SECRET is set, but not ANTIPHON_TURN: say where the relay is.")
    return TurnSettings(named, secret) if secret else None
