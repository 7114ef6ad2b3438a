"""Which of a catalogue's entries a sentence means: corrections, "not", "or", "and", and names that sound alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.spoken.english import CORRECTIONS
from antiphon.spoken.match import CERTAIN, MARGIN, Catalogue, Scored
from antiphon.spoken.words import tokens

SURE = 0.9
"""At or above this a name nobody asked for is worth a question when another one is as near."""
_JOINING = frozenset({"and", "plus", "also", "with", "then"})
_BEFORE_NAMES = frozenset({"a", "an", "the", "with", "for"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What was meant: `entries` in the order they were said, `said` the words for them; or `between` two alike."""

    entries: tuple[str, ...] = ()
    said: str = ""
    between: tuple[str, ...] = ()


def choose(catalogue: Catalogue, text: str, *, asked: bool, many: bool) -> Choice | None:
    """The entries meant in `text`. `asked` lets a poor likeness count, because something of the kind was expected; with `many`,
    "and" joins. None when nothing is named."""
    words = tokens(text)
    ranked = catalogue.find(text).ranked
    best = _readings(ranked)
    if not best:
        return None
    sure = [each for each in best if each.score >= CERTAIN]
    if not sure:
        return _unsure(ranked) if asked else None
    rivals = [each for each in ranked if each not in sure and _rivals(each, sure)]
    if rivals:
        between = (sure[0].entry, rivals[0].entry)
        return Choice(between=between) if asked or sure[0].score >= SURE else None
    return _among(words, sure, many)


def _readings(ranked: Sequence[Scored]) -> list[Scored]:
    """The best reading of each stretch of words, in the order of the words. "beard trim" says more than "trim"."""
    kept: list[Scored] = []
    for one in sorted(ranked, key=lambda each: (-each.score, each.start - each.end)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    longer = [one for one in kept if not any(_within(one, other) for other in ranked)]
    return sorted(longer, key=lambda each: each.start)


def _within(one: Scored, other: Scored) -> bool:
    """Whether `other` reads more words that include `one`'s, about as well."""
    inside = other.start <= one.start and one.end <= other.end
    return inside and other.end - other.start > one.end - one.start and other.score >= one.score - MARGIN


def _rivals(other: Scored, sure: Sequence[Scored]) -> bool:
    """Whether `other` is another reading of the same words, nearly as good."""
    return any(
        one.entry != other.entry
        and one.score - other.score < MARGIN
        and other.start < one.end
        and one.start < other.end
        and other.end - other.start >= one.end - one.start
        for one in sure
    )


def _unsure(ranked: Sequence[Scored]) -> Choice:
    entries = list(dict.fromkeys(each.entry for each in ranked))
    near = [each for each in ranked if ranked[0].score - each.score < MARGIN]
    if len(entries) == 1 or len({each.entry for each in near}) == 1:
        return Choice((entries[0],), ranked[0].said)
    return Choice(between=(entries[0], entries[1]))


def _among(words: list[str], mentions: list[Scored], many: bool) -> Choice:
    meant = [each for each in mentions if not _denied(words, each.start)] or mentions[-1:]
    for earlier, later in pairwise(list(meant)):
        if _corrected(words[earlier.end : later.start]):
            meant = meant[meant.index(later) :]
    if len(meant) > 1:
        between = words[meant[0].end : meant[1].start]
        if "or" in between:
            return Choice(between=(meant[0].entry, meant[1].entry))
        if not (many and _JOINING & set(between)):
            meant = [max(meant, key=lambda each: each.score)]
    entries = tuple(dict.fromkeys(each.entry for each in meant))
    return Choice(entries, " ".join(words[meant[0].start : meant[-1].end]))


def _denied(words: list[str], start: int) -> bool:
    at = start - 1
    while at >= 0 and words[at] in _BEFORE_NAMES:
        at -= 1
    return at >= 0 and words[at] == "not"


def _corrected(between: list[str]) -> bool:
    return any(tuple(between[at : at + len(phrase)]) == phrase for at in range(len(between)) for phrase in CORRECTIONS)
