"""Text to tokens: what a recogniser writes ("half past two p m") and what people type ("2:30pm") meet here."""

import re

_APOSTROPHE = re.compile(r"[’`]")
_CLOCK = re.compile(r"\b(\d{1,2})[:.](\d{2})\s*([ap])\.?\s?m\b\.?|\b(\d{1,2})\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_DOTTED = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}:\d{2}|\d+(?:st|nd|rd|th)|\d+|[a-zà-ÿ]+(?:'[a-z]+)?"
)


def tokens(text: str) -> list[str]:
    """Lower-case words, numbers, dates (11/24) and clock times (2:30). "a m" and "p.m." become "am" and "pm", "o'clock" stays."""
    text = _APOSTROPHE.sub("'", text.lower()).replace("o' clock", "o'clock").replace("o clock", "o'clock")
    text = _CLOCK.sub(_spread, text)
    text = _DOTTED.sub(r"\1m", text)
    found = _TOKEN.findall(text.replace("-", "-" if re.search(r"\d-\d", text) else " "))
    return _join_letters(found)


def _spread(match: re.Match[str]) -> str:
    hour, minute, half, bare, bare_half = match.groups()
    return f"{hour}:{minute} {half}m" if hour else f"{bare} {bare_half}m"


def _join_letters(words: list[str]) -> list[str]:
    """ "a m" is two letters to a recogniser."""
    joined: list[str] = []
    index = 0
    while index < len(words):
        if words[index] in ("a", "p") and words[index + 1 : index + 2] == ["m"]:
            joined.append(words[index] + "m")
            index += 2
        else:
            joined.append(words[index])
            index += 1
    return joined
