"""Cutting a growing reply into clauses, so that the first audio leaves before the last word is known."""

import re
from dataclasses import dataclass

_END = re.compile(r"[.!?]+[\"')\]]*(?=\s)|[,;:—–](?=\s)")
_SHORTEST_FIRST = 12
"""Characters before a comma may end the first clause: "Sure," alone would be followed by an audible gap while the rest is made."""
_SHORTEST = 24
_LONGEST = 220
"""flite blocks about 1.1 ms a character (reference: 360 characters took 401 ms); longer clauses are split at a space."""

PAUSE_MS = {".": 260, "!": 260, "?": 260, ",": 110, ";": 160, ":": 160, "—": 160, "–": 160}
"""Silence after a clause by its last mark; engines trim theirs. Conversational pauses, set by ear on the flite voices."""


@dataclass(frozen=True, slots=True)
class Clause:
    """text[start:end] of the reply, and the silence to leave after it."""

    start: int
    end: int
    text: str
    pause_ms: int


class ClauseCutter:
    """Fed with text as it streams; hands out clauses as soon as they are whole."""

    def __init__(self) -> None:
        self._text = ""
        self._start = 0

    def feed(self, text: str) -> list[Clause]:
        """The clauses that `text` completes."""
        self._text += text
        clauses = []
        while (end := self._next_end()) is not None:
            clauses.append(self._cut(end))
        return clauses

    def finish(self) -> list[Clause]:
        """What is left, as a last clause."""
        return [self._cut(len(self._text))] if self._text[self._start :].strip() else []

    def _next_end(self) -> int | None:
        shortest = _SHORTEST_FIRST if self._start == 0 else _SHORTEST
        for mark in _END.finditer(self._text, self._start):
            sentence = self._text[mark.start()] in ".!?"
            if mark.end() - self._start >= shortest or (sentence and mark.end() - self._start > 3):
                return mark.end()
        if len(self._text) - self._start > _LONGEST:
            space = self._text.rfind(" ", self._start, self._start + _LONGEST)
            return space if space > self._start else self._start + _LONGEST
        return None

    def _cut(self, end: int) -> Clause:
        start, self._start = self._start, end
        text = self._text[start:end]
        last = text.rstrip("\"')] \n")[-1:]
        return Clause(start, end, text, PAUSE_MS.get(last, 60))
