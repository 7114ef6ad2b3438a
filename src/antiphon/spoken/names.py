"""Personal names in an answer: with an introduction ("my name is maria lopez") or as the answer itself."""

from itertools import dropwhile

import jellyfish
from rapidfuzz.distance import Levenshtein

from antiphon.spoken.words import tokens

INTRODUCTIONS = (
    *(("my", "name", "is"), ("the", "name", "is"), ("my", "name's"), ("name", "is"), ("this", "is"), ("it", "is"), ("it's",)),
    *(("i", "am"), ("i'm",), ("call", "me"), ("under", "the", "name"), ("for",), ("under",), ("name's",), ("names",), ("its",)),
    *(("put", "it", "under"), ("make", "it", "under"), ("that", "would", "be"), ("that's",)),
)  # fmt: skip
STRONG = frozenset(
    {("my", "name", "is"), ("the", "name", "is"), ("my", "name's"), ("name", "is"), ("under", "the", "name")}
)
"""Introductions after which a name is meant even when nobody asked for one."""
NOT_NAMES = frozenset((
    *("a", "an", "the", "and", "to", "at", "on", "in", "for", "with", "please", "my",),
    *("number", "is", "i", "i'd", "like", "want", "would", "book", "appointment", "yes", "no", "not",),
    *("just", "thanks",),
    *("thank", "you", "um", "uh", "well", "of", "it", "here", "calling", "speaking", "looking",),
    *("me", "that", "sure", "okay", "ok", "phone", "call", "callback", "good", "hi", "hello", "hey",),
    *("sorry",),
    *("fine", "will", "be", "are", "was", "can", "get", "first", "last", "name", "there", "one",),
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "zero", "oh", "ten", "eleven",),
    *("twelve", "noon", "half",),
    *("quarter", "past", "actually", "make", "change", "instead", "rather", "mean", "meant", "wait", "move", "let's",),
    *("maybe", "anyone", "how", "what", "when", "where", "who", "why", "which", "do", "does",),
    *("did", "could", "should", "have", "has", "any", "also", "monday", "tuesday", "wednesday", "thursday", "friday",),
    *("saturday", "sunday", "next", "this", "today", "tomorrow", "tonight",),
    *("correct", "right", "wrong", "am", "pm", "morning", "afternoon", "evening",),
))  # fmt: skip
"""Words that end a name, or show that there is none."""
FILLERS = frozenset(
    {"um", "uh", "well", "yes", "yeah", "sure", "okay", "ok", "so", "oh", "and", "the", "please", "hi", "hello"}
)
"""What may come before a name that is the whole answer; any other word means that the caller says something else."""
OBJECTIONS = frozenset(
    {"no", "nope", "nah", "not", "sorry", "actually", "wait", "that's", "isn't", "wrong", "right", "um", "uh", "oh"}
)
"""What comes before the right name in a correction."""
PLACES = {"first": 0, "last": -1, "surname": -1, "family": -1}
ALIKE = 0.6
"""anna and hannah 0.67, john and joan 0.75, emma and hannah 0.33."""
LONGEST = 3
"""Words a name may have."""


def find_name(text: str, *, asked: bool = False) -> str:
    """The name in `text` in title case, "" if there is none. With `asked` the bare answer counts ("john smith")."""
    words = tokens(text)
    for at in range(len(words)):
        for phrase in sorted(INTRODUCTIONS, key=len, reverse=True):
            if tuple(words[at : at + len(phrase)]) == phrase and (asked or phrase in STRONG):
                if name := _name_at(words, at + len(phrase)):
                    return name
                break
    if words[-1:] in (["speaking"], ["here"], ["calling"]) and (name := _name_at(words, 0)):
        return name
    if not asked:
        return ""
    start = next((at for at, word in enumerate(words) if word not in FILLERS), len(words))
    return _name_at(words, start)


def _name_at(words: list[str], at: int) -> str:
    name: list[str] = []
    while at < len(words) and len(name) < LONGEST:
        if spelled := _spelled(words, at):
            at += len(spelled)
            if name and alike(name[-1], spelled):
                name.pop()  # "anna, a n n a": the letters say it better
            name.append(spelled)
            continue
        word = words[at]
        if word in NOT_NAMES or not word.replace("'", "").isalpha():
            break
        name.append(word)
        at += 1
    return " ".join(_title(word) for word in name)


def _spelled(words: list[str], at: int) -> str:
    """ "s m i t h": three letters or more."""
    end = at
    while end < len(words) and len(words[end]) == 1 and words[end].isalpha():
        end += 1
    return "".join(words[at:end]) if end - at >= 3 else ""


def alike(one: str, other: str) -> bool:
    """Whether one word may have been taken for the other: by sound (john, joan) or by letters (anna, hannah)."""
    sounds = [jellyfish.metaphone(word).replace(" ", "") for word in (one, other)]
    by_sound = Levenshtein.normalized_similarity(*sounds)
    return max(by_sound, Levenshtein.normalized_similarity(one.lower(), other.lower())) >= ALIKE


def corrected_name(text: str, before: str) -> str:
    """The name that an objection puts in place of `before`, which was read back; "" if it says none like it.

    "no, it's anna baker", "not joan, john", "the last name is baker". A single word takes the place of the word it is like.
    """
    words = list(dropwhile(OBJECTIONS.__contains__, tokens(text)))
    old = [word.lower() for word in before.split()]
    if place := next((PLACES[word] for word in words if word in PLACES and "name" in words), None):
        new = find_name(" ".join(words).rpartition(" is ")[2], asked=True).split()
        parts = [*old]
        parts[place] = new[0] if new else parts[place]
        return " ".join(_title(word) for word in parts) if new else ""
    if words[: len(old)] == old and len(words) > len(old):
        words = words[len(old) :]  # "not joan smith, john smith"
    elif words[:1] and words[0] in old and len(words) > 1 and words[1] not in old:
        words = words[1:]  # "not joan, john"
    new = find_name(" ".join(words), asked=True).lower().split()
    if len(new) > 1 and any(alike(one, other) for one in new for other in old):
        return " ".join(_title(word) for word in new)
    likest = next((at for at, word in enumerate(old) if new and alike(new[0], word)), None)
    if len(new) != 1 or likest is None:
        return ""
    return " ".join(_title(new[0] if at == likest else word) for at, word in enumerate(old))


def _title(word: str) -> str:
    return word[:1].upper() + word[1:]
