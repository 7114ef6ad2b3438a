"""Twilio's face in parts: signatures, tickets, and the book of marks."""

import pytest

from antiphon.config.server import read_settings
from antiphon.core.errors import ConfigError, Unauthorized
from antiphon.gateway.twilio.media_stream import PhoneLine, take
from antiphon.gateway.twilio.tickets import MOST, VALID_S, Tickets
from antiphon.gateway.twilio_account import TwilioAccount, signature_of
from antiphon.ports.reception import Visitor

TWILIOS_EXAMPLE = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
VISITOR = Visitor("demo", "salon", "+12125550147")


class Seconds:
    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


def test_a_signature_is_that_of_twilios_own_page() -> None:
    # The example of "Webhooks security"; twilio 9.13's RequestValidator computes the same.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert "RSOYDt4T1cUTdK1PDd93/VVr8B8=" == signature_of("12345", url, TWILIOS_EXAMPLE)


def test_every_part_of_a_request_is_signed() -> None:
    account = TwilioAccount("12345", "https://mycompany.com", "demo")
    right = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert account.signed("/myapp.php?foo=1&bar=2", reversed(TWILIOS_EXAMPLE), right)
    assert not account.signed("/myapp.php?foo=1", TWILIOS_EXAMPLE, right)
    assert not account.signed("/myapp.php?foo=1&bar=2", TWILIOS_EXAMPLE[1:], right)
    assert not account.signed("/myapp.php?foo=1&bar=2", [*TWILIOS_EXAMPLE[:-1], ("To", "+1")], right)
    assert not account.signed("/myapp.php?foo=1&bar=2", TWILIOS_EXAMPLE, "ä")


def test_a_ticket_lets_one_visitor_in_once_and_not_for_long() -> None:
    seconds = Seconds()
    tickets = Tickets(seconds)
    used, old = tickets.mint(VISITOR), tickets.mint(VISITOR)
    assert VISITOR == tickets.redeem(used)
    seconds.now += VALID_S
    for ticket in (used, old, "guessed", ""):
        with pytest.raises(Unauthorized):
            tickets.redeem(ticket)


def test_a_flood_of_webhooks_costs_the_oldest_tickets() -> None:
    tickets = Tickets(Seconds())
    minted = [tickets.mint(VISITOR) for _ in range(MOST + 1)]
    with pytest.raises(Unauthorized):
        tickets.redeem(minted[0])
    assert VISITOR == tickets.redeem(minted[1])


def test_a_mark_that_a_clear_has_dropped_was_not_heard() -> None:
    line = PhoneLine("MZ0")
    line.mark(3, 100)
    line.mark(3, 200)
    assert (3, 100) == line.played("3:100")
    line.clear(3)
    line.mark(4, 100)
    assert line.played("3:200") is None
    assert (4, 100) == line.played("4:100")
    assert line.played("4:100") is None
    assert line.played("9:9") is None


class Fed:
    """A leg that counts its packets."""

    def __init__(self) -> None:
        self.places: list[tuple[int, int] | None] = []

    def feed(self, payload: bytes, place: tuple[int, int] | None = None) -> None:
        self.places.append(place)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", '"x"', "null", "[]"])
def test_a_packet_that_stands_nowhere_is_lost_and_the_stream_goes_on(number: str) -> None:
    leg = Fed()
    for chunk in (number, "1"):
        message = f'{{"event": "media", "media": {{"payload": "//8=", "chunk": {chunk}, "timestamp": 20}}}}'
        assert take(message, PhoneLine("MZ0"), leg)  # type: ignore[arg-type]  # nothing else of a leg is used
    assert [(1, 960)] == leg.places


def test_a_phone_that_cannot_be_reached_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="ANTIPHON_PUBLIC_URL"):
        read_settings({"TWILIO_AUTH_TOKEN": "t"})
    for wrong in ("voice.example.com", "ftp://voice.example.com", "https://voice.example.com/path", "https://a:b@c"):
        with pytest.raises(ConfigError, match="without a path"):
            read_settings({"ANTIPHON_PUBLIC_URL": wrong})
    assert (
        "https://voice.example.com" == read_settings({"ANTIPHON_PUBLIC_URL": "https://voice.example.com/"}).public_url
    )
