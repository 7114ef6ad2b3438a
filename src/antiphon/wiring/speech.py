"""The embedded speech engines: built when asked for, so that a process without audio never loads one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antiphon.call.parts import Engines

RECOGNISERS = 2
"""Recogniser processes, about 145 MB each and a fifth of a core while a caller speaks: callers who speak at once, not calls."""


@asynccontextmanager
async def embedded_speech(cache: Path, *, recognisers: int = RECOGNISERS) -> AsyncIterator["Engines"]:
    """Silero, pocketsphinx and Flite, warm: about 1.5 s, more on the first start, which fills `cache`. Raises ConfigError."""
    from antiphon.adapters.flite import FliteTts
    from antiphon.adapters.pocketsphinx import PocketsphinxStt
    from antiphon.adapters.silero import SileroVad
    from antiphon.call.parts import Engines
    from antiphon.call.repertoire import Repertoire

    async with AsyncExitStack() as closing:
        tts = FliteTts(cache / "flite")
        closing.push_async_callback(tts.aclose)
        stt = PocketsphinxStt(cache / "pocketsphinx", workers=recognisers, pronounce=tts.phones)
        closing.push_async_callback(stt.aclose)
        vad = SileroVad()
        closing.push_async_callback(vad.aclose)
        await asyncio.gather(tts.warm_up(), stt.warm_up(), vad.warm_up())
        yield Engines(vad, stt, Repertoire(tts))


def synthesise(text: str, voice: str, cache: Path) -> tuple[bytes, int]:
    """Flite on this thread: mono int16 PCM as it is, silence around it included, and its rate. For test callers and tools."""
    from antiphon.adapters.flite import synthesise as flite

    return flite(text, voice, cache / "flite")


def recognise_with_grammar(pcm: bytes, jsgf: str) -> str:
    """See `antiphon.adapters.pocketsphinx.grammar`. For tests and tools."""
    from antiphon.adapters.pocketsphinx import recognise_with_grammar as recognise

    return recognise(pcm, jsgf)
