"""One synthesis: Flite's command line inside a WebAssembly sandbox, its WAV and its phone times read back.

Flite is a program that speaks one text and ends; each run gets a fresh store (0.1 ms) and a folder of its own to write into.
It ends normally even when it could not write its output, so success is a WAV that parses, nothing else. Never pass `-pr`: it traps.
"""

import io
import os
import shutil
import tempfile
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import wasmtime

from antiphon.adapters.flite import module
from antiphon.core.errors import ProviderError, ProviderFault

BRIEF_CHARACTERS = 160
"""Up to this many characters the build without interruption is used: at most about 90 ms of work."""

COUNTING_VOICE = "kal16"
"""The diphone voice: the same phones as the others at a tenth of the cost (0.6 ms a word)."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A sound and when it ends, in seconds from the start of the audio."""

    name: str
    end_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """What Flite made: mono int16 PCM and its phones, pauses (`pau`) included."""

    pcm: bytes
    rate_hz: int
    phones: tuple[Phone, ...]


class Interrupted(Exception):
    """The synthesis was told to stop."""


class FliteEngine:
    """Flite for one thread at a time; each thread of the pool has its own, so that interrupting one leaves the others alone."""

    def __init__(self, cache: Path) -> None:
        """Compiles, or loads what an earlier start compiled into `cache`. Raises ConfigError."""
        self._brief = _Build(cache, interruptible=False)
        self._long = _Build(cache, interruptible=True)  # a millisecond once it is in the cache

    def synthesise(self, text: str, voice: str, stopped: Callable[[], bool] = lambda: False) -> Utterance:
        """Speak `text`; blocks about 11 ms for each second of speech. Raises Interrupted, ProviderError.

        `stopped` is asked once, when `interrupt` has begun to work: an interruption before that moment would be lost.
        """
        build = self._brief if len(text) <= BRIEF_CHARACTERS else self._long
        with _Scratch() as scratch:
            printed = build.run(["-voice", voice, "-psdur", "-t", text, "-o", "/o/speech.wav"], scratch, stopped)
            pcm, rate_hz = _read_wav(scratch / "speech.wav")
        return Utterance(pcm, rate_hz, _read_phones(printed))

    def phones_of(self, text: str) -> tuple[str, ...]:
        """The phones of `text` without pauses; blocks under a millisecond for a word. Raises ProviderError."""
        with _Scratch() as scratch:
            printed = self._brief.run(["-voice", COUNTING_VOICE, "-ps", "-t", text, "-o", "none"], scratch)
        return tuple(name for name in printed.split() if name != "pau")

    def interrupt(self) -> None:
        """Stop the long synthesis that runs now; called from another thread."""
        self._long.engine.increment_epoch()


class _Build:
    """One compiled form of the module with its linker."""

    def __init__(self, cache: Path, *, interruptible: bool) -> None:
        self.engine = module.engine(interruptible=interruptible)
        self._interruptible = interruptible
        self._module = module.load(self.engine, cache, interruptible=interruptible)
        self._linker = wasmtime.Linker(self.engine)
        self._linker.define_wasi()

    def run(self, arguments: list[str], scratch: Path, stopped: Callable[[], bool] = lambda: False) -> str:
        """Run the program with `scratch` as its `/o`; what it printed. Raises Interrupted, ProviderError."""
        store = wasmtime.Store(self.engine)
        if self._interruptible:
            store.set_epoch_deadline(1)
            if stopped():
                raise Interrupted
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["flite", *arguments]
        wasi.preopen_dir(str(scratch), "/o")
        printed = scratch / "printed"
        wasi.stdout_file = str(printed)
        wasi.stderr_file = str(scratch / "complaints")
        store.set_wasi(wasi)
        start = self._linker.instantiate(store, self._module).exports(store)["_start"]
        assert isinstance(start, wasmtime.Func)
        try:
            start(store)
        except wasmtime.ExitTrap:
            pass  # how a program that calls exit() ends; the output decides
        except wasmtime.Trap as trap:
            if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
                raise Interrupted from None
            raise ProviderError(f"flite trapped: {trap.message}", ProviderFault.REFUSED, retryable=False) from trap
        return printed.read_text(errors="replace")


class _Scratch:
    """A folder for one run, in memory where the system has such a place."""

    def __enter__(self) -> Path:
        memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it
        self._path = Path(tempfile.mkdtemp(prefix=f"flite-{os.getpid()}-", dir=memory if memory.is_dir() else None))
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _read_wav(path: Path) -> tuple[bytes, int]:
    try:
        with wave.open(io.BytesIO(path.read_bytes())) as file:
            if file.getnchannels() != 1 or file.getsampwidth() != 2:
                raise wave.Error("not mono 16 bit")
            return file.readframes(file.getnframes()), file.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise ProviderError(f"flite made no audio: {error}", ProviderFault.PROTOCOL, retryable=True) from error


def _read_phones(printed: str) -> tuple[Phone, ...]:
    """`-psdur` prints `name:end_seconds` pairs."""
    pairs = (item.rpartition(":") for item in printed.split())
    return tuple(Phone(name, float(end)) for name, _, end in pairs)


class Job:
    """A synthesis that may be interrupted from the event loop, before or while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: FliteEngine | None = None
        self._stopped = False

    @property
    def running(self) -> bool:
        """Whether a thread is at it now."""
        with self._lock:
            return self._engine is not None

    def run(self, engine: FliteEngine, text: str, voice: str) -> Utterance:
        """Called on a pool thread. Raises Interrupted, ProviderError."""
        with self._lock:
            if self._stopped:
                raise Interrupted
            self._engine = engine
        try:
            return engine.synthesise(text, voice, lambda: self._stopped)
        finally:
            with self._lock:
                self._engine = None

    def stop(self) -> None:
        """Called on the event loop; harmless when the job is done."""
        with self._lock:
            self._stopped = True
            if self._engine is not None:
                self._engine.interrupt()
