"""A checkup of the embedded parts for `antiphon doctor`: each is really started and really works once, with the time it took."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from antiphon.config.server import ServerSettings
from antiphon.core.errors import AntiphonError, ProviderError, ProviderFault
from antiphon.ports.stt import SttVocabulary
from antiphon.wiring.brains import open_language_model

SENTENCE = "I would like to book a haircut on Thursday at three."
SLOW_MODEL_S = 1.0
"""A first word later than this is a pause that callers notice."""
CHUNK_BYTES = 3200  # 100 ms at 16 kHz


@dataclass(frozen=True, slots=True)
class Measured:
    """What a part did: `words` for people; `pace` is the time it took as a part of the audio's length, if it is that kind."""

    words: str
    seconds: float
    pace: float | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A part that does not work, and what to do."""

    words: str


Checkup = Measured | Broken


async def examine(cache: Path) -> dict[str, Checkup]:
    """Media core, voice, detector and recogniser, in that order. `cache` keeps what the engines compile."""
    results: dict[str, Checkup] = {"media core": await _guard(_media_core)}
    audio = b""

    async def voice() -> Measured:
        nonlocal audio
        measured, audio = await _voice(cache)
        return measured

    results["voice"] = await _guard(voice)
    results["speech detector"] = await _guard(lambda: _detector(audio))
    results["recogniser"] = await _guard(lambda: _recogniser(cache, audio))
    return results


async def _guard(check: Callable[[], Awaitable[Measured]]) -> Checkup:
    """A part may fail in any way its library likes: that is what the doctor is asked about."""
    try:
        return await check()
    except AntiphonError as error:
        return Broken(str(error))
    except ImportError as error:
        return Broken(f"{error}; run `make demo`, which builds and installs it")
    except Exception as error:  # noqa: BLE001  # the boundary of one examination; the finding names the error
        return Broken(f"{type(error).__name__}: {error}")


async def _media_core() -> Measured:
    return _load_core()


def _load_core() -> Measured:
    started = time.perf_counter()
    core = import_module("antiphon._media")
    seconds = time.perf_counter() - started
    size = Path(str(core.__file__)).stat().st_size / 1e6
    return Measured(f"loads in {seconds * 1000:.0f} ms ({size:.0f} MB)", seconds)


async def _voice(cache: Path) -> tuple[Measured, bytes]:
    from antiphon.adapters.flite import FliteTts

    tts = FliteTts(cache, threads=1)
    try:
        started = time.perf_counter()
        await tts.warm_up()
        ready = time.perf_counter()
        pcm = b"".join([speech.pcm async for speech in tts.speak(SENTENCE, "slt")])
        spoken = time.perf_counter() - ready
    finally:
        await tts.aclose()
    if not pcm:
        return Measured("starts, but said nothing", 0.0, slow=True), b""
    length = len(pcm) / 2 / 16_000
    words = f"flite starts in {ready - started:.1f} s, says {length:.1f} s of speech in {spoken * 1000:.0f} ms"
    return Measured(words, ready - started, spoken / length, slow=spoken > 0.3), pcm


async def _detector(pcm: bytes) -> Measured:
    from antiphon.adapters.silero import SileroVad

    vad = SileroVad()
    try:
        started = time.perf_counter()
        await vad.warm_up()
        ready = time.perf_counter()
        window_bytes = 2 * vad.profile.window
        # One second at a time: a stream keeps two seconds of windows at most.
        sample = memoryview(pcm or bytes(32_000))[: 31 * window_bytes]
        windows = len(sample) // window_bytes
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        best = 0.0

        def verdict(end_sample: int, probability: float) -> None:
            nonlocal best
            best = max(best, probability)
            if end_sample >= windows * vad.profile.window and not heard.done():
                heard.set_result(None)

        vad.open(verdict).push(sample)
        await asyncio.wait_for(heard, 10)
        each_us = (time.perf_counter() - ready) / windows * 1e6
    finally:
        await vad.aclose()
    if pcm and best < 0.5:
        return Measured("silero starts, but does not take the voice for speech", ready - started, slow=True)
    words = f"silero starts in {ready - started:.1f} s, judges 32 ms of sound in {each_us:.0f} µs"
    return Measured(words, ready - started, each_us / 32_000, slow=each_us > 1000)


async def _recogniser(cache: Path, pcm: bytes) -> Measured:
    from antiphon.adapters.pocketsphinx import PocketsphinxStt

    started = time.perf_counter()
    stt = PocketsphinxStt(cache, workers=1)
    try:
        await stt.warm_up()
        ready = time.perf_counter()
        stream = stt.open(SttVocabulary(""), lambda _words: None)
        stream.begin()
        for at in range(0, len(pcm), CHUNK_BYTES):
            stream.push(pcm[at : at + CHUNK_BYTES])
        heard = await stream.finish()
        spent = time.perf_counter() - ready
        await stream.aclose()
    finally:
        await stt.aclose()
    length = len(pcm) / 2 / 16_000
    words = f"pocketsphinx starts in {ready - started:.1f} s"
    if not pcm:
        return Measured(f"{words}; nothing to hear without the voice", ready - started)
    # Decoding runs while the caller speaks, so it must be faster than speech, with room for a second caller on the core.
    pace = spent / length
    return Measured(
        f"{words}, hears {length:.1f} s of speech in {spent:.1f} s: “{heard.text}”",
        ready - started,
        pace,
        slow=pace > 0.5,
    )


def examine_now(data: Path) -> dict[str, Checkup]:
    """`examine` for callers without an event loop; uses the server's cache if `data` exists, else a temporary one."""
    if (data / "cache").is_dir():
        return asyncio.run(examine(data / "cache"))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(examine(Path(folder)))


def ask_model_now(settings: ServerSettings) -> Checkup:
    """The language model's first word, within the deadline that calls give it."""

    async def ask() -> Measured:
        from antiphon.brains.llm import first_word_s

        async with open_language_model(settings) as model:
            assert model is not None, "asked only when one is configured"
            try:
                seconds = await first_word_s(model)
            except ProviderError as error:
                raise ProviderError(_with_cure(error), error.category, retryable=error.retryable) from error
        return Measured(f"answers after {seconds:.1f} s", seconds, slow=seconds > SLOW_MODEL_S)

    return asyncio.run(_guard(ask))


def _with_cure(error: ProviderError) -> str:
    cures = {
        ProviderFault.CREDENTIALS: "check OPENAI_API_KEY",
        ProviderFault.LIMIT: "its account has reached a limit",
        ProviderFault.TIMEOUT: "calls wait no longer either; a model that was just loaded may be faster when asked again",
        ProviderFault.UNAVAILABLE: "check that it runs, and OPENAI_BASE_URL",
        ProviderFault.REFUSED: "check OPENAI_MODEL, and OPENAI_BASE_URL, which mostly ends in /v1",
        ProviderFault.PROTOCOL: "check that OPENAI_BASE_URL speaks the chat completions protocol",
    }
    return f"{error}; {cures[error.category]}"
