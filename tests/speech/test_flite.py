"""Flite keeps the voice engine's promises; its long texts are interrupted, its build trusted only if ours."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import wasmtime

from antiphon.adapters.flite import FliteTts, module
from antiphon.adapters.flite.engine import FliteEngine, Interrupted, Job, Phone
from antiphon.adapters.flite.text import Word
from antiphon.adapters.flite.timing import word_times
from antiphon.call.repertoire import Repertoire
from antiphon.core.errors import ConfigError
from antiphon.ports.tts import Tts
from antiphon.testing.contracts.tts import CLAUSE, MakeTts, TtsContract, length_ms, spoken
from antiphon.testing.ears import grammar_of, longest_prefix, recognise_with_grammar


@pytest.fixture
async def make_tts(pytestconfig: pytest.Config) -> AsyncIterator[MakeTts]:
    made: list[Tts] = []

    async def make() -> Tts:
        tts = FliteTts(pytestconfig.cache.mkdir("flite"))
        made.append(tts)
        await tts.warm_up()
        return tts

    yield make
    for tts in made:
        await tts.aclose()


class TestFlite(TtsContract):
    pass


class TestFliteWithMemory(TtsContract):
    @pytest.fixture
    async def make_tts(self, pytestconfig: pytest.Config) -> AsyncIterator[MakeTts]:
        made: list[Repertoire] = []

        async def make() -> Repertoire:
            tts = FliteTts(pytestconfig.cache.mkdir("flite"))
            await tts.warm_up()
            made.append(Repertoire(tts))
            return made[-1]

        yield make
        for tts in made:
            await tts.aclose()


async def test_the_silence_around_a_clause_is_trimmed(make_tts: MakeTts) -> None:
    [speech] = await spoken(await make_tts(), CLAUSE, "slt")
    assert 15 <= speech.words[0].start_ms <= 25
    assert 55 <= length_ms(speech) - speech.words[-1].end_ms <= 65


async def test_word_times_say_where_a_cut_falls(make_tts: MakeTts) -> None:
    """Audio cut at the end of the n-th word holds n words, as an independent recogniser hears it."""
    [speech] = await spoken(await make_tts(), CLAUSE, "slt")
    words = CLAUSE.split()
    for count in (3, 5, 8, 12):
        cut = speech.pcm[: speech.words[count - 1].end_ms * 32]
        assert abs(len(longest_prefix(bytes(6_400) + cut + bytes(9_600), words)) - count) <= 1


async def test_a_reference_is_read_digit_by_digit(make_tts: MakeTts) -> None:
    [speech] = await spoken(await make_tts(), "Your reference is GB-20261120-001", "slt")
    expected = "your reference is g b two zero two six one one two zero zero zero one"
    wrong = [expected.replace("six", digit) for digit in ("five", "seven", "zero")]
    assert recognise_with_grammar(bytes(6_400) + speech.pcm + bytes(9_600), grammar_of([expected, *wrong])) == expected


async def test_interrupting_stops_a_long_synthesis_before_its_end(pytestconfig: pytest.Config) -> None:
    engine = FliteEngine(pytestconfig.cache.mkdir("flite"))
    job = Job()
    text = "There are many times that I could offer you. " * 40
    running = asyncio.get_running_loop().run_in_executor(None, job.run, engine, text, "slt")
    while not job.running:  # noqa: ASYNC110 - a thread starts; there is no event to wait for
        await asyncio.sleep(0)
    job.stop()
    with pytest.raises(Interrupted):
        await running
    assert engine.synthesise("Go on.", "slt").pcm  # the engine is none the worse


def test_a_job_stopped_before_it_runs_does_not_run(pytestconfig: pytest.Config) -> None:
    job = Job()
    job.stop()
    with pytest.raises(Interrupted):
        job.run(FliteEngine(pytestconfig.cache.mkdir("flite")), "Hello.", "slt")


def test_a_compiled_module_that_others_may_write_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    module.load(module.engine(interruptible=False), cache, interruptible=False)
    [build] = cache.iterdir()
    assert build.stat().st_mode & 0o077 == 0
    loaded: list[str] = []
    deserialize = wasmtime.Module.deserialize_file

    def counting(engine: wasmtime.Engine, path: str) -> wasmtime.Module:
        loaded.append(path)
        return deserialize(engine, path)

    monkeypatch.setattr(wasmtime.Module, "deserialize_file", counting)
    module.load(module.engine(interruptible=False), cache, interruptible=False)
    assert [str(build)] == loaded
    build.chmod(0o666)
    module.load(module.engine(interruptible=False), cache, interruptible=False)
    assert [str(build)] == loaded  # built again instead


def test_a_damaged_build_is_replaced(tmp_path: Path) -> None:
    module.load(module.engine(interruptible=False), tmp_path / "cache", interruptible=False)
    [build] = (tmp_path / "cache").iterdir()
    size = build.stat().st_size
    build.write_bytes(b"not code")
    module.load(module.engine(interruptible=False), tmp_path / "cache", interruptible=False)
    assert build.stat().st_size == size


def test_a_missing_asset_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASSET", tmp_path / "flite.wasm")
    with pytest.raises(ConfigError, match=r"tools/assets\.py"):
        FliteEngine(tmp_path)


def test_phones_that_changed_in_the_sentence_are_shared_out() -> None:
    words = [Word(0, 3, "one"), Word(4, 7, "the"), Word(8, 11, "end")]
    alone = [("w", "ah", "n"), ("dh", "ax"), ("eh", "n", "d")]
    names = ("pau", "w", "ah", "n", "dh", "eh", "n", "d", "pau")  # "the" lost its vowel
    phones = [Phone(name, 0.1 * (at + 1)) for at, name in enumerate(names)]
    times = word_times(words, alone, phones, cut_s=0.08, length_s=0.76)
    assert [(20, 320), (320, 420), (420, 720)] == [(time.start_ms, time.end_ms) for time in times]


def test_scratch_folders_are_gone(pytestconfig: pytest.Config) -> None:
    engine = FliteEngine(pytestconfig.cache.mkdir("flite"))
    engine.synthesise("Hello.", "kal16")
    folders = (Path("/dev/shm"), Path(tempfile.gettempdir()))
    assert [] == [path for folder in folders if folder.is_dir() for path in folder.glob(f"flite-{os.getpid()}-*")]
