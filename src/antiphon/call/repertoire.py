"""What has been said before, by any call: a greeting, a question, a filler is synthesised once, and its sound has a name by which a
leg can keep the packets that it was encoded to."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from hashlib import blake2b
from typing import cast

from antiphon.ports.tts import Speech, Tts, TtsProfile

ROOM_BYTES = 32 * 1024 * 1024
"""Sixteen minutes at 16 kHz, some 400 clauses. Those with a caller's own words in them are said once and make room again."""


class Repertoire:
    """A voice engine that remembers what it said; implements `antiphon.ports.tts.Tts` over another one."""

    def __init__(self, tts: Tts, room_bytes: int = ROOM_BYTES) -> None:
        self._tts, self._room_bytes = tts, room_bytes
        self._known: OrderedDict[str, Speech] = OrderedDict()
        self._bytes = 0

    @property
    def profile(self) -> TtsProfile:
        return self._tts.profile

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        """As the engine speaks it, or from memory and then all at once."""
        name = self._name(text, voice)
        if (known := self._known.get(name)) is not None:
            self._known.move_to_end(name)
            yield known
            return
        made: list[Speech] = []
        chunks = cast(AsyncGenerator[Speech, None], self._tts.speak(text, voice))
        async with aclosing(chunks) as speech:
            async for chunk in speech:
                # What comes in pieces has its name once it is whole: a leg keeps sounds, not pieces.
                named = chunk if self.profile.streams else replace(chunk, name=name)
                made.append(named)
                yield named
        self._remember(name, made)

    async def aclose(self) -> None:
        """Close the engine and forget."""
        self._known.clear()
        self._bytes = 0
        await self._tts.aclose()

    def _name(self, text: str, voice: str) -> str:
        """Stands for the text without giving it away."""
        said = f"{self.profile.name}\0{voice}\0{text}"
        return blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()

    def _remember(self, name: str, made: list[Speech]) -> None:
        if not made or len({chunk.rate_hz for chunk in made}) > 1:
            return
        whole = _joined(made, name)
        if name in self._known or len(whole.pcm) > self._room_bytes:
            return
        self._known[name] = whole
        self._bytes += len(whole.pcm)
        while self._bytes > self._room_bytes:
            _, oldest = self._known.popitem(last=False)
            self._bytes -= len(oldest.pcm)


def _joined(made: list[Speech], name: str) -> Speech:
    words = []
    before_ms = 0.0
    for chunk in made:
        shift = round(before_ms)
        words += [replace(word, start_ms=word.start_ms + shift, end_ms=word.end_ms + shift) for word in chunk.words]
        before_ms += len(chunk.pcm) * 1000 / (2 * chunk.rate_hz)
    return Speech(b"".join(chunk.pcm for chunk in made), made[0].rate_hz, tuple(words), name)
