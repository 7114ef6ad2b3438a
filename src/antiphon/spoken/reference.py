"""References such as GB-20261120-001: said clearly, found in speech, and their grammar for a recogniser."""

import re

from antiphon.spoken.numbers import digit_run, say_digits
from antiphon.spoken.words import tokens

_WRITTEN = re.compile(r"\b([A-Za-z]{2})-?(\d{8})-?(\d{3,})\b")


def say_reference(reference: str) -> str:
    """ "G B, two zero two six, one one two zero, zero zero one": letters, then digits in groups a listener can write down."""
    prefix, day, number = reference.split("-")
    groups = [" ".join(prefix), say_digits(day[:4]), say_digits(day[4:]), say_digits(number)]
    return ", ".join(groups)


def find_reference(text: str) -> str | None:
    """The reference said or typed in `text`, in its written form."""
    if written := _WRITTEN.search(text):
        return f"{written[1].upper()}-{written[2]}-{written[3]}"
    words = tokens(text)
    for at in range(len(words) - 1):
        # "A M" reads as one word, because to a clock it is one.
        letters, after = (words[at], at + 1) if len(words[at]) == 2 else ("".join(words[at : at + 2]), at + 2)
        if len(letters) == 2 and letters.isalpha():
            digits, _ = digit_run(words, after)
            if len(digits) >= 11:
                return f"{letters.upper()}-{digits[:8]}-{digits[8:]}"
    return None


def reference_grammar(prefix: str) -> str:
    """A JSGF grammar of the shape of `prefix`'s references as `say_reference` speaks them: two letters and eleven digits."""
    letters = " ".join(letter.lower() for letter in prefix)
    digits = "zero | one | two | three | four | five | six | seven | eight | nine"
    return (
        "#JSGF V1.0;\ngrammar reference;\n"
        f"<digit> = {digits};\npublic <reference> = {letters} {' '.join(['<digit>'] * 11)};\n"
    )
