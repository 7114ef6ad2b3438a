"""The key ring in SQLite keeps the port's promises, and keeps no secret."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from antiphon.adapters.keys import KeyRing
from antiphon.testing.contracts.credentials import KEYS, LIFE, CredentialsContract, MakeCredentials, MovedClock


@pytest.fixture
def make_credentials(tmp_path: Path) -> MakeCredentials:
    return lambda clock: closing(KeyRing(tmp_path / "data" / "keys.db", clock, tenant="demo", keys=KEYS))


class TestKeyRing(CredentialsContract):
    pass


def test_only_hashes_are_on_disk_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.db", MovedClock(), tenant="demo", keys=KEYS)
    link = ring.mint_link("demo")
    session = ring.redeem(ring.mint_link("demo"))
    files = sorted(tmp_path.iterdir())
    kept = b"".join(path.read_bytes() for path in files)
    assert b"demo" in kept
    assert [] == [secret for secret in (*KEYS, link, session) if secret.encode() in kept]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}
    ring.close()


def test_what_has_expired_does_not_pile_up_while_the_server_runs(tmp_path: Path) -> None:
    clock = MovedClock()
    ring = KeyRing(tmp_path / "keys.db", clock, tenant="demo", keys=())
    for _ in range(5):
        for _ in range(20):
            ring.redeem(ring.mint_link("demo"))
        clock.now += LIFE
    ring.close()
    with closing(sqlite3.connect(tmp_path / "keys.db")) as kept:
        assert kept.execute("SELECT count(*) FROM tokens").fetchone()[0] <= 21
