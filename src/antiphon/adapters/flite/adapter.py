"""The Tts port over Flite: a small pool of threads (wasmtime lets go of the GIL), and word times.

Silence is trimmed to 20 ms before the first sound and 60 ms after the last: Flite itself adds a fifth of a second on each side.
Pauses *between* clauses belong to whoever speaks several of them in a row.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from antiphon.adapters.flite import timing
from antiphon.adapters.flite.engine import FliteEngine, Interrupted, Job, Utterance
from antiphon.adapters.flite.text import Word, words
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.ports.tts import Speech, TtsProfile

VOICES = ("slt", "rms", "awb", "kal16")
LEAD_MS = 20
TAIL_MS = 60
LONGEST_TEXT = 600  # about 40 s of speech; without a limit 10,000 characters made 118 s of audio
CACHED_WORDS = 4096


class FliteTts:
    """Flite for all calls of the process; implements `antiphon.ports.tts.Tts`."""

    def __init__(self, cache: Path, *, threads: int = 2) -> None:
        """`cache` keeps the compiled module between starts. Nothing is loaded before `warm_up` or the first clause."""
        self._cache = cache
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="flite")
        self._threads = threads
        self._engines = threading.local()
        self._loading = threading.Lock()
        self._jobs: set[Job] = set()
        self._phones = _PhoneCache(CACHED_WORDS)
        self._closed = False

    @property
    def profile(self) -> TtsProfile:
        return TtsProfile("flite", VOICES, 16_000, word_times=True, longest_text=LONGEST_TEXT)

    async def warm_up(self) -> None:
        """Load the engine on every thread, so that the first caller does not wait for it. Raises ConfigError."""
        loop = asyncio.get_running_loop()
        together = threading.Barrier(self._threads)
        await asyncio.gather(*(loop.run_in_executor(self._pool, self._load, together) for _ in range(self._threads)))

    async def phones(self, word: str) -> tuple[str, ...]:
        """How Flite would say `word`, in its phone names without pauses. Raises ProviderError."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: self._phones.of(self._engine(), word)
        )

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        """One `Speech` with the whole of `text`, or nothing if nothing in it can be said. Raises ProviderError."""
        self._check(text, voice)
        speakable = words(text)
        if not speakable:
            return
        yield await self._synthesise(speakable, voice)

    async def aclose(self) -> None:
        """Stop the running syntheses and the threads; safe to call twice."""
        self._closed = True
        for job in self._jobs:
            job.stop()
        await asyncio.get_running_loop().run_in_executor(None, lambda: self._pool.shutdown(cancel_futures=True))

    def _check(self, text: str, voice: str) -> None:
        if self._closed:
            raise ProviderError("the voice engine is closed", ProviderFault.UNAVAILABLE, retryable=False)
        if voice not in VOICES:
            message = f"flite has no voice {voice!r}; it has {', '.join(VOICES)}"
            raise ProviderError(message, ProviderFault.REFUSED, retryable=False)
        if len(text) > LONGEST_TEXT:
            message = f"{len(text)} characters at once; flite takes {LONGEST_TEXT}: speak clause by clause"
            raise ProviderError(message, ProviderFault.REFUSED, retryable=False)

    async def _synthesise(self, speakable: list[Word], voice: str) -> Speech:
        job = Job()
        self._jobs.add(job)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, job, speakable, voice)
        except Interrupted:
            raise ProviderError("the voice engine was closed", ProviderFault.UNAVAILABLE, retryable=False) from None
        finally:
            job.stop()
            self._jobs.discard(job)

    def _work(self, job: Job, speakable: list[Word], voice: str) -> Speech:
        """On a pool thread: audio, then the times of its words."""
        engine = self._engine()
        made = job.run(engine, " ".join(word.spoken for word in speakable), voice)
        alone = [self._phones.of(engine, word.bare) for word in speakable]
        return _speech(made, speakable, alone)

    def _load(self, together: threading.Barrier) -> None:
        """Each thread takes one of these, because it waits until all have."""
        try:
            self._engine()
        finally:
            together.wait()

    def _engine(self) -> FliteEngine:
        engine: FliteEngine | None = getattr(self._engines, "engine", None)
        if engine is None:
            with self._loading:  # the first thread compiles, the next finds the build in the cache
                engine = self._engines.engine = FliteEngine(self._cache)
        return engine


class _PhoneCache:
    """The phones of words spoken alone; shared by the threads, the least recently used word goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def of(self, engine: FliteEngine, text: str) -> tuple[str, ...]:
        with self._lock:
            if (phones := self._known.get(text)) is not None:
                self._known.move_to_end(text)
                return phones
        phones = engine.phones_of(text)
        with self._lock:
            self._known[text] = phones
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return phones


def _speech(made: Utterance, speakable: list[Word], alone: list[tuple[str, ...]]) -> Speech:
    """Trim the silence around the words and place the words in what is left."""
    total_s = len(made.pcm) / 2 / made.rate_hz
    ends = [phone.end_s for phone in made.phones if phone.name != timing.PAUSE]
    first = made.phones[0] if made.phones else None
    start_s = first.end_s if first is not None and first.name == timing.PAUSE else 0.0
    cut_s = max(0.0, start_s - LEAD_MS / 1000)
    stop_s = min(total_s, (ends[-1] if ends else total_s) + TAIL_MS / 1000)
    pcm = made.pcm[round(cut_s * made.rate_hz) * 2 : round(stop_s * made.rate_hz) * 2]
    return Speech(
        pcm, made.rate_hz, timing.word_times(speakable, alone, made.phones, cut_s, len(pcm) / 2 / made.rate_hz)
    )


def synthesise(text: str, voice: str, cache: Path) -> tuple[bytes, int]:
    """On this thread: PCM of `text` untrimmed, and its rate. Blocks. Raises ConfigError, ProviderError."""
    made = FliteEngine(cache).synthesise(" ".join(word.spoken for word in words(text)), voice)
    return made.pcm, made.rate_hz
