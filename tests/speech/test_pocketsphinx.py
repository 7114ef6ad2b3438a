"""pocketsphinx keeps the recogniser's promises; its processes die, stall and are replaced without anybody waiting for them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt
from antiphon.adapters.pocketsphinx.adapter import MOST_SURPRISE
from antiphon.adapters.pocketsphinx.model import domain_model
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.ports.stt import Stt, SttVocabulary
from antiphon.testing.contracts.stt import SENTENCE, MakeStt, SttContract, heard, push, silent
from antiphon.testing.voices import Voices

pytestmark = [pytest.mark.realtime, pytest.mark.spoken]
Make = Callable[..., Awaitable[PocketsphinxStt]]
ALWAYS_BOTH = 0.0
"""No decoder is less surprised."""
PATIENCE_S = 20
"""For the words of another caller, and for a decoder's loading, on a machine that is busy with others."""


@pytest.fixture
async def make(pytestconfig: pytest.Config, vocabulary: SttVocabulary) -> AsyncIterator[Make]:
    made: list[PocketsphinxStt] = []
    voice = FliteTts(pytestconfig.cache.mkdir("flite"))

    async def build(
        stall_s: float = 3, patience_s: float = PATIENCE_S, most_surprise: float = MOST_SURPRISE
    ) -> PocketsphinxStt:
        folder = pytestconfig.cache.mkdir("pocketsphinx")
        stt = PocketsphinxStt(
            folder,
            workers=1,
            pronounce=voice.phones,
            stall_s=stall_s,
            patience_s=patience_s,
            most_surprise=most_surprise,
        )
        made.append(stt)
        await asyncio.gather(stt.warm_up(), stt.prepare(vocabulary))
        return stt

    yield build
    for stt in made:
        await stt.aclose()
    await voice.aclose()


@pytest.fixture
def make_stt(make: Make) -> MakeStt:
    async def build() -> Stt:
        return await make()

    return build


class TestPocketsphinx(SttContract):
    pass


async def test_the_domain_model_hears_what_the_general_one_does_not(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make(most_surprise=ALWAYS_BOTH)
    result = await heard(stt.open(vocabulary, silent), voices.say("i'd like a balayage with priya", "rms"))
    assert result.text == "i'd like a balayage with priya"
    assert result.alternative not in ("", result.text)


async def test_speech_outside_the_domain_is_left_to_the_general_decoder(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make()
    sentence = "the weather in the mountains was cold and dark"
    result = await heard(stt.open(vocabulary, silent), voices.say(sentence, "rms"))
    assert len(set(sentence.split()) & set(result.text.split())) >= 6


async def test_an_unprepared_vocabulary_is_heard_by_the_general_decoder(make: Make, voices: Voices) -> None:
    stt = await make()
    result = await heard(stt.open(SttVocabulary("never prepared"), silent), voices.say("my name is alex johnson"))
    assert result.text == "my name is alex johnson"


async def test_a_worker_killed_in_mid_utterance_is_an_error_to_retry_and_is_replaced(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make()
    stream = stt.open(vocabulary, silent)
    [pid] = stt.pool.pids
    stream.begin()
    push(stream, voices.say(SENTENCE))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ProviderError) as failure:
        await stream.finish()
    assert failure.value.retryable
    assert failure.value.category is ProviderFault.UNAVAILABLE
    assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
    assert stt.pool.pids != [pid]


async def test_a_worker_that_stalls_is_an_error_to_retry_and_is_replaced(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make(stall_s=0.3)
    stream = stt.open(vocabulary, silent)
    [pid] = stt.pool.pids
    os.kill(pid, signal.SIGSTOP)
    stream.begin()
    push(stream, voices.say(SENTENCE))
    with pytest.raises(ProviderError) as failure:
        await stream.finish()
    assert failure.value.retryable
    assert failure.value.category is ProviderFault.TIMEOUT
    stt.pool.stall_s = 3
    assert (await heard(stream, voices.say(SENTENCE))).text == SENTENCE
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_a_worker_that_is_busy_with_a_long_utterance_counts_as_stalled_at_no_time(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make(stall_s=1.2, most_surprise=ALWAYS_BOTH)
    [pid] = stt.pool.pids
    before = psutil.Process(pid).cpu_times().user
    result = await heard(stt.open(vocabulary, silent), voices.say(SENTENCE, tail_ms=800) * 6)
    assert result.text.count("haircut") >= 5
    assert psutil.Process(pid).cpu_times().user - before > stt.pool.stall_s


async def test_when_every_worker_is_taken_the_caller_is_told_and_the_next_is_served(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = await make(patience_s=0.05)
    holder, late = stt.open(vocabulary, silent), stt.open(vocabulary, silent)
    holder.begin()
    push(holder, voices.say("yes please that's right"))
    with pytest.raises(ProviderError) as failure:
        await heard(late, voices.say(SENTENCE))
    assert failure.value.category is ProviderFault.LIMIT
    assert failure.value.retryable
    assert (await holder.finish()).text == "yes please that's right"
    stt.patience_s = PATIENCE_S
    assert (await heard(late, voices.say(SENTENCE))).text == SENTENCE


async def test_closing_in_mid_finish_fails_the_utterance(make: Make, vocabulary: SttVocabulary, voices: Voices) -> None:
    stt = await make()
    stream = stt.open(vocabulary, silent)
    stream.begin()
    push(stream, voices.say(SENTENCE))
    async with asyncio.TaskGroup() as group:
        finishing = group.create_task(_category(stream.finish()))
        group.create_task(_after_a_turn_of_the_loop(stt.aclose))
    assert finishing.result() is ProviderFault.UNAVAILABLE


async def _category(finish: Awaitable[object]) -> ProviderFault | None:
    try:
        await finish
    except ProviderError as error:
        return error.category
    return None


async def _after_a_turn_of_the_loop(then: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(0)
    await then()


async def test_a_callers_cepstral_mean_travels_with_the_stream(
    make: Make, vocabulary: SttVocabulary, voices: Voices
) -> None:
    """The same two utterances give the same scores whatever another caller said in between on the same worker."""
    stt = await make(most_surprise=ALWAYS_BOTH)
    first, second = voices.say("my name is alex johnson"), voices.say(SENTENCE)
    alone = stt.open(vocabulary, silent)
    expected = [await heard(alone, first), await heard(alone, second)]
    disturbed, other = stt.open(vocabulary, silent), stt.open(vocabulary, silent)
    found = [await heard(disturbed, first)]
    await heard(other, voices.say("a very different voice says hello", "kal16"))
    found.append(await heard(disturbed, second))
    assert expected == found


async def test_a_very_long_utterance_is_cut_and_joined(make: Make, vocabulary: SttVocabulary, voices: Voices) -> None:
    stt = await make(most_surprise=ALWAYS_BOTH)
    number = "five five five zero one nine nine"
    result = await heard(stt.open(vocabulary, silent), voices.say(number, tail_ms=800) * 10)  # 38 s
    assert result.text.count(number) >= 9


async def test_a_model_is_built_once_and_pronounces_what_the_dictionary_lacks(tmp_path: Path) -> None:
    asked: list[str] = []

    async def pronounce(word: str) -> tuple[str, ...]:
        asked.append(word)
        return ("k", "r", "aa", "n", "k")

    vocabulary = SttVocabulary(
        "unheard of", {"service": ("qqronk", "a zzyzx of tea", "Trim – 30 min!")}, ("{nothing}",)
    )
    stt = PocketsphinxStt(tmp_path, workers=1, pronounce=pronounce)
    await stt.prepare(vocabulary)
    assert asked == ["qqronk", "zzyzx"]
    model = domain_model(tmp_path, vocabulary)
    assert "qqronk K R AA N K\n" in model.dictionary.read_text()
    built = model.language.stat().st_mtime_ns
    await stt.prepare(vocabulary)
    assert built == model.language.stat().st_mtime_ns
    await stt.aclose()


async def test_a_vocabulary_without_anything_in_it_still_builds(tmp_path: Path) -> None:
    stt = PocketsphinxStt(tmp_path, workers=1)
    await stt.prepare(SttVocabulary("empty"))
    assert domain_model(tmp_path, SttVocabulary("empty")).built()
    await stt.aclose()


PARENT = """
import asyncio, os, sys
from pathlib import Path
from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt

async def main():
    stt = PocketsphinxStt(Path(sys.argv[1]), workers=2)
    await stt.warm_up()
    print(*stt.pool.pids, flush=True)
    os._exit(1)

asyncio.run(main())
"""


def test_workers_end_when_their_parent_dies(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert psutil.wait_procs(alive, timeout=5)[1] == []


async def test_a_cache_named_from_the_working_folder_is_found_by_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vocabulary: SttVocabulary, voices: Voices
) -> None:
    monkeypatch.chdir(tmp_path)
    stt = PocketsphinxStt(Path("cache"), workers=1)
    try:
        await asyncio.gather(stt.warm_up(), stt.prepare(vocabulary))
        [pid] = stt.pool.pids
        result = await heard(stt.open(vocabulary, silent), voices.say("i'd like a haircut with maria", "rms"))
        assert ("i'd like a haircut with maria", [pid]) == (result.text, stt.pool.pids)
    finally:
        await stt.aclose()


async def test_a_domain_model_that_cannot_be_read_costs_the_domain_and_not_the_recogniser(
    tmp_path: Path, vocabulary: SttVocabulary, voices: Voices
) -> None:
    stt = PocketsphinxStt(tmp_path, workers=1)
    try:
        await asyncio.gather(stt.warm_up(), stt.prepare(vocabulary))
        [pid] = stt.pool.pids
        (domain_model(tmp_path, vocabulary).folder / "model.arpa").write_text("a disk that was full\n")
        stream = stt.open(vocabulary, silent)
        stream.begin()
        os.kill(pid, signal.SIGKILL)  # its replacement loads what lies there now
        push(stream, voices.say(SENTENCE))
        with pytest.raises(ProviderError):
            await stream.finish()
        stt.patience_s, pids = 10, []
        for _ in range(2):
            result = await heard(stt.open(vocabulary, silent), voices.say("my name is alex johnson"))
            assert "my name is alex johnson" == result.text
            pids.append(stt.pool.pids)
        assert (pids[0], False) == (pids[1], [pid] in pids)
    finally:
        await stt.aclose()
