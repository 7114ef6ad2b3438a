"""Bearer keys, one-time links and sessions. Only hashes are kept; keys have full entropy, so a plain SHA-256 is enough.

Links and sessions live in a small SQLite file, because `antiphon link` is another process than the server that honours its link.
A look-up takes about 20 µs, so it is done on the event loop.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from antiphon.core.errors import Unauthorized
from antiphon.ports.clock import Clock

LINK_LIFE = timedelta(hours=12)
SESSION_LIFE = timedelta(hours=12)
_TABLE = "CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, kind TEXT, tenant TEXT, expires TEXT)"


class KeyRing:
    """Implements `ports.credentials.Credentials`. `keys` are bearer keys of `tenant`."""

    def __init__(self, path: Path, clock: Clock, *, tenant: str, keys: Iterable[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # before SQLite does: the files beside it get the mode of this one
        self._clock = clock
        self._bearers = {_hash(key): tenant for key in keys}
        self._tokens = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._tokens.execute("PRAGMA journal_mode = WAL")
        self._tokens.execute(_TABLE)

    def tenant_of_key(self, key: str) -> str:
        """See `ports.credentials`."""
        given = _hash(key)
        for known, tenant in self._bearers.items():
            if hmac.compare_digest(known, given):
                return tenant
        raise Unauthorized("This key opens nothing here; ANTIPHON_KEY sets the keys that do.")

    def mint_link(self, tenant: str) -> str:
        """See `ports.credentials`."""
        return self._mint("link", tenant, LINK_LIFE)

    def redeem(self, one_time: str) -> str:
        """See `ports.credentials`. Deleting is what spends it, so of many racers one wins."""
        query = "DELETE FROM tokens WHERE hash = ? AND kind = 'link' AND expires > ? RETURNING tenant"
        spent = self._tokens.execute(query, (_hash(one_time), self._now())).fetchall()
        if not spent:
            raise Unauthorized("This link was used already or has expired; `antiphon link` prints another.")
        return self._mint("session", str(spent[0][0]), SESSION_LIFE)

    def tenant_of_session(self, session: str) -> str:
        """See `ports.credentials`."""
        query = "SELECT tenant FROM tokens WHERE hash = ? AND kind = 'session' AND expires > ?"
        found = self._tokens.execute(query, (_hash(session), self._now())).fetchone()
        if found is None:
            raise Unauthorized("This session has ended; `antiphon link` prints a new address.")
        return str(found[0])

    def close(self) -> None:
        """Close the file."""
        self._tokens.close()

    def _mint(self, kind: str, tenant: str, life: timedelta) -> str:
        token = secrets.token_urlsafe(32)
        expires: datetime = self._clock.utc() + life
        self._tokens.execute("DELETE FROM tokens WHERE expires <= ?", (self._now(),))
        self._tokens.execute(
            "INSERT INTO tokens VALUES (?, ?, ?, ?)", (_hash(token), kind, tenant, expires.isoformat())
        )
        return token

    def _now(self) -> str:
        return self._clock.utc().isoformat()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()  # JSON may say "\ud800"
