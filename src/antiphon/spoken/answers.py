"""Short answers: yes, no, any, which one."""

from enum import StrEnum

from antiphon.spoken.english import ANY, NO, YES
from antiphon.spoken.numbers import ordinal
from antiphon.spoken.words import tokens


class Answer(StrEnum):
    """What a yes/no question got."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


def yes_or_no(text: str) -> Answer:
    """The first yes or no counts ("no, thursday" is a no); "no that's right" is a yes, "not right" a no."""
    words = tokens(text)
    sentence = " ".join(words)
    if words[:1] == ["no"] and any(
        f" {phrase}" in f" {sentence}" for phrase in ("that's right", "that is right", "that's fine")
    ):
        return Answer.YES
    found = [(at, -len(phrase), answer) for phrases, answer in ((NO, Answer.NO), (YES, Answer.YES))
             for phrase in phrases if (at := _find(words, phrase.split())) >= 0]  # fmt: skip
    return min(found)[2] if found else Answer.UNCLEAR


def says_any(text: str) -> bool:
    """Whether the caller has no preference."""
    words = tokens(text)
    return any(_find(words, phrase.split()) >= 0 for phrase in ANY)


def says(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of `phrases` stands in `text`, whole words."""
    words = tokens(text)
    return any(_find(words, tokens(phrase)) >= 0 for phrase in phrases)


def which(text: str, count: int) -> int | None:
    """The index meant by "the first one", "the second", "the last", "the earlier one", out of `count` offered in order."""
    words = tokens(text)
    for at, word in enumerate(words):
        if word in ("last", "latest", "later"):
            return count - 1
        if word in ("earlier", "earliest", "former"):
            return 0
        number = ordinal(words, at)
        if number and 1 <= number[0] <= count and not (number[1] < len(words) and words[number[1]] == "of"):
            return number[0] - 1
    return None


def _find(words: list[str], phrase: list[str]) -> int:
    width = len(phrase)
    return next((at for at in range(len(words) - width + 1) if words[at : at + width] == phrase), -1)
