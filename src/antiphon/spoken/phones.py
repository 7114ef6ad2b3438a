"""Phone numbers, dictated or typed: digits in any grouping, complete or not yet."""

import re

from antiphon.spoken.numbers import digit_run, say_digits
from antiphon.spoken.words import tokens

LOCAL, NATIONAL, WITH_COUNTRY = 7, 10, 11
"""Digits of a North American number: without area code, with it, and with the leading 1."""
_TYPED = re.compile(r"\+?[\d][\d\s().-]{5,}\d")
_FILLERS = frozenset({"area", "code", "and", "um", "uh", "then", "dash", "its", "it's"})


def find_digits(text: str) -> str:
    """The longest string of digits said or typed in `text`, "" if none; fillers between groups do not break it."""
    if typed := _TYPED.search(text):
        return re.sub(r"\D", "", typed[0])
    words = [word for word in tokens(text) if word not in _FILLERS]
    best, at = "", 0
    while at < len(words):
        digits, end = digit_run(words, at)
        best = digits if len(digits) > len(best) else best
        at = max(end, at + 1)
    return best


def find_phone(text: str, before: str = "") -> tuple[str, bool]:
    """(digits, whether they are a whole number). `before` is what earlier turns gave; a whole number replaces it, a part joins."""
    digits = _without_stutter(find_digits(text))
    if complete(digits):
        return digits, True
    joined = before + digits if before and len(before + digits) <= WITH_COUNTRY else digits or before
    return joined, complete(joined)


def _without_stutter(digits: str) -> str:
    """One digit too many whose last is said twice: recognisers double the end of a breath; the read-back shows it was right."""
    stutters = len(digits) == NATIONAL + 1 and digits[0] != "1" and digits[-1] == digits[-2]
    return digits[:-1] if stutters else digits


def too_many(digits: str) -> bool:
    """Whether these are more digits than a number has."""
    return len(digits) > NATIONAL and not complete(digits)


def complete(digits: str) -> bool:
    """Whether the digits are a number somebody can call back."""
    return len(digits) == NATIONAL or (len(digits) == WITH_COUNTRY and digits[0] == "1")


def dictating(digits: str) -> bool:
    """Whether more digits are to be expected."""
    return 0 < len(digits) < NATIONAL or (len(digits) == NATIONAL and digits[0] == "1")


def e164(digits: str) -> str:
    """+12125550147. Expects a complete number."""
    return "+" + (digits if len(digits) == WITH_COUNTRY else "1" + digits)


def say_phone(number: str) -> str:
    """Digit by digit with the usual pauses: "two one two, five five five, zero one four seven"."""
    digits = re.sub(r"\D", "", number)[-NATIONAL:]
    groups = [digits[:3], digits[3:6], digits[6:]] if len(digits) == NATIONAL else [digits[:3], digits[3:]]
    return ", ".join(say_digits(group) for group in groups if group)
