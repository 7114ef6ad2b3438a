"""Dates and times as people say them. Now is Friday 2026-11-20, 15:00, in New York."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.spoken.dates import say_date
from antiphon.spoken.moments import find_when
from antiphon.spoken.times import say_time

NOW = datetime(2026, 11, 20, 15, tzinfo=ZoneInfo("America/New_York"))

DATES = {
    "tomorrow": "2026-11-21",
    "the day after tomorrow": "2026-11-22",
    "tuesday": "2026-11-24",
    "on tuesday please": "2026-11-24",
    "this coming wednesday": "2026-11-25",
    "next tuesday": "2026-11-24",
    "next friday": "2026-11-27",
    "tuesday of next week": "2026-11-24",
    "next week on thursday": "2026-11-26",
    "a week from monday": "2026-11-30",
    "two weeks from tomorrow": "2026-12-05",
    "in three days": "2026-11-23",
    "three days from now": "2026-11-23",
    "in a week": "2026-11-27",
    "a week from today": "2026-11-27",
    "tuesday week": "2026-12-01",
    "the tuesday after next": "2026-12-01",
    "end of next week": "2026-11-27",
    "november twenty fourth": "2026-11-24",
    "november the twenty fourth": "2026-11-24",
    "the twenty fourth of november": "2026-11-24",
    "the twenty fourth": "2026-11-24",
    "the third": "2026-12-03",
    "the third of december": "2026-12-03",
    "december third": "2026-12-03",
    "dec 3": "2026-12-03",
    "december 3rd": "2026-12-03",
    "tuesday the twenty fourth": "2026-11-24",
    "tuesday november twenty fourth": "2026-11-24",
    "january fifth": "2027-01-05",
    "january fifth twenty twenty seven": "2027-01-05",
    "the last friday of november": "2026-11-27",
    "the first monday in december": "2026-12-07",
    "the second tuesday of next month": "2026-12-08",
    "the fifth of next month": "2026-12-05",
    "11/24": "2026-11-24",
    "12/1/2026": "2026-12-01",
    "2026-12-01": "2026-12-01",
    "christmas eve": "2026-12-24",
    "the day after thanksgiving": "2026-11-27",
    "tuesday no wednesday": "2026-11-25",
    "tuesday i mean wednesday": "2026-11-25",
    "actually make it thursday": "2026-11-26",
    "not tuesday wednesday": "2026-11-25",
    "i can't make tuesday could we do thursday instead": "2026-11-26",
    "book like an to make wednesday i'd me tuesday at half past two instead": "2026-11-24",
    "thursday instead of tuesday": "2026-11-26",
    "i don't want tuesday thursday is better": "2026-11-26",
}

TIMES = {
    "half past two": "14:30",
    "at half past nine": "09:30",
    "quarter past ten": "10:15",
    "a quarter to three": "14:45",
    "ten to four": "15:50",
    "ten of four": "15:50",
    "twenty past eleven": "11:20",
    "twenty after one": "13:20",
    "five minutes to five": "16:55",
    "two thirty": "14:30",
    "five forty five": "17:45",
    "nine oh five": "09:05",
    "at two": "14:00",
    "around three": "15:00",
    "two o'clock": "14:00",
    "two o clock": "14:00",
    "two p m": "14:00",
    "eleven a m": "11:00",
    "eleven in the morning": "11:00",
    "eight in the evening": "20:00",
    "fourteen thirty": "14:30",
    "noon": "12:00",
    "2:30pm": "14:30",
    "2:30": "14:30",
    "2 pm": "14:00",
    "at nine": "09:00",
    "at nine thirty no ten": "09:30",
    "at nine no at ten": "10:00",
    "ten a m sharp": "10:00",
    "half past noon": "12:30",
    "no actually make it eleven": "11:00",
    "morning at ten": "10:00",
}

BOTH = {
    "tuesday at half past two": ("2026-11-24", "14:30"),
    "at three on tuesday": ("2026-11-24", "15:00"),
    "ten to four on monday": ("2026-11-23", "15:50"),
    "this coming wednesday around two": ("2026-11-25", "14:00"),
    "the last friday of november at ten": ("2026-11-27", "10:00"),
    "eight in the evening on saturday": ("2026-11-21", "20:00"),
    "three days from now at one": ("2026-11-23", "13:00"),
    "twenty past eleven tomorrow": ("2026-11-21", "11:20"),
    "tomorrow morning at nine": ("2026-11-21", "09:00"),
    "tuesday two thirty": ("2026-11-24", "14:30"),
    "can i come in on december third at quarter past ten": ("2026-12-03", "10:15"),
    "the twenty fourth at two": ("2026-11-24", "14:00"),
    "november twenty fourth two thirty": ("2026-11-24", "14:30"),
    "tomorrow at noon": ("2026-11-21", "12:00"),
    "i'd like tuesday at two no wednesday at three": ("2026-11-25", "15:00"),
    "i want a haircut with maria next tuesday at half past two": ("2026-11-24", "14:30"),
    "Tuesday, Nov 24 at 2:30 PM": ("2026-11-24", "14:30"),
    "saturday morning at ten": ("2026-11-21", "10:00"),
}

NEITHER = [
    "two one two five five five zero one four seven",
    "my number is two one two five five five oh one two three",
    "there are two of us",
    "may i ask a question",
    "the second one",
    "the first one please",
    "john smith",
    "how much is a haircut for two people",
    "i'd like a haircut",
    "yes",
    "march in and ask",
]


@pytest.mark.parametrize("phrase, day", DATES.items())
def test_a_date_is_understood(phrase: str, day: str) -> None:
    assert day == str(find_when(phrase, NOW).date)


@pytest.mark.parametrize("phrase, at", TIMES.items())
def test_a_time_is_understood(phrase: str, at: str) -> None:
    assert time.fromisoformat(at) == find_when(phrase, NOW).time


@pytest.mark.parametrize("phrase, both", BOTH.items())
def test_a_date_and_a_time_are_understood_in_any_order(phrase: str, both: tuple[str, str]) -> None:
    when = find_when(phrase, NOW)
    assert both == (str(when.date), f"{when.time:%H:%M}" if when.time else None)


@pytest.mark.parametrize("phrase", NEITHER)
def test_numbers_and_day_like_words_are_not_taken_for_dates(phrase: str) -> None:
    when = find_when(phrase, NOW)
    assert (None, None) == (when.date, when.time)


def test_a_bare_number_is_an_hour_only_when_a_time_was_asked() -> None:
    assert (None, time(15)) == (find_when("three", NOW).time, find_when("three", NOW, asked_time=True).time)


def test_two_days_without_a_choice_are_left_open() -> None:
    assert find_when("tuesday or wednesday", NOW).open


@given(st.integers(0, 364))
def test_a_date_that_was_said_is_understood_as_itself(ahead: int) -> None:
    day = NOW.date() + timedelta(days=ahead)
    assert day == find_when(say_date(day, NOW.date()), NOW).date


@given(st.integers(0, 287))
def test_a_time_that_was_said_is_understood_as_itself(step: int) -> None:
    at = time(step // 12, step % 12 * 5)
    assert at == find_when(f"at {say_time(at)}", NOW).time


@given(st.text(), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_no_text_breaks_the_grammar(text: str, today: date) -> None:
    find_when(text, datetime.combine(today, time(12)))
