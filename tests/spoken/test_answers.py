"""Phones, names, catalogue entries, yes and no, references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.spoken.answers import Answer, says_any, which, yes_or_no
from antiphon.spoken.match import Catalogue, Verdict
from antiphon.spoken.names import find_name
from antiphon.spoken.phones import complete, dictating, e164, find_phone, say_phone
from antiphon.spoken.reference import find_reference, say_reference

SALON = Catalogue(
    {
        "haircut": ["haircut", "hair cut", "trim", "cut"],
        "blow_dry": ["blow dry", "blowout"],
        "color": ["color", "hair color", "coloring"],
        "highlights": ["highlights"],
        "beard_trim": ["beard trim"],
        "manicure": ["manicure", "nails"],
        "pedicure": ["pedicure"],
    }
)
PEOPLE = Catalogue({"maria": ["Maria"], "daniel": ["Daniel", "Dan"], "sofia": ["Sofia"]})


@pytest.mark.parametrize(
    "said, number",
    [
        ("two one two five five five zero one four seven", "2125550147"),
        ("it's two one two, five five five, oh one four seven", "2125550147"),
        ("area code two one two then triple five oh one forty seven", "2125550147"),
        ("my number is +1 (212) 555-0147", "12125550147"),
        ("212-555-0147", "2125550147"),
        ("one two one two five five five zero one four seven", "12125550147"),
    ],
)
def test_a_whole_number_is_found_however_it_is_said(said: str, number: str) -> None:
    assert (number, True) == find_phone(said)


def test_a_number_whose_end_is_doubled_loses_the_double_and_no_more() -> None:
    stutter = "seven one eight five five five zero one three two two"
    assert ("7185550132", True) == find_phone(stutter)
    assert not find_phone(f"{stutter} five")[1]


def test_groups_over_several_turns_join() -> None:
    first, whole = find_phone("two one two")
    assert (False, True) == (whole, dictating(first))
    assert ("2125550147", True) == find_phone("five five five zero one four seven", first)


def test_saying_the_whole_number_again_replaces_what_was_there() -> None:
    assert ("2125550147", True) == find_phone("two one two five five five zero one four seven", "212")


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_a_number_read_back_is_understood_as_itself(digits: str) -> None:
    assert (digits, True) == find_phone(say_phone(e164(digits)))
    assert complete(digits)


@pytest.mark.parametrize(
    "said, asked, name",
    [
        ("my name is maria lopez", False, "Maria Lopez"),
        ("john smith", True, "John Smith"),
        ("it's john smith", True, "John Smith"),
        ("this is anna baker calling", True, "Anna Baker"),
        ("john smith speaking", False, "John Smith"),
        ("the name is s m i t h", False, "Smith"),
        ("i'd like a haircut", False, ""),
        ("for tuesday", False, ""),
        ("no actually make it eleven", True, ""),
        ("um it's david miller please", True, "David Miller"),
        ("yes my name is susan clark and my number is two one two", False, "Susan Clark"),
    ],
)
def test_a_name_is_found(said: str, asked: bool, name: str) -> None:
    assert name == find_name(said, asked=asked)


@pytest.mark.parametrize(
    "said, entry",
    [
        ("i'd like a hair cut please", "haircut"),
        ("a trim", "haircut"),
        ("can i get a blow try", "blow_dry"),
        ("a beard trim", "beard_trim"),
        ("i need high lights", "highlights"),
        ("a petty cure", "pedicure"),
        ("hair coloring", "color"),
    ],
)
def test_a_service_is_matched_by_its_sound(said: str, entry: str) -> None:
    match = SALON.find(said)
    assert match.best is not None
    assert (Verdict.CERTAIN, entry) == (match.verdict, match.best.entry)


@pytest.mark.parametrize(
    "said, entry", [("with mariah", "maria"), ("with daniel", "daniel"), ("sophia please", "sofia")]
)
def test_a_person_is_matched_by_their_sound(said: str, entry: str) -> None:
    match = PEOPLE.find(said)
    assert match.best is not None
    assert entry == match.best.entry


@pytest.mark.parametrize(
    "said",
    [
        "tuesday at half past two",
        "what are your opening hours",
        "my name is john smith",
        "two one two five five five",
        "yes please",
    ],
)
def test_unrelated_sentences_name_no_service(said: str) -> None:
    assert SALON.find(said).verdict is not Verdict.CERTAIN


@pytest.mark.parametrize(
    "said, answer",
    [
        *[
            (said, Answer.YES)
            for said in ("yes", "yeah that's right", "correct", "sounds good", "yes please", "no that's right")
        ],
        *[(said, Answer.NO) for said in ("no", "no thursday", "that's not right", "not quite", "nope", "no thanks")],
        *[(said, Answer.UNCLEAR) for said in ("tuesday", "", "what did you say")],
    ],
)
def test_yes_and_no(said: str, answer: Answer) -> None:
    assert answer is yes_or_no(said)


def test_no_preference_is_understood() -> None:
    assert (True, True, False) == (says_any("anyone is fine"), says_any("i don't mind"), says_any("with maria"))


@pytest.mark.parametrize(
    "said, index",
    [("the first one", 0), ("the second", 1), ("the later one", 2), ("the last one", 2), ("tuesday", None)],
)
def test_one_of_three_is_chosen(said: str, index: int | None) -> None:
    assert index == which(said, 3)


@given(st.from_regex(r"[A-Z]{2}-20[0-9]{6}-[0-9]{3,4}", fullmatch=True))
def test_a_reference_read_aloud_is_found_again(reference: str) -> None:
    assert reference == find_reference(say_reference(reference))
