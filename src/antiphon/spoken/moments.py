"""A date, a time, or both, anywhere in a sentence; after a correction the last one said counts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from antiphon.spoken.dates import DateMention, find_dates, say_date
from antiphon.spoken.english import CORRECTIONS, DENIALS
from antiphon.spoken.times import Hours, TimeMention, find_times, part_of_day, say_time
from antiphon.spoken.words import tokens


@dataclass(frozen=True, slots=True)
class When:
    """What a sentence says about when. `said_date` and `said_time` are the words it came from; `open` means that more than one was
    named without a choice between them."""

    date: dt.date | None = None
    time: dt.time | None = None
    part_of_day: str | None = None
    said_date: str = ""
    said_time: str = ""
    open: bool = False


def find_when(text: str, now: dt.datetime, hours: Hours | None = None, *, asked_time: bool = False) -> When:
    """The date and time in `text`. `now` is the business's local time; `asked_time` lets a bare number answer "what time?"."""
    words = tokens(text)
    dates = find_dates(words, now.date())
    covered = {index for mention in dates for index in range(mention.start, mention.end)}
    free = [word if index not in covered or word in _KEEP else "" for index, word in enumerate(words)]
    times = find_times(free, hours or Hours(), asked=asked_time)
    day, clock = _chosen(words, dates), _chosen(words, times)
    return When(
        date=day.day if day else None,
        time=clock.at if clock else None,
        part_of_day=part_of_day(words) or ("evening" if "tonight" in words else None),
        said_date=" ".join(words[day.start : day.end]) if day else "",
        said_time=" ".join(words[clock.start : clock.end]) if clock else "",
        open=_undecided(words, dates) or _undecided(words, times),
    )


Mention = TypeVar("Mention", DateMention, TimeMention)
_KEEP = frozenset({"morning", "afternoon", "evening", "tonight"})
"""Words of a date that also say which half of the day a time is in."""


def _chosen(words: list[str], mentions: Sequence[Mention]) -> Mention | None:
    ends = [0, *(mention.end for mention in mentions)]
    meant = [mention for mention, end in zip(mentions, ends, strict=False) if not _denied(words, end, mention.start)]
    meant = meant or list(mentions)
    if not meant:
        return None
    if (instead := _replacement(words, meant)) is not None:
        return instead
    chosen = meant[0]
    for earlier, later in pairwise(meant):
        if _corrected(words, earlier.end, later.start):
            chosen = later
    return chosen


def _replacement(words: list[str], mentions: Sequence[Mention]) -> Mention | None:
    """ "wednesday is no good, tuesday instead", "tuesday instead of wednesday": the last mention before the word."""
    if "instead" not in words:
        return None
    at = words.index("instead")
    return next((mention for mention in reversed(mentions) if mention.end <= at), None)


def _denied(words: list[str], before: int, start: int) -> bool:
    """ "not tuesday", "i can't make wednesday": the mention that a denial leads to is not what is wanted."""
    return any(word in DENIALS for word in words[max(before, start - 3) : start])


def _corrected(words: list[str], start: int, end: int) -> bool:
    between = words[start:end]
    return any(tuple(between[at : at + len(phrase)]) == phrase for at in range(len(between)) for phrase in CORRECTIONS)


def _undecided(words: list[str], mentions: Sequence[Mention]) -> bool:
    return any(
        "or" in words[earlier.end : later.start] and not _corrected(words, earlier.end, later.start)
        for earlier, later in pairwise(mentions)
    )


def say_when(day: dt.date, at: dt.time, today: dt.date) -> str:
    """ "Tuesday, November twenty fourth at two thirty pm"."""
    return f"{say_date(day, today)} at {say_time(at)}"
