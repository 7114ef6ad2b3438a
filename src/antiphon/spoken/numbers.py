"""Numbers in words: cardinals, ordinals, digit strings, and how to say them."""

import re

from antiphon.spoken.english import DOUBLE, OH, ORDINALS, TENS, UNITS

Parsed = tuple[int, int]
"""(value, index after it)"""

_ORDINAL_DIGITS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")


def cardinal(words: list[str], at: int) -> Parsed | None:
    """A number below one hundred at `at`: "seven", "twenty three", "23"."""
    if at >= len(words):
        return None
    word = words[at]
    if word.isdigit() and len(word) <= 2:
        return int(word), at + 1
    if word in UNITS:
        return UNITS[word], at + 1
    if word in TENS:
        unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (TENS[word] + unit, at + 2) if 1 <= unit <= 9 else (TENS[word], at + 1)
    return None


def ordinal(words: list[str], at: int) -> Parsed | None:
    """ "third", "twenty first", "21st"."""
    if at >= len(words):
        return None
    word = words[at]
    if match := _ORDINAL_DIGITS.fullmatch(word):
        return int(match[1]), at + 1
    if word in ORDINALS:
        return ORDINALS[word], at + 1
    if word in TENS and at + 1 < len(words) and 1 <= ORDINALS.get(words[at + 1], 0) <= 9:
        return TENS[word] + ORDINALS[words[at + 1]], at + 2
    return None


def digit_run(words: list[str], at: int) -> tuple[str, int]:
    """As many digits as are spoken from `at`: "oh", "double five", "twenty three" (23), "555", "eight hundred" (800)."""
    digits = ""
    while at < len(words):
        word = words[at]
        if word in DOUBLE and at + 1 < len(words) and (one := _digit(words[at + 1])):
            digits, at = digits + one * DOUBLE[word], at + 2
        elif word == "hundred" and digits:
            digits, at = digits + "00", at + 1
        elif word == "thousand" and digits:
            digits, at = digits + "000", at + 1
        elif one := _digit(word):
            digits, at = digits + one, at + 1
        elif word.isdigit():
            digits, at = digits + word, at + 1
        elif (number := cardinal(words, at)) is not None:
            digits, at = digits + str(number[0]), number[1]
        else:
            break
    return digits, at


def _digit(word: str) -> str:
    if word in OH:
        return "0"
    value = UNITS.get(word)
    return str(value) if value is not None and value < 10 else ""


_SMALL = {value: word for word, value in UNITS.items()}
_TEN_NAMES = {
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}
_ORDINAL_NAMES = {value: word for word, value in ORDINALS.items()}


def say_cardinal(number: int) -> str:
    """0 to 9,999 in words."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, unit = number // 10 * 10, number % 10
        return _TEN_NAMES[tens] + (f" {_SMALL[unit]}" if unit else "")
    if number < 1_000:
        rest = number % 100
        return f"{_SMALL[number // 100]} hundred" + (f" {say_cardinal(rest)}" if rest else "")
    rest = number % 1_000
    return f"{say_cardinal(number // 1_000)} thousand" + (f" {say_cardinal(rest)}" if rest else "")


def say_ordinal(number: int) -> str:
    """1 to 99 in words: "twenty first"."""
    if number in _ORDINAL_NAMES:
        return _ORDINAL_NAMES[number]
    return f"{_TEN_NAMES[number // 10 * 10]} {_ORDINAL_NAMES[number % 10]}"


def say_digits(digits: str) -> str:
    """Digits one by one."""
    return " ".join(_SMALL[int(digit)] for digit in digits)
