"""Where callers connect whose network blocks UDP."""

import pytest

from antiphon.config.server import Address, read_settings
from antiphon.core.errors import ConfigError


def test_media_over_tcp_is_off_unless_an_address_is_given() -> None:
    assert read_settings({}).ice_tcp is None
    assert Address("127.0.0.1", 443) == read_settings({"ANTIPHON_ICE_TCP": "127.0.0.1:443"}).ice_tcp


@pytest.mark.parametrize("text", ["443tcp", "127.0.0.1:99999", "127.0.0.1:8080"])
def test_what_is_no_address_or_is_the_pages_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="ANTIPHON_ICE_TCP"):
        read_settings({"ANTIPHON_ICE_TCP": text})
