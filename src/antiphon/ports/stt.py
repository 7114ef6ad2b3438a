"""Recognition: a stream per call, an utterance between a start and a finish of speech."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SttProfile:
    """What a recogniser can do."""

    name: str
    interim: bool
    languages: tuple[str, ...] = ("en-US",)


@dataclass(frozen=True, slots=True)
class SttVocabulary:
    """What this agent's callers are likely to say; `key` names the vocabulary for caching (content hash).

    `phrases` are lists of alternatives by slot name ({"service": ("haircut", …), "person": …}); `templates` are sentences with
    {slot} holes. Spelled as spoken, lower case.
    """

    key: str
    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    templates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What an utterance said: lower-case words; `alternative` is what the losing decoder heard, if any."""

    text: str
    confidence: float
    alternative: str = ""


class SttStream(Protocol):
    """One caller's recogniser. Utterances do not overlap."""

    def begin(self) -> None:
        """Speech starts: the next audio belongs to a new utterance. Begins anew if one was open."""

    def push(self, pcm: bytes) -> None:
        """16 kHz int16 PCM, chunks of about 100 ms; never blocks."""

    async def finish(self) -> Heard:
        """The utterance is over: its words. Raises ProviderError; cancelling gives the decoder back."""

    def abandon(self) -> None:
        """Forget the open utterance, if any."""

    async def aclose(self) -> None:
        """Give everything back; safe to call twice."""


class Stt(Protocol):
    """A recogniser shared by all calls of the process."""

    @property
    def profile(self) -> SttProfile: ...

    async def prepare(self, vocabulary: SttVocabulary) -> None:
        """Build and cache what this vocabulary needs, outside the serving process. Raises ProviderError."""

    def open(self, vocabulary: SttVocabulary, interim: Callable[[str], None]) -> SttStream:
        """A stream; `interim` gets the words so far, on the event loop, when they change."""

    async def aclose(self) -> None:
        """Stop every worker."""
