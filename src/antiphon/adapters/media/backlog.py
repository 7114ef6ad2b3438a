"""What a leg delivers while nobody is attached to it yet."""

from collections import deque

from antiphon.ports.leg import Closed, LegFact, LegSink

MOST_AUDIO_MS = 2_000
"""A call attaches once its journal is open: some milliseconds, or a busy disk's second. What is older nobody waits for."""
MOST_FACTS = 1_000
"""A caller types no thousand lines in that time."""
BYTES_PER_MS = 32  # 16 kHz int16


class Backlog:
    """A leg's first sink. Keeps what comes, in order, for the real one; of too much audio the oldest goes, as it joins nothing."""

    def __init__(self) -> None:
        self._facts: list[LegFact] = []
        self._audio: deque[tuple[int, int, bytes]] = deque()  # how many facts came before it, at_ms, PCM
        self._audio_ms = 0

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """See `ports.leg.LegSink`."""
        self._audio.append((len(self._facts), at_ms, bytes(pcm)))
        self._audio_ms += len(pcm) // BYTES_PER_MS
        while self._audio_ms > MOST_AUDIO_MS:
            self._audio_ms -= len(self._audio.popleft()[2]) // BYTES_PER_MS

    def fact(self, fact: LegFact) -> None:
        """See `ports.leg.LegSink`."""
        if len(self._facts) < MOST_FACTS or isinstance(fact, Closed):
            self._facts.append(fact)

    def hand_over(self, sink: LegSink) -> None:
        """Deliver everything to `sink` and forget it."""
        facts, self._facts = self._facts, []
        audio, self._audio, self._audio_ms = self._audio, deque(), 0
        told = 0
        for before, at_ms, pcm in audio:
            for fact in facts[told:before]:
                sink.fact(fact)
            told = before
            sink.audio(at_ms, memoryview(pcm))
        for fact in facts[told:]:
            sink.fact(fact)
