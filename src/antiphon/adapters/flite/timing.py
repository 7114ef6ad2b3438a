"""When each word of a clause sounds.

Flite prints when each phone ends, not which word it belongs to. The phones of each word spoken alone are known (a run of the
diphone voice, 0.6 ms, cached), so the sentence's phones are dealt out to the words in order. Where the sentence has more or fewer
phones than its words alone (a reduced "the", a linked vowel), the two sequences are aligned and boundaries in a changed stretch
shared out.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from antiphon.adapters.flite.engine import Phone
from antiphon.adapters.flite.text import Word
from antiphon.ports.leg import WordTime

PAUSE = "pau"


def word_times(
    words: Sequence[Word], alone: Sequence[tuple[str, ...]], phones: Sequence[Phone], cut_s: float, length_s: float
) -> tuple[WordTime, ...]:
    """Times of `words`, of whose phones `alone` tells, within audio that starts at `cut_s` of the engine's and lasts `length_s`."""
    spans = _phone_spans(phones)
    if not spans or not words:
        return ()
    expected = [name for group in alone for name in group]
    boundaries = _boundaries(alone, expected, [name for name, _, _ in spans])
    times: list[WordTime] = []
    previous_ms = 0
    for word, (first, end) in zip(words, boundaries, strict=True):
        start_ms = max(previous_ms, _within(spans[min(first, len(spans) - 1)][1], cut_s, length_s))
        end_ms = max(start_ms, _within(spans[max(end, 1) - 1][2], cut_s, length_s))
        times.append(WordTime(word.start, word.end, start_ms, end_ms))
        previous_ms = end_ms
    return tuple(times)


def _phone_spans(phones: Sequence[Phone]) -> list[tuple[str, float, float]]:
    """Name, start and end of each phone that is not a pause."""
    starts = [0.0, *(phone.end_s for phone in phones)]
    return [
        (phone.name, start, phone.end_s) for phone, start in zip(phones, starts, strict=False) if phone.name != PAUSE
    ]


def _boundaries(alone: Sequence[tuple[str, ...]], expected: list[str], heard: list[str]) -> list[tuple[int, int]]:
    """First and one-past-last index into `heard` for each word."""
    place = list(range(len(expected) + 1)) if len(expected) == len(heard) else _aligned(expected, heard)
    spans: list[tuple[int, int]] = []
    at = 0
    for group in alone:
        spans.append((place[at], place[at + len(group)]))
        at += len(group)
    return spans


def _aligned(expected: list[str], heard: list[str]) -> list[int]:
    """For each boundary in `expected` its place in `heard`; changed stretches are mapped in proportion."""
    place = [0] * (len(expected) + 1)
    for _, low, high, heard_low, heard_high in SequenceMatcher(None, expected, heard, autojunk=False).get_opcodes():
        for at in range(low, high + 1):
            share = (at - low) / (high - low) if high > low else 1.0
            place[at] = heard_low + round(share * (heard_high - heard_low))
    place[0], place[-1] = 0, len(heard)
    return place


def _within(at_s: float, cut_s: float, length_s: float) -> int:
    return round(min(max(at_s - cut_s, 0.0), length_s) * 1000)
