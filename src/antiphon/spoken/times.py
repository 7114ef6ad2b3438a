"""Clock times as people say them, given the hours in which an hour without a.m. or p.m. is meant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from antiphon.spoken.english import OH, PARTS_OF_DAY, TENS, UNITS
from antiphon.spoken.numbers import cardinal, say_cardinal


@dataclass(frozen=True, slots=True)
class Hours:
    """When the business is open, in minutes of the day."""

    opens: int = 9 * 60
    closes: int = 18 * 60


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A time said in words[start:end]; `guessed` if the half of the day was not said."""

    at: time
    start: int
    end: int
    guessed: bool


@dataclass(frozen=True, slots=True)
class _Clock:
    """Hour and minute as said; `half` is am, pm, a part of the day, "24" when the hour settles it, or "" when nothing does."""

    hour: int
    minute: int
    end: int
    half: str = ""
    sure: bool = True  # a time by its form alone; else it needs "at" or the like before it, or a half of the day


Rule = Callable[[list[str], int], _Clock | None]
BEFORE = frozenset(
    {"at", "around", "about", "by", "after", "before", "near", "from", "say", "until", "till", "past", "like"}
)
"""Words after which a bare number is an hour."""
NOT_HOURS = frozenset(
    {
        "of",
        "people",
        "person",
        "persons",
        "kids",
        "days",
        "day",
        "weeks",
        "week",
        "months",
        "dollars",
        "percent",
        "hours",
    }
    | {
        "hour",
        "minutes",
        "minute",
        "others",
        "adults",
        "children",
        "friends",
        "appointments",
        "haircuts",
        "hundred",
        "times",
    }
)


def find_times(words: list[str], hours: Hours, *, asked: bool = False) -> list[TimeMention]:
    """All mentions, left to right. With `asked`, a bare number is taken as an hour: it answers the question."""
    mentions: list[TimeMention] = []
    at = 0
    while at < len(words):
        clock = _read(words, at, asked=asked)
        if clock is None or _in_digits(words, at, clock.end):
            at = at + 1 if clock is None else clock.end
            continue
        half = clock.half or _half_around(words, at, clock.end)
        end = _skip_half(words, clock.end)
        mentions.append(TimeMention(_resolve(clock, half, hours), at, end, guessed=not half))
        at = end
    return mentions


def part_of_day(words: list[str]) -> str | None:
    """morning, afternoon, evening or noon, if one is named."""
    return next((PARTS_OF_DAY[word] for word in words if word in PARTS_OF_DAY), None)


def _read(words: list[str], at: int, *, asked: bool) -> _Clock | None:
    found = [clock for rule in RULES if (clock := rule(words, at))]
    best = max(found, key=lambda clock: clock.end, default=None)
    if best is None or best.sure or best.half:
        return best
    introduced = (at > 0 and words[at - 1] in BEFORE) or words[max(0, at - 2) : at] in (
        ["make", "it"],
        ["make", "that"],
    )
    followed = _half_after(words, best.end)
    if best.end < len(words) and words[best.end] in NOT_HOURS:
        return None
    return best if introduced or followed or asked else None


def _in_digits(words: list[str], start: int, end: int) -> bool:
    """Whether the words are part of a longer run of digits, as in a phone number."""

    def digit(index: int) -> bool:
        word = words[index] if 0 <= index < len(words) else ""
        return word in UNITS or word in OH or word in ("double", "triple") or (word.isdigit() and len(word) > 2)

    before = digit(start - 1) and digit(start - 2)
    after = digit(end) and digit(end + 1)
    return before or after


# --- rules -----------------------------------------------------------------------------------------------------------


def _hour(words: list[str], at: int) -> tuple[int, int] | None:
    """An hour of twelve."""
    number = cardinal(words, at)
    return number if number and 1 <= number[0] <= 12 else None


def _minute(words: list[str], at: int) -> tuple[int, int] | None:
    """ "thirty", "oh five", "forty five", "15"."""
    if at + 1 < len(words) and words[at] in OH and 1 <= UNITS.get(words[at + 1], 0) <= 9:
        return UNITS[words[at + 1]], at + 2
    number = cardinal(words, at)
    if number and 10 <= number[0] <= 59 and (words[at] in TENS or words[at].isdigit() or number[0] < 20):
        return number
    return None


def _hour_and_minute(words: list[str], at: int) -> _Clock | None:
    """ "two thirty", "nine oh five", "fourteen thirty"."""
    number = cardinal(words, at)
    if not number or not 1 <= number[0] <= 23 or words[at] in TENS:
        return None
    minute = _minute(words, number[1])
    if minute is None:
        return None
    return _Clock(number[0], minute[0], minute[1], "24" if number[0] > 12 else "")


def _o_clock(words: list[str], at: int) -> _Clock | None:
    hour = _hour(words, at)
    if hour and hour[1] < len(words) and words[hour[1]] in ("o'clock", "oclock", "sharp"):
        return _Clock(hour[0], 0, hour[1] + 1)
    return None


def _bare_hour(words: list[str], at: int) -> _Clock | None:
    hour = _hour(words, at)
    if hour is None:
        return None
    if hour[1] < len(words) and words[hour[1]] in ("am", "pm"):
        return _Clock(hour[0], 0, hour[1], words[hour[1]])
    return _Clock(hour[0], 0, hour[1], sure=False)


def _typed(words: list[str], at: int) -> _Clock | None:
    """2:30, 14:30."""
    if at < len(words) and ":" in words[at]:
        hour, minute = (int(part) for part in words[at].split(":"))
        if hour < 24 and minute < 60:
            return _Clock(hour, minute, at + 1, "24" if hour > 12 or hour == 0 else "")
    return None


def _named(words: list[str], at: int) -> _Clock | None:
    if at < len(words) and words[at] in ("noon", "midday"):
        return _Clock(12, 0, at + 1, "24")
    if at < len(words) and words[at] == "midnight":
        return _Clock(0, 0, at + 1, "24")
    return None


def _fraction(words: list[str], at: int) -> tuple[int, int] | None:
    """ "half", "a quarter", "ten", "five minutes" before "past" or "to"."""
    start = at + 1 if at < len(words) and words[at] == "a" else at
    if start < len(words) and words[start] == "quarter":
        return 15, start + 1
    if start < len(words) and words[start] == "half":
        return 30, start + 1
    number = cardinal(words, start)
    if number is None or not 1 <= number[0] <= 30:
        return None
    after = number[1]
    return number[0], after + 1 if after < len(words) and words[after] in ("minutes", "minute") else after


def _past_or_to(words: list[str], at: int) -> _Clock | None:
    """ "half past two", "quarter to three", "ten of four", "twenty after eleven", "quarter till five"."""
    fraction = _fraction(words, at)
    if fraction is None or fraction[1] >= len(words):
        return None
    minutes, link = fraction
    word = words[link]
    hour = _hour(words, link + 1)
    if hour is None and link + 1 < len(words) and words[link + 1] in ("noon", "midday"):
        hour = (12, link + 2)
    if hour is None:
        return None
    end = hour[1] + 1 if hour[1] < len(words) and words[hour[1]] in ("o'clock", "oclock") else hour[1]
    if word in ("past", "after"):
        return _Clock(hour[0], minutes, end)
    if word in ("to", "till", "til", "before") or (word == "of" and minutes in (5, 10, 15, 20)):
        return _Clock((hour[0] - 2) % 12 + 1, 60 - minutes, end)
    return None


RULES: tuple[Rule, ...] = (_past_or_to, _hour_and_minute, _o_clock, _typed, _named, _bare_hour)


# --- which half of the day -------------------------------------------------------------------------------------------

_LINK = ("in", "the", "at", "on", "this")


def _half_after(words: list[str], at: int) -> str:
    """am, pm or a part of the day right after a time: "two p m", "eight in the evening", "nine tomorrow morning"."""
    index = at
    while index < len(words) and words[index] in _LINK:
        index += 1
    if index < len(words):
        word = words[index]
        if word in ("am", "pm"):
            return word if index == at else ""
        return PARTS_OF_DAY.get(word, "")
    return ""


def _half_around(words: list[str], start: int, end: int) -> str:
    if half := _half_after(words, end):
        return half
    # "saturday morning at ten", "tomorrow evening around seven", "ten on saturday morning", "tonight at seven"
    for index, word in enumerate(words):
        if word == "tonight":
            return "evening"
        if word in PARTS_OF_DAY and PARTS_OF_DAY[word] != "noon" and not start <= index < end:
            return PARTS_OF_DAY[word]
    return ""


def _skip_half(words: list[str], at: int) -> int:
    if at < len(words) and words[at] in ("am", "pm"):
        return at + 1
    for width in (3, 2):
        part = words[at : at + width]
        if part and part[-1] in PARTS_OF_DAY and all(word in _LINK for word in part[:-1]):
            return at + width
    return at


def _resolve(clock: _Clock, half: str, hours: Hours) -> time:
    hour = clock.hour
    if half == "24":
        return time(hour, clock.minute)
    base = hour % 12
    if half in ("am", "morning"):
        return time(base, clock.minute)
    if half in ("pm", "afternoon", "evening", "noon"):
        return time(base + 12, clock.minute)
    if hour > 12:
        return time(hour, clock.minute)
    return time(_guess(base, clock.minute, hours), clock.minute)


def _guess(base: int, minute: int, hours: Hours) -> int:
    """The hour of 24 that falls into business hours; when both or neither do, 7 to 11 are mornings and 12 to 6 afternoons."""
    morning, afternoon = base, base + 12
    inside = [hour for hour in (morning, afternoon) if hours.opens <= hour * 60 + minute <= hours.closes]
    if len(inside) == 1:
        return inside[0]
    return morning if 7 <= base <= 11 else afternoon


def say_time(at: time) -> str:
    """ "two thirty pm", "nine am", "noon": what the embedded voice says clearly."""
    if (at.hour, at.minute) in ((12, 0), (0, 0)):
        return "noon" if at.hour else "midnight"
    hour = say_cardinal((at.hour - 1) % 12 + 1)
    minute = (
        "" if at.minute == 0 else f" oh {say_cardinal(at.minute)}" if at.minute < 10 else f" {say_cardinal(at.minute)}"
    )
    return f"{hour}{minute} {'am' if at.hour < 12 else 'pm'}"
