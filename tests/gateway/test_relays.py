"""What a caller is told of a relay, and which settings name one."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest

from antiphon.adapters.turn import SharedSecretRelays
from antiphon.config.turn import turn_settings
from antiphon.core.errors import ConfigError
from tests.gateway.test_gateway import BEARER, Face

URL = "turn:relay.example.com:3478?transport=udp"


class Noon:
    """Always the same moment."""

    def monotonic_ms(self) -> int:
        return 0

    def utc(self) -> datetime:
        return datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_credentials_name_their_end_and_are_signed_with_the_shared_secret() -> None:
    (server,) = SharedSecretRelays((URL,), "north", Noon()).servers("call_1")
    ends = int(datetime(2026, 11, 28, 13, tzinfo=UTC).timestamp())
    assert (f"{ends}:call_1", (URL,)) == (server.username, server.urls)
    assert hmac.new(b"north", server.username.encode(), hashlib.sha1).digest() == base64.b64decode(server.credential)


def test_an_answer_names_the_relay_with_credentials_of_the_call(tmp_path: Path) -> None:
    face = Face(tmp_path, SharedSecretRelays((URL,), "north", Noon()))
    with face.client:
        offer = {"sdp": "v=0", "type": "offer"}
        began = face.client.post("/api/voice/offer", json=offer, headers=BEARER).json()
        assert ([URL], "call_1") == (began["iceServers"][0]["urls"], began["iceServers"][0]["username"].split(":")[1])
        back = {**offer, "call_id": "call_1", "resume": began["resume"]}
        assert (
            began["iceServers"] == face.client.post("/api/voice/offer", json=back, headers=BEARER).json()["iceServers"]
        )


def test_without_a_relay_none_is_named(tmp_path: Path) -> None:
    face = Face(tmp_path)
    with face.client:
        began = face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER).json()
    assert [] == began["iceServers"]


@pytest.mark.parametrize(
    ("urls", "secret", "names"),
    [
        (URL, None, "ANTIPHON_TURN_SECRET"),
        ("", "north", "ANTIPHON_TURN"),
        ("relay.example.com", "north", "turn:relay.example.com"),
        ("turn:relay.example.com:3478?transport=sctp", "north", "transport=udp"),
        (f"{URL}, http://x", "north", "http://x"),
    ],
)
def test_half_a_relay_is_refused_by_name(urls: str, secret: str | None, names: str) -> None:
    with pytest.raises(ConfigError, match=names.replace("?", r"\?")):
        turn_settings(urls, secret)


def test_several_addresses_of_one_relay_are_taken() -> None:
    settings = turn_settings(f"{URL}, turns:[2001:db8::1]:5349?transport=tcp", "north")
    assert settings is not None
    assert (URL, "turns:[2001:db8::1]:5349?transport=tcp") == settings.urls
    assert "north" not in repr(settings)
