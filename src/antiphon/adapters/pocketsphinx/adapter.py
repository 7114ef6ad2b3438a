"""The Stt port over pocketsphinx: streams lease a worker process for each utterance; domain models are built on `prepare`.

pocketsphinx never lets go of the GIL (one second of speech holds it a fifth of a second), hence the processes. A stream keeps
only the caller's cepstral means between utterances, so any worker can take the next one.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import structlog

from antiphon.adapters.pocketsphinx.model import DomainModel, domain_model
from antiphon.adapters.pocketsphinx.pool import WorkerPool
from antiphon.adapters.pocketsphinx.process import PACKAGES
from antiphon.adapters.pocketsphinx.pronounce import from_flite
from antiphon.adapters.pocketsphinx.utterance import Utterance
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.ports.stt import Heard, SttProfile, SttVocabulary

BUILDER = "antiphon.adapters.pocketsphinx.build"
BUILD_DEADLINE_S = 120.0
STALL_S = 3.0  # without a sign of life; the slowest answer measured on a quiet machine took 0.25 s
PATIENCE_S = 2.0  # how long a finished utterance waits for a free worker
MOST_SURPRISE = 0.43
"""Nats a second of speech. A domain decoder that is surprised no more does not wait for a general one that is behind: in 55 of 74
of the salon's sentences, and of 284 in all in none that the general one would have won (`benchmarks/decoders.py`)."""

Pronounce = Callable[[str], Awaitable[Sequence[str]]]
"""Phones of a word in Flite's names, for words that the dictionary lacks."""

log = structlog.get_logger()


class PocketsphinxStream:
    """One caller's recogniser; implements `antiphon.ports.stt.SttStream`."""

    def __init__(self, stt: "PocketsphinxStt", vocabulary: SttVocabulary, interim: Callable[[str], None]) -> None:
        self._stt, self._vocabulary, self._interim = stt, vocabulary, interim
        self._means: dict[str, str] = {}
        self._utterance: Utterance | None = None
        self._closed = False

    def begin(self) -> None:
        self.abandon()
        if not self._closed:
            self._utterance = Utterance(
                self._stt.domain(self._vocabulary), self._means, self._interim, self._stt.most_surprise
            )
            self._stt.pool.lease(self._utterance)

    def push(self, pcm: bytes) -> None:
        if self._utterance is not None:
            self._utterance.push(pcm)

    async def finish(self) -> Heard:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return Heard("", 0.0)
        try:
            return Heard("", 0.0) if utterance.empty else await utterance.finish(self._stt.patience_s)
        finally:
            utterance.abandon()  # after an answer this does nothing; after a cancel it gives the worker back

    def abandon(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            utterance.abandon()

    async def aclose(self) -> None:
        self._closed = True
        self.abandon()


class PocketsphinxStt:
    """pocketsphinx for all calls of the process; implements `antiphon.ports.stt.Stt`. Belongs to one event loop."""

    def __init__(
        self,
        cache: Path,
        *,
        workers: int = 2,
        pronounce: Pronounce | None = None,
        stall_s: float = STALL_S,
        patience_s: float = PATIENCE_S,
        most_surprise: float = MOST_SURPRISE,
    ) -> None:
        """Start `workers` processes; domain models are kept in `cache`. Audio that comes faster than it was spoken is heard by both
        decoders if `most_surprise` is 0."""
        self._cache = cache.absolute()  # the workers have a working folder of their own
        self._pronounce = pronounce
        self.patience_s, self.most_surprise = patience_s, most_surprise
        self.pool = WorkerPool(asyncio.get_running_loop(), workers, stall_s)
        self._building = asyncio.Lock()
        self._prepared: dict[str, DomainModel] = {}
        self._closed = False

    @property
    def profile(self) -> SttProfile:
        return SttProfile("pocketsphinx", interim=True)

    async def warm_up(self) -> None:
        """Wait until the first worker has loaded its decoder (about a second), so that the first caller does not."""
        await self.pool.wait_ready()

    async def prepare(self, vocabulary: SttVocabulary) -> None:
        """Build this vocabulary's model unless it is in the cache (1-2 s, in a process of its own). Raises ProviderError."""
        async with self._building:
            model = domain_model(self._cache, vocabulary)
            if not await asyncio.to_thread(model.built):
                await self._build(model, vocabulary)
            self._prepared[vocabulary.key] = model
            self.pool.load(str(model.folder))

    def open(self, vocabulary: SttVocabulary, interim: Callable[[str], None]) -> PocketsphinxStream:
        """A stream; until `vocabulary` is prepared the general decoder hears it alone."""
        return PocketsphinxStream(self, vocabulary, interim)

    def domain(self, vocabulary: SttVocabulary) -> str | None:
        """The folder of the vocabulary's model if it is there."""
        model = self._prepared.get(vocabulary.key)
        return str(model.folder) if model is not None else None

    async def aclose(self) -> None:
        """End every worker; safe to call twice."""
        if not self._closed:
            self._closed = True
            await self.pool.aclose()

    async def _build(self, model: DomainModel, vocabulary: SttVocabulary) -> None:
        order = asdict(vocabulary)
        missing = json.loads(await asyncio.to_thread(_run_builder, order))
        pronunciations = {word: phones for word in missing if (phones := await self._phones(word))}
        log.info(
            "domain_model_building", vocabulary=vocabulary.key, pronounced=sorted(pronunciations), missing=len(missing)
        )
        order |= {"folder": str(model.folder), "pronunciations": pronunciations}
        await asyncio.to_thread(_run_builder, order)

    async def _phones(self, word: str) -> str:
        if self._pronounce is None:
            return ""
        try:
            return from_flite(await self._pronounce(word))
        except ProviderError:
            return ""  # its spelling will do


def _run_builder(order: dict[str, object]) -> bytes:
    """On a thread: run the builder to its end. Raises ProviderError."""
    command = [sys.executable, "-m", BUILDER]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            cwd=PACKAGES,
            capture_output=True,
            timeout=BUILD_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderError("building the domain model took too long", ProviderFault.TIMEOUT, retryable=True) from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        message = f"building the domain model failed: {reason[-1] if reason else done.returncode}"
        raise ProviderError(message, ProviderFault.PROTOCOL, retryable=False)
    return done.stdout
