"""Telephone keys (RFC 4733): which of the clocks that a caller offers the core takes."""

import pytest

from antiphon import _media  # noqa: TID251  # its own test

AT_48_KHZ = "a=rtpmap:110 telephone-event/48000\r\n"
AT_8_KHZ = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"


@pytest.mark.parametrize(
    ("offered", "agreed", "not_agreed"),
    [
        (AT_48_KHZ, "telephone-event/48000", "telephone-event/8000"),
        (AT_8_KHZ, "telephone-event/8000", "telephone-event/48000"),
        (AT_48_KHZ + AT_8_KHZ, "telephone-event/48000", "telephone-event/8000"),
        (AT_8_KHZ + AT_48_KHZ, "telephone-event/48000", "telephone-event/8000"),
        ("", "opus/48000", "telephone-event"),
    ],
    ids=["as Pion", "as Firefox", "as Chromium", "the other way about", "as aiortc"],
)
def test_keys_have_the_voices_clock_where_the_caller_has_it(offered: str, agreed: str, not_agreed: str) -> None:
    """Firefox offers 8 kHz alone. Taking both from Chromium would cost each key's length: it then sends only ends."""
    caller, server = _media.Core(), _media.Core()
    _, offer = caller.offer()
    assert AT_48_KHZ in offer
    first = offer.partition("m=audio ")[2].partition("\r\n")[0]
    bare = "\r\n".join(line for line in offer.split("\r\n") if not line.startswith(("a=rtpmap:110", "a=fmtp:110")))
    numbers = " 110" * (AT_48_KHZ in offered) + " 101" * (AT_8_KHZ in offered)
    asked = bare.replace(first, first.replace(" 110", "") + numbers).replace("a=rtpmap:", offered + "a=rtpmap:", 1)
    _, answer = server.answer(asked)
    assert agreed in answer
    assert not_agreed not in answer
    caller.shutdown()
    server.shutdown()
