"""What every keeper of credentials promises. Subclass `CredentialsContract` and give it the fixture `make_credentials`."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from antiphon.core.errors import Unauthorized
from antiphon.ports.clock import Clock
from antiphon.ports.credentials import Credentials

MakeCredentials = Callable[[Clock], AbstractContextManager[Credentials]]
"""Credentials with `KEYS` of the tenant "demo"; all made in one test share what they have minted, as processes do."""
KEYS = ("a-key-of-forty-characters-0123456789abcd", "the-key-that-replaces-it-0123456789abcde")
LIFE = timedelta(hours=12)
RACERS = 40


class MovedClock:
    """A wall clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 20, tzinfo=UTC)

    def utc(self) -> datetime:
        """See `ports.clock`."""
        return self.now

    def monotonic_ms(self) -> int:
        """See `ports.clock`."""
        return int(self.now.timestamp() * 1_000)


def nothing_opens(credentials: Credentials, token: str) -> None:
    """Fails if the token is good for anything."""
    for ask in (credentials.tenant_of_key, credentials.redeem, credentials.tenant_of_session):
        with pytest.raises(Unauthorized):
            ask(token)


class CredentialsContract:
    """The promises."""

    @pytest.mark.parametrize("key", KEYS)
    def test_each_configured_key_opens_its_tenant(self, make_credentials: MakeCredentials, key: str) -> None:
        with make_credentials(MovedClock()) as credentials:
            assert credentials.tenant_of_key(key) == "demo"

    @pytest.mark.parametrize(
        "token", ["", " ", "x", KEYS[0][:-1], KEYS[0] + " ", KEYS[0].upper(), "\ud800", "é" * 40, "\0"]
    )
    def test_what_is_no_key_opens_nothing(self, make_credentials: MakeCredentials, token: str) -> None:
        with make_credentials(MovedClock()) as credentials:
            nothing_opens(credentials, token)

    def test_a_link_buys_a_session_once(self, make_credentials: MakeCredentials) -> None:
        with make_credentials(MovedClock()) as credentials:
            link = credentials.mint_link("demo")
            session = credentials.redeem(link)
            assert credentials.tenant_of_session(session) == "demo"
            nothing_opens(credentials, link)

    def test_a_link_is_no_session_and_a_session_no_link(self, make_credentials: MakeCredentials) -> None:
        with make_credentials(MovedClock()) as credentials:
            link = credentials.mint_link("demo")
            with pytest.raises(Unauthorized):
                credentials.tenant_of_session(link)
            with pytest.raises(Unauthorized):
                credentials.tenant_of_key(link)
            session = credentials.redeem(link)
            with pytest.raises(Unauthorized):
                credentials.redeem(session)
            with pytest.raises(Unauthorized):
                credentials.tenant_of_key(session)
            assert credentials.tenant_of_session(session) == "demo"

    def test_a_session_belongs_to_the_tenant_the_link_was_made_for(self, make_credentials: MakeCredentials) -> None:
        with make_credentials(MovedClock()) as credentials:
            sessions = {tenant: credentials.redeem(credentials.mint_link(tenant)) for tenant in ("demo", "other")}
            assert {tenant: credentials.tenant_of_session(session) for tenant, session in sessions.items()} == {
                "demo": "demo",
                "other": "other",
            }

    def test_another_process_mints_for_the_one_that_runs(self, make_credentials: MakeCredentials) -> None:
        clock = MovedClock()
        with make_credentials(clock) as running, make_credentials(clock) as command:
            session = running.redeem(command.mint_link("demo"))
        with make_credentials(clock) as restarted:
            assert restarted.tenant_of_session(session) == "demo"

    def test_links_and_sessions_expire(self, make_credentials: MakeCredentials) -> None:
        clock = MovedClock()
        with make_credentials(clock) as credentials:
            early, late = credentials.mint_link("demo"), credentials.mint_link("demo")
            clock.now += LIFE - timedelta(seconds=1)
            session = credentials.redeem(late)
            clock.now += timedelta(seconds=1)
            nothing_opens(credentials, early)
            assert credentials.tenant_of_session(session) == "demo"
            clock.now += LIFE
            nothing_opens(credentials, session)

    def test_tokens_have_256_bits_and_are_never_the_same(self, make_credentials: MakeCredentials) -> None:
        with make_credentials(MovedClock()) as credentials:
            links = [credentials.mint_link("demo") for _ in range(50)]
            sessions = [credentials.redeem(link) for link in links]
            assert len({*links, *sessions}) == 100
            assert min(len(token) for token in [*links, *sessions]) >= 43  # 256 bits in base 64

    def test_of_forty_racers_for_one_link_one_enters(self, make_credentials: MakeCredentials) -> None:
        with make_credentials(MovedClock()) as credentials:
            link = credentials.mint_link("demo")
        outcomes: list[str] = []
        together = threading.Barrier(RACERS)

        def race() -> None:
            with make_credentials(MovedClock()) as credentials:
                together.wait()
                try:
                    outcomes.append(credentials.tenant_of_session(credentials.redeem(link)))
                except Exception as error:  # noqa: BLE001  # every kind is counted: "database is locked" is not a refusal
                    outcomes.append(type(error).__name__)

        racers = [threading.Thread(target=race) for _ in range(RACERS)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert Counter(outcomes) == {"demo": 1, "Unauthorized": RACERS - 1}
