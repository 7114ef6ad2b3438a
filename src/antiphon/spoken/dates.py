"""Dates as people say them: a small grammar over tokens, given today.

Each rule takes the words and a place and gives the date it reads there with the place after it, or None. Bigger phrases are built
from smaller ones ("a week from" + date, "the day after" + date), so that what was not listed is understood as well.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from antiphon.spoken.english import MONTH_NAMES, MONTHS, WEEKDAY_NAMES, WEEKDAYS
from antiphon.spoken.numbers import cardinal, ordinal, say_ordinal

Found = tuple[date, int]
Rule = Callable[[list[str], int, date], Found | None]


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date said in words[start:end]. A bare weekday may be refined by a neighbour."""

    day: date
    start: int
    end: int
    weekday_only: bool = False


def find_dates(words: list[str], today: date) -> list[DateMention]:
    """All mentions, left to right; neighbours that speak of one day ("tuesday the twenty fourth") are one mention."""
    mentions: list[DateMention] = []
    at = 0
    while at < len(words):
        found = read_date(words, at, today)
        if found is None:
            at += 1
            continue
        day, end = found
        mention = DateMention(day, at, end, weekday_only=words[end - 1] in WEEKDAYS and end - at <= 2)
        if mentions and _same(mentions[-1], mention, words):
            previous = mentions.pop()
            exact = previous if mention.weekday_only else mention
            mention = DateMention(exact.day, previous.start, end)
        mentions.append(mention)
        at = end
    return mentions


def _same(first: DateMention, second: DateMention, words: list[str]) -> bool:
    """Whether two mentions side by side name one day: a weekday next to a day of the month."""
    gap = [word for word in words[first.end : second.start] if word not in ("the", "on", "that's", "which", "is", "of")]
    return not gap and first.weekday_only != second.weekday_only


def read_date(words: list[str], at: int, today: date) -> Found | None:
    """The longest date that begins at `at`."""
    found = [result for rule in RULES if (result := rule(words, at, today))]
    return max(found, key=lambda result: result[1], default=None)


def _words(words: list[str], at: int, *phrase: str) -> int | None:
    """The place after `phrase` if it stands at `at`."""
    return at + len(phrase) if words[at : at + len(phrase)] == list(phrase) else None


def _any_of(words: list[str], at: int, *options: str) -> int | None:
    return at + 1 if at < len(words) and words[at] in options else None


def _skip(words: list[str], at: int, *options: str) -> int:
    while at < len(words) and words[at] in options:
        at += 1
    return at


# --- rules -----------------------------------------------------------------------------------------------------------


def _near(words: list[str], at: int, today: date) -> Found | None:
    for phrase, days in (
        (("day", "after", "tomorrow"), 2),
        (("the", "day", "after", "tomorrow"), 2),
        (("today",), 0),
        (("tonight",), 0),
        (("tomorrow",), 1),
        (("tomorrows",), 1),
        (("tomorrow's",), 1),
        (("today's",), 0),
        (("this", "morning"), 0),
        (("this", "afternoon"), 0),
        (("this", "evening"), 0),
    ):
        if end := _words(words, at, *phrase):
            return today + timedelta(days=days), end
    return None


_ALSO_WORDS = frozenset({"sat", "sun", "wed", "fri", "mon"})
"""Short forms that are other words too, or slips of a recogniser: they count only as the last word."""


def _weekday(words: list[str], at: int, today: date) -> Found | None:
    """A bare weekday is the next one after today; "this coming" says the same."""
    at = _skip(words, at, "this", "coming", "upcoming")
    if at >= len(words) or words[at] not in WEEKDAYS or (words[at] in _ALSO_WORDS and at < len(words) - 1):
        return None
    return _coming(today, WEEKDAYS[words[at]]), at + 1


def _coming(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _next_weekday(words: list[str], at: int, today: date) -> Found | None:
    """ "next tuesday": the one in the next calendar week, which begins on Monday. On a Friday that is four days away."""
    after = _words(words, at, "next")
    if after and after < len(words) and words[after] in WEEKDAYS:
        monday = today + timedelta(days=7 - today.weekday())
        return monday + timedelta(days=WEEKDAYS[words[after]]), after + 1
    return None


def _weekday_next_week(words: list[str], at: int, today: date) -> Found | None:
    """ "tuesday of next week", "next week on tuesday", "tuesday week", "the tuesday after next"."""
    monday = today + timedelta(days=7 - today.weekday())
    if end := _words(words, at, "next", "week"):
        day = _skip(words, end, "on", "the", "say", "maybe")
        if day < len(words) and words[day] in WEEKDAYS:
            return monday + timedelta(days=WEEKDAYS[words[day]]), day + 1
    start = _skip(words, at, "the")
    if start < len(words) and words[start] in WEEKDAYS:
        weekday, after = WEEKDAYS[words[start]], start + 1
        if end := _words(words, after, "of", "next", "week") or _words(words, after, "next", "week"):
            return monday + timedelta(days=weekday), end
        if end := _words(words, after, "after", "next"):
            return monday + timedelta(days=7 + weekday), end
        if end := _words(words, after, "week"):
            return _coming(today, weekday) + timedelta(days=7), end
        if end := _words(words, after, "of", "this", "week") or _words(words, after, "this", "week"):
            return _coming(today, weekday), end
    return None


def _span(words: list[str], at: int) -> tuple[int, int] | None:
    """ "three days", "a week", "two weeks", "a couple of weeks", "a fortnight" in days."""
    if end := _words(words, at, "a", "couple", "of") or _words(words, at, "a", "couple"):
        count, after = 2, end
    elif number := cardinal(words, at):
        count, after = number
    elif end := _any_of(words, at, "a", "an", "one"):
        count, after = 1, end
    else:
        return None
    for unit, days in (("day", 1), ("days", 1), ("week", 7), ("weeks", 7), ("fortnight", 14)):
        if end := _words(words, after, unit):
            return count * days, end
    return None


def _in_days(words: list[str], at: int, today: date) -> Found | None:
    """ "in three days", "three days from now", "a week from tuesday", "two weeks after december first"."""
    begin = at + 1 if words[at] == "in" else at
    span = _span(words, begin)
    if span is None:
        return None
    days, after = span
    if end := _words(words, after, "from", "now") or _words(words, after, "from", "today"):
        return today + timedelta(days=days), end
    if follow := _any_of(words, after, "from", "after"):
        base = read_date(words, _skip(words, follow, "this", "on"), today)
        return (base[0] + timedelta(days=days), base[1]) if base else None
    return (today + timedelta(days=days), after) if begin > at else None


def _day_beside(words: list[str], at: int, today: date) -> Found | None:
    """ "the day after thanksgiving", "the day before christmas eve"."""
    start = _skip(words, at, "the")
    for word, step in (("after", 1), ("before", -1)):
        if (follow := _words(words, start, "day", word)) and (base := read_date(words, follow, today)):
            return base[0] + timedelta(days=step), base[1]
    return None


def _week_part(words: list[str], at: int, today: date) -> Found | None:
    """The end of a week is its Friday, its beginning Monday."""
    start = _skip(words, at, "the", "at")
    monday = today - timedelta(days=today.weekday())
    for part, offset in (("end", 4), ("beginning", 0), ("start", 0)):
        if end := _words(words, start, part, "of", "next", "week"):
            return monday + timedelta(days=7 + offset), end
        if part == "end" and (end := _words(words, start, part, "of", "the", "week")):
            return monday + timedelta(days=offset + (7 if today.weekday() >= 4 else 0)), end
    return None


def _month(words: list[str], at: int) -> int | None:
    """The month at `at`; "march" and "may" are also other words and need a number beside them, which the rules below ask for."""
    return MONTHS.get(words[at]) if at < len(words) else None


def _month_day(words: list[str], at: int, today: date) -> Found | None:
    """ "november twenty fourth", "november the 24th", "nov 24"."""
    month = _month(words, at)
    if month is None:
        return None
    after = _skip(words, at + 1, "the")
    number = ordinal(words, after) or cardinal(words, after)
    return _dated(words, number, month, today)


def _day_of_month(words: list[str], at: int, today: date) -> Found | None:
    """ "the twenty fourth of november", "24 november", "the twenty fourth of next month", "the twenty fourth"."""
    start = _skip(words, at, "the")
    number = ordinal(words, start)
    if number is None:
        return None
    day, after = number
    if (of := _words(words, after, "of") or after) < len(words) and (month := _month(words, of)):
        return _dated(words, (day, of + 1), month, today)
    if end := _words(words, after, "of", "next", "month"):
        found = _of_month(day, today.month % 12 + 1, today)
        return (found, end) if found else None
    if end := _words(words, after, "of", "this", "month") or _words(words, after, "of", "the", "month"):
        return _alone(day, today), end
    if start == at or _is_thing(words, after):
        return None  # "second", "third time": a bare ordinal without "the", or with a noun, is no date
    return _alone(day, today), after


def _is_thing(words: list[str], at: int) -> bool:
    return at < len(words) and words[at] in (
        "one",
        "time",
        "option",
        "slot",
        "choice",
        "available",
        "opening",
        "person",
    )


def _alone(day: int, today: date) -> date:
    """The next day of that number, in a month that has it."""
    year, month = today.year, today.month
    if day <= today.day:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    while day > monthrange(year, month)[1]:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date(year, month, day)


def _dated(words: list[str], number: tuple[int, int] | None, month: int, today: date) -> Found | None:
    if number is None or not 1 <= number[0] <= 31:
        return None
    day, after = number
    year, after = _year(words, after)
    if year is None:
        found = _of_month(day, month, today)
        return (found, after) if found else None
    return (date(year, month, day), after) if day <= monthrange(year, month)[1] else None


def _year(words: list[str], at: int) -> tuple[int | None, int]:
    if at < len(words) and words[at].isdigit() and len(words[at]) == 4:
        return int(words[at]), at + 1
    if (end := _words(words, at, "twenty", "twenty")) and (number := cardinal(words, end)):
        return 2020 + number[0] % 10, number[1]
    return None, at


def _of_month(day: int, month: int, today: date) -> date | None:
    """That day in the coming twelve months; None if the month never has it."""
    for year in range(today.year, today.year + 5):
        if 1 <= day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
    return None


def _nth_weekday(words: list[str], at: int, today: date) -> Found | None:
    """ "the last friday of november", "the first monday in december", "the second tuesday of next month"."""
    start = _skip(words, at, "the")
    if start < len(words) and words[start] == "last":
        nth, after = -1, start + 1
    elif number := ordinal(words, start):
        nth, after = number
    else:
        return None
    if after >= len(words) or words[after] not in WEEKDAYS:
        return None
    weekday, after = WEEKDAYS[words[after]], after + 1
    follow = _any_of(words, after, "of", "in")
    if follow is None:
        return None
    follow = _skip(words, follow, "the")
    if end := _words(words, follow, "next", "month"):
        month = today.month % 12 + 1
    elif end := _words(words, follow, "month") or _words(words, follow, "this", "month"):
        month = today.month
    elif found := _month(words, follow):
        month, end = found, follow + 1
    else:
        return None
    for year in (today.year, today.year + 1):
        day = _nth(nth, weekday, year, month)
        if day and day >= today:
            return day, end
    return None


def _nth(nth: int, weekday: int, year: int, month: int) -> date | None:
    days = [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]
    matching = [day for day in days if day.weekday() == weekday]
    index = nth if nth < 0 else nth - 1
    return matching[index] if -1 <= index < len(matching) else None


def _numeric(words: list[str], at: int, today: date) -> Found | None:
    """11/24, 11/24/2026, 2026-11-24."""
    word = words[at]
    try:
        if word.count("-") == 2:
            return date.fromisoformat(word), at + 1
        if "/" in word:
            month, day, *year = (int(part) for part in word.split("/"))
            if year:
                return date(year[0] if year[0] > 99 else 2000 + year[0], month, day), at + 1
            found = _of_month(day, month, today) if 1 <= month <= 12 else None
            return (found, at + 1) if found else None
    except ValueError:
        return None
    return None


_HOLIDAYS: tuple[tuple[tuple[str, ...], int, int], ...] = (
    (("christmas", "eve"), 12, 24),
    (("christmas", "day"), 12, 25),
    (("christmas",), 12, 25),
    (("new", "year's", "eve"), 12, 31),
    (("new", "years", "eve"), 12, 31),
    (("new", "year's", "day"), 1, 1),
    (("new", "years", "day"), 1, 1),
    (("halloween",), 10, 31),
    (("valentine's", "day"), 2, 14),
    (("valentines", "day"), 2, 14),
)


def _holiday(words: list[str], at: int, today: date) -> Found | None:
    for phrase, month, day in _HOLIDAYS:
        if end := _words(words, at, *phrase):
            found = _of_month(day, month, today)
            return (found, end) if found else None
    if end := _words(words, at, "thanksgiving", "day") or _words(words, at, "thanksgiving"):
        for year in (today.year, today.year + 1):
            day_of = _nth(4, 3, year, 11)
            if day_of and day_of >= today:
                return day_of, end
    return None


RULES: tuple[Rule, ...] = (
    *(_near, _weekday, _next_weekday, _weekday_next_week, _in_days, _day_beside, _week_part),
    *(_month_day, _day_of_month, _nth_weekday, _numeric, _holiday),
)


def say_date(day: date, today: date) -> str:
    """ "tomorrow, Saturday, November twenty first": always with the weekday, so that a mistake is noticed."""
    named = f"{WEEKDAY_NAMES[day.weekday()]}, {MONTH_NAMES[day.month - 1]} {say_ordinal(day.day)}"
    away = (day - today).days
    if away in (0, 1):
        return f"{('today', 'tomorrow')[away]}, {named}"
    return named
