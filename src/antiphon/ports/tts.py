"""Synthesis: a clause of text becomes PCM with word times."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from antiphon.ports.leg import WordTime


@dataclass(frozen=True, slots=True)
class TtsProfile:
    """What a voice engine can do. `longest_text` is the most characters it takes at once."""

    name: str
    voices: tuple[str, ...]
    rate_hz: int
    word_times: bool
    longest_text: int
    streams: bool = False
    """Whether audio may come in pieces, before all of it is made."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Some audio of the asked text: mono int16 PCM at `rate_hz`, and its words (empty if the engine gives no times). Word
    indexes point into the text given to `speak`; word times count from the start of this chunk. `name`: the same name, the same
    sound, whoever asks for it."""

    pcm: bytes
    rate_hz: int
    words: tuple[WordTime, ...]
    name: str | None = None


class Tts(Protocol):
    """A voice engine shared by all calls of the process."""

    @property
    def profile(self) -> TtsProfile: ...

    def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        """Audio as it is made. Closing the iterator stops synthesis within milliseconds. Raises ProviderError; empty or
        unspeakable text yields nothing."""

    async def aclose(self) -> None:
        """Stop; running syntheses end."""
