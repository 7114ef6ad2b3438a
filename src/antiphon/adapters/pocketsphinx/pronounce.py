"""How words sound: the wheel's dictionary, reduced to the words in use, and a guess for every word it lacks.

A reduced dictionary matters: with the full one (134,860 lines) a small model takes seconds to initialise, with a few hundred
words 0.02 s. Guesses come from another engine's phones where one is at hand (`from_flite`), otherwise from spelling rules, which
are crude: good enough to hear "balayage" at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

_VARIANT = re.compile(r"\(\d+\)$")

PHONES = frozenset(
    (
        "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K", "L", "M",
        "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
    )
)  # fmt: skip
_FLITE = {"ax": "AH", "axr": "ER", "ix": "IH", "dx": "T", "el": "AH L", "em": "AH M", "en": "AH N", "nx": "N"}

_RULES = {
    "tion": "SH AH N", "sion": "ZH AH N", "ture": "CH ER", "cious": "SH AH S", "tious": "SH AH S", "ough": "OW", "augh": "AO",
    "eigh": "EY", "igh": "AY", "tch": "CH", "dge": "JH", "sch": "SH", "eau": "OW", "air": "EH R", "are": "EH R",
    "ear": "IH R",
    "eer": "IH R", "our": "AO R", "oor": "AO R", "ore": "AO R", "age": "IH JH", "ing": "IH NG", "que": "K", "qu": "K W", "ch": "CH",
    "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "ng": "NG", "kn": "N", "wr": "R", "gn": "N", "gh": "G", "rh": "R",
    "ee": "IY", "ea": "IY", "ie": "IY", "ei": "EY", "ai": "EY", "ay": "EY", "ey": "IY", "oa": "OW", "oe": "OW", "oo": "UW",
    "ou": "AW",
    "ow": "OW", "oi": "OY", "oy": "OY", "au": "AO", "aw": "AO", "eu": "UW", "ew": "UW", "ue": "UW", "ui": "UW", "ar": "AA R",
    "or": "AO R", "er": "ER", "ir": "ER", "ur": "ER", "bb": "B", "cc": "K", "dd": "D", "ff": "F", "gg": "G", "ll": "L", "mm": "M",
    "nn": "N", "pp": "P", "rr": "R", "ss": "S", "tt": "T", "zz": "Z", "ce": "S EH", "ci": "S IH", "cy": "S IY", "ge": "JH EH",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S",
    "y": "Y", "z": "Z",
}  # fmt: skip
_ENDINGS = {
    "ies": "IY Z", "ied": "IY D", "es": "Z", "ed": "D", "ce": "S", "ge": "JH", "y": "IY", "a": "AH", "o": "OW", "i": "IY", "e": "",
    "s": "Z",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}
_MAGIC_E = re.compile(r"([aeiou])([bcdfgklmnpstvz])e$")


def entries(dictionary: Path, words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The dictionary's lines for `words`: (word or variant such as "a(2)", phones)."""
    wanted = set(words)
    with dictionary.open(encoding="utf-8") as file:
        for line in file:
            entry, _, phones = line.partition(" ")
            if _VARIANT.sub("", entry) in wanted:
                yield entry, phones.strip()


def missing(dictionary: Path, words: Iterable[str]) -> list[str]:
    """Those of `words` that the dictionary lacks, sorted."""
    wanted = set(words)
    return sorted(wanted - {_VARIANT.sub("", entry) for entry, _ in entries(dictionary, wanted)})


def reduced(dictionary: Path, words: Iterable[str], known: Mapping[str, str] | None = None) -> str:
    """A dictionary of just these words, every one of them pronounced: by the dictionary, by `known` or by its spelling."""
    wanted = sorted(set(words))
    found = dict(entries(dictionary, wanted))
    for word in wanted:
        if word not in found:
            found[word] = (known or {}).get(word) or by_spelling(word)
    return "".join(f"{entry} {phones}\n" for entry, phones in sorted(found.items()))


def from_flite(phones: Sequence[str]) -> str:
    """Flite's phone names as the recogniser's; empty if one of them is unknown here."""
    names = " ".join(_FLITE.get(phone, phone.upper()) for phone in phones)
    return names if all(name in PHONES for name in names.split()) else ""


def by_spelling(word: str) -> str:
    """A pronunciation from letters alone; never empty."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    phones: list[str] = []
    if (match := _MAGIC_E.search(letters)) and len(letters) > 3:
        ending = f"{_LONG[match.group(1)]} {_RULES[match.group(2)]}"
        letters = letters[: match.start()]
    else:
        tail = next((end for end in _ENDINGS if letters.endswith(end) and len(letters) > len(end) + 1), "")
        ending = _ENDINGS.get(tail, "")
        letters = letters.removesuffix(tail) if tail else letters
    at = 0
    while at < len(letters):
        size = next(size for size in (5, 4, 3, 2, 1) if letters[at : at + size] in _RULES)
        phones.append(_RULES[letters[at : at + size]])
        at += size if at + size <= len(letters) else 1
    return " ".join([*phones, ending]).strip() or "AH"
