"""Keys that an agent may press."""

import pytest

from antiphon.core.keys import MOST_KEYS, trouble_with


@pytest.mark.parametrize("keys", ["1", "4155550100#", "w1,2W*#ABCDabcd", "1" * MOST_KEYS, "1,,,,,,,,,"])
def test_what_a_telephone_has_can_be_pressed(keys: str) -> None:
    assert trouble_with(keys) is None


@pytest.mark.parametrize(
    ("keys", "trouble"),
    [
        ("", "no key"),
        ("w,w", "no key"),
        ("1 2", "only 0-9"),
        ("(415) 555-0100", "only 0-9"),
        ("12E", "only 0-9"),
        ("١٢1", "only 0-9"),
        ("1" * (MOST_KEYS + 1), "at most 32"),
        ("1,,,,,,,,,,", "20 seconds"),
    ],
)
def test_what_cannot_be_pressed_is_told_without_being_repeated(keys: str, trouble: str) -> None:
    told = trouble_with(keys)
    assert told is not None
    assert trouble in told
    assert not keys or keys not in told
