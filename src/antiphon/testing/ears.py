"""Ears for tests: what is said in received audio, inside a grammar; whether it is speech at all.

A grammar recogniser answers "which of these sentences is it"; it is sure about digits where an open recogniser is not. Audio is
16 kHz mono int16 throughout.
"""

import re
from collections.abc import Sequence

import numpy as np

from antiphon.wiring.speech import recognise_with_grammar

__all__ = ["grammar_of", "level_dbfs", "longest_prefix", "recognise_with_grammar", "spoken_digits"]

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def grammar_of(sentences: Sequence[str]) -> str:
    """A JSGF grammar that allows exactly these sentences."""
    return f"#JSGF V1.0; grammar g; public <g> = {' | '.join(_plain(sentence) for sentence in sentences)};"


def longest_prefix(pcm: bytes, words: Sequence[str]) -> list[str]:
    """Which prefix of `words` the audio holds, as a grammar of all its prefixes decides; empty if none."""
    plain = [_plain(word) for word in words]
    nested = ""
    for word in reversed(plain):
        nested = f"{word} [ {nested} ]" if nested else word
    heard = recognise_with_grammar(pcm, f"#JSGF V1.0; grammar g; public <g> = {nested};").split()
    count, at = 0, 0
    while count < len(plain) and heard[at : at + len(plain[count].split())] == plain[count].split():
        at += len(plain[count].split())
        count += 1
    return list(words[:count])


def spoken_digits(text: str) -> str:
    """The digits said in `text`: "two oh double one" gives 2011."""
    digits, times = "", 1
    for word in text.split():
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif word in _DIGITS or word in ("oh", "o"):
            digits += str(_DIGITS.index(word) if word in _DIGITS else 0) * times
            times = 1
    return digits


def level_dbfs(pcm: bytes) -> float:
    """Root mean square of the loudest 100 ms, in dB below full scale; -100 for silence."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    frames = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    loudest = float(np.sqrt((frames**2).mean(axis=1)).max()) if len(frames) else 0.0
    return 20 * float(np.log10(loudest / 32768)) if loudest > 0.33 else -100.0


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z' ]+", " ", text.lower()).split())
