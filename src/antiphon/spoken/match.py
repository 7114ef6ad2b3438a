"""Names and services against a catalogue by how they sound: a recogniser hears "hair cut", "mariah", "blow try"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import jellyfish
from rapidfuzz.distance import Levenshtein

from antiphon.spoken.words import tokens

CERTAIN = 0.8
"""At or above this the best entry is taken. Tuned on slips of the embedded recogniser; unrelated sentences stay below 0.7."""
POSSIBLE = 0.7
"""At or above this it is worth asking."""
MARGIN = 0.08
"""A runner-up this near makes it a question."""


class Verdict(StrEnum):
    """What to do with a match."""

    CERTAIN = "certain"
    ASK = "ask"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scored:
    """An entry with how well it fits, 0 to 1, and the words that named it."""

    entry: str
    name: str
    score: float
    said: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """The best entries, best first; `verdict` says whether the first may be taken."""

    verdict: Verdict
    ranked: tuple[Scored, ...] = ()

    @property
    def best(self) -> Scored | None:
        """The best entry, if any is possible."""
        return self.ranked[0] if self.ranked else None


class Catalogue:
    """Entries by id with their names: the first is the one spoken back, the others are aliases."""

    def __init__(self, entries: Mapping[str, Iterable[str]]) -> None:
        self._names: list[tuple[str, str, list[str], str]] = []
        for entry, names in entries.items():
            listed = list(names)
            self._names += [(entry, listed[0], tokens(name), _sound(tokens(name))) for name in listed]
        self._longest = max((len(words) for _, _, words, _ in self._names), default=0) + 1

    def find(self, text: str) -> Match:
        """The entries that `text` may name, each at its best place in the sentence."""
        words = tokens(text)
        best: dict[str, Scored] = {}
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + self._longest) + 1):
                window = words[start:end]
                for scored in self._score(window, start, end):
                    known = best.get(scored.entry)
                    if known is None or (scored.score, end - start) > (known.score, known.end - known.start):
                        best[scored.entry] = scored
        ranked = tuple(sorted(best.values(), key=lambda each: (-each.score, each.start - each.end)))
        return Match(_verdict(ranked), ranked)

    def _score(self, window: list[str], start: int, end: int) -> Iterable[Scored]:
        sound, said = _sound(window), " ".join(window)
        for entry, name, spelled, known in self._names:
            score = 1.0 if spelled == window else _likeness("".join(window), sound, "".join(spelled), known)
            if score >= POSSIBLE:
                yield Scored(entry, name, round(score, 3), said, start, end)


def _verdict(ranked: tuple[Scored, ...]) -> Verdict:
    if not ranked:
        return Verdict.NONE
    rivals = [each for each in ranked[1:] if ranked[0].score - each.score < MARGIN and _rivals(each, ranked[0])]
    if ranked[0].score >= CERTAIN and not rivals:
        return Verdict.CERTAIN
    return Verdict.ASK


def _rivals(other: Scored, best: Scored) -> bool:
    """Rivals are readings of the same words. Names side by side are two names, and "beard trim" says more than "trim"."""
    within = best.start <= other.start and other.end <= best.end
    shorter = other.end - other.start < best.end - best.start
    return other.start < best.end and best.start < other.end and not (within and shorter)


def _likeness(text: str, sound: str, name: str, name_sound: str) -> float:
    """Mostly the sound, a little the spelling: two names that sound alike are told apart by it. Short names need more."""
    if not sound or not name_sound or (text[0] != name[0] and sound[0] != name_sound[0]):
        return 0.0
    by_sound = Levenshtein.normalized_similarity(sound, name_sound)
    by_letters = Levenshtein.normalized_similarity(text, name)
    if len(name) <= 4 and by_letters < 0.75:
        return 0.0
    return 0.6 * by_sound + 0.4 * by_letters


def _sound(words: list[str]) -> str:
    return jellyfish.metaphone("".join(words)).replace(" ", "")
