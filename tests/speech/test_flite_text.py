"""What Flite is given to read for what a person would write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.adapters.flite.text import words


def spoken(text: str) -> str:
    return " ".join(word.spoken for word in words(text))


@pytest.mark.parametrize(
    "written, read",
    [
        ("at 2:30pm", "at 2 30 pm"),
        ("at 2:30 p.m.", "at 2 30 pm"),
        ("at 2:05 pm", "at 2 oh 5 pm"),
        ("at 2pm, please", "at 2 pm, please"),
        ("at 10 a m", "at 10 am"),
        ("at two p m", "at two pm"),
        ("at 9:00", "at 9 o'clock"),
        ("at 14:30.", "at 14 30."),
        ("it costs £45", "it costs 45 pounds"),
        ("it costs £1.", "it costs 1 pound."),
        ("from £1,250.50", "from 1250 pounds 50"),
        ("€30", "30 euros"),
        ("$12.50", "$12.50"),
        ("GB-20261120-001", "G B, two zero two six, one one two zero, zero zero one"),
        ("on 2026-11-24", "on November 24, 2026"),
        ("call 07700900123", "call zero seven seven, zero zero nine, zero zero one, two three"),
        ("555-0199", "five five five, zero one nine nine"),
        ("+1-202-555-0143.", "plus one, two zero two, five five five, zero one four three."),
        ("2026-2027", "2026 to 2027"),
        ("9-12", "9 to 12"),
        ("Maria’s “café” — really…", 'Maria\'s "cafe", really,'),
        ("cut & colour", "cut and colour"),
        ("hello 👋 there", "hello there"),
    ],
)
def test_written_text_is_read_as_a_person_would(written: str, read: str) -> None:
    assert read == spoken(written)


@given(st.text(max_size=200))
def test_words_point_into_the_text_in_order_and_are_plain(text: str) -> None:
    found = words(text)
    edges = [edge for word in found for edge in (word.start, word.end)]
    assert sorted(edges) == edges
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert all(word.spoken.isascii() for word in found)
    assert all(any(letter.isalnum() for letter in word.spoken) for word in found)
