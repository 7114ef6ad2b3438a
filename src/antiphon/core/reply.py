"""The heard ledger: what was not played was not said.

One reply is one attempt to speak. Its audio comes in chunks that each say a span of its text; the leg tells how far playout came.
Heard is what the client acknowledged, or what was sent less the way to the caller's ear; rounded down to whole words, never less
than before, never more than was sent. Facts about another reply never touch this one.
"""

import re
from dataclasses import dataclass, field

from antiphon.core.events import AudioMade

_WORD_END = re.compile(r"\S(?=\s|$)")


@dataclass(slots=True)
class Reply:
    """One attempt to speak. Positions in ms of its audio, text positions in characters."""

    reply: int
    text: str = ""
    complete: bool = False  # all its text is known
    audible: bool = False
    chunks: list[AudioMade] = field(default_factory=list)
    sent_ms: int = 0
    heard_ms: int = 0
    basis: str = "aligned"
    cut: bool = False
    closed: bool = False
    cutting_ms: int | None = None  # when its cut was ordered: it stays open until the leg says where it stopped
    awaited_ms: int | None = None  # since when all its text is known and nothing of it was heard

    def made(self, chunk: AudioMade) -> None:
        """A chunk was synthesised; out of order or repeated ones are dropped."""
        if chunk.seq == len(self.chunks) and not self.closed:
            self.chunks.append(chunk)

    @property
    def audio_ms(self) -> int:
        """Audio made so far."""
        return sum(chunk.audio_ms for chunk in self.chunks)

    @property
    def left_ms(self) -> int | None:
        """Audio still to be sent, once all of it is made."""
        return max(0, self.audio_ms - self.sent_ms) if self._all_made else None

    @property
    def _all_made(self) -> bool:
        return self.complete and bool(self.chunks) and self.chunks[-1].text_to >= len(self.text.rstrip())

    def position(self, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        """Playout stands at `sent_ms`."""
        self.sent_ms = max(self.sent_ms, sent_ms)
        if acked_ms is not None:
            heard, self.basis = min(acked_ms, self.sent_ms), "acked"
        else:
            heard = max(0, self.sent_ms - delay_ms)
        self.heard_ms = max(self.heard_ms, heard)

    def heard(self) -> tuple[str, str]:
        """(the words heard, basis) for a reply that was cut."""
        end, before_ms, exact = 0, 0, True
        for chunk in self.chunks:
            left = self.heard_ms - before_ms
            if left <= 0:
                break
            if left >= chunk.audio_ms:
                end = chunk.text_to
            elif chunk.words:
                end = max([end, *(word.end for word in chunk.words if word.end_ms <= self.heard_ms)])
            else:
                share = (chunk.text_to - chunk.text_from) * left // max(1, chunk.audio_ms)
                end, exact = max(end, _last_word_end(self.text, chunk.text_from, chunk.text_from + share)), False
            before_ms += chunk.audio_ms
        return self.text[:end].rstrip(), self.basis if self.basis == "acked" or exact else "estimated"


def _last_word_end(text: str, start: int, limit: int) -> int:
    """The end of the last whole word of text[start:] that ends at or before `limit`."""
    ends = [match.end() for match in _WORD_END.finditer(text, start) if match.end() <= limit]
    return ends[-1] if ends else start


@dataclass(slots=True)
class Ledger:
    """All replies of a call, in the order they were begun."""

    replies: dict[int, Reply] = field(default_factory=dict)

    def begin(self, reply: int) -> Reply:
        """A new reply; ids never repeat."""
        self.replies[reply] = Reply(reply)
        return self.replies[reply]

    def live(self, reply: int) -> Reply | None:
        """The reply if it may still change."""
        found = self.replies.get(reply)
        return None if found is None or found.closed else found

    @property
    def open(self) -> list[Reply]:
        """Replies with something to say that are not over, in order."""
        return [reply for reply in self.replies.values() if reply.text and not reply.closed]
