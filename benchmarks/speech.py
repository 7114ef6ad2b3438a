"""The embedded speech engines: what they understand and how long they take.

`python -m benchmarks.speech` takes about three minutes and writes `benchmarks/results/speech.json`. Callers are synthetic (Flite's
rms and awb; the agent's own voice is slt), so the figures compare settings and guard against regressions; they say nothing about
people.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt
from antiphon.adapters.pocketsphinx.adapter import MOST_SURPRISE, Pronounce
from antiphon.adapters.silero.network import WINDOW, Memory, SileroNetwork
from antiphon.ports.stt import Heard, SttStream
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import SALON, Sentence, booking_sentences, parse
from benchmarks.open_sentences import FREE, LAST, OPEN

VOICES = ("rms", "awb")
CHUNK = 3_200
CHUNK_S = 0.1
PATIENCE_S = 300.0
RESULTS = Path(__file__).with_name("results") / "speech.json"


@dataclass
class Score:
    """Words and slots of one set of sentences."""

    words: int = 0
    wrong_words: int = 0
    slots: Counter[str] = field(default_factory=Counter)
    right_slots: Counter[str] = field(default_factory=Counter)
    misheard: list[dict[str, str]] = field(default_factory=list)

    def add(self, voice: str, sentence: Sentence, heard: str) -> None:
        self.words += len(sentence.text.split())
        self.wrong_words += edits(sentence.text.split(), heard.split())
        if heard != sentence.text:
            self.misheard.append({"voice": voice, "said": sentence.text, "heard": heard})
        for kind, words in sentence.slots:
            for name in (kind, f"voice {voice}", "all"):
                self.slots[name] += 1
                self.right_slots[name] += f" {words} " in f" {heard} "

    def summary(self) -> dict[str, object]:
        return {
            "word_error_percent": round(100 * self.wrong_words / self.words, 1),
            "slots_right": {name: f"{self.right_slots[name]}/{total}" for name, total in sorted(self.slots.items())},
            "misheard": self.misheard,
        }


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance over words."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        before, row[0] = row[0], at
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


def spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


def unhurried(cache: Path, workers: int, pronounce: Pronounce) -> PocketsphinxStt:
    """A recogniser for audio that comes faster than it was spoken: both decoders hear all of it, and nobody waits for the words."""
    return PocketsphinxStt(
        cache, workers=workers, pronounce=pronounce, patience_s=PATIENCE_S, stall_s=PATIENCE_S, most_surprise=0.0
    )


async def understood(stt: PocketsphinxStt, voices: Voices, sentences: Sequence[Sentence]) -> dict[str, object]:
    """Accuracy; one call per voice, as fast as the decoders go."""
    score = Score()

    async def caller(voice: str) -> list[str]:
        stream = stt.open(SALON, lambda _: None)
        return [(await hear(stream, voices.say(sentence.text, voice), 0.0))[0].text for sentence in sentences]

    async with asyncio.TaskGroup() as group:
        calls = {voice: group.create_task(caller(voice)) for voice in VOICES}
    for voice, call in calls.items():
        for sentence, heard in zip(sentences, call.result(), strict=True):
            score.add(voice, sentence, heard)
    return score.summary()


async def hear(stream: SttStream, pcm: bytes, chunk_s: float) -> tuple[Heard, float]:
    """One utterance, a chunk every `chunk_s`; the words, and how long `finish` took in ms."""
    stream.begin()
    for at in range(0, len(pcm), CHUNK):
        stream.push(pcm[at : at + CHUNK])
        await asyncio.sleep(chunk_s)
    started = time.perf_counter()
    heard = await stream.finish()
    return heard, (time.perf_counter() - started) * 1e3


async def finishing(stt: PocketsphinxStt, clips: Sequence[bytes]) -> dict[str, object]:
    """Latency of the final words when audio came in real time, by the length of the speech."""
    by_length: defaultdict[str, list[float]] = defaultdict(list)
    stream = stt.open(SALON, lambda _: None)
    for pcm in clips:
        _, took_ms = await hear(stream, pcm, CHUNK_S)
        seconds = len(pcm) / 32_000
        by_length["under 2 s" if seconds < 2 else "2-4 s" if seconds < 4 else "over 4 s"].append(took_ms)
        by_length["all"].append(took_ms)
    return {length: spread(values) for length, values in by_length.items()}


async def lag(stop: asyncio.Event) -> list[float]:
    """How late the loop serves a 5 ms timer, in ms."""
    late: list[float] = []
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        due = loop.time() + 0.005
        await asyncio.sleep(0.005)
        late.append((loop.time() - due) * 1e3)
    return late


async def speaking(cache: Path) -> dict[str, object]:
    """Time to the whole of a clause, text never said before, and again from the cache."""
    tts = FliteTts(cache)
    started = time.perf_counter()
    await tts.warm_up()
    times: dict[str, object] = {"start_ms": round((time.perf_counter() - started) * 1e3, 1)}
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    hours = ("one", "two", "three", "four", "five", "six")
    clauses = {
        "4 words": [f"Is {day} at {hour}?" for day in days for hour in hours],
        "12 words": [
            f"Your haircut with Maria is booked for {day} at half past {hour}." for day in days for hour in hours
        ],
    }
    for voice in ("slt", "rms"):
        for name, texts in clauses.items():
            took: list[float] = []
            for text in texts:
                started = time.perf_counter()
                _ = [speech async for speech in tts.speak(text, voice)]
                took.append((time.perf_counter() - started) * 1e3)
            times[f"{voice}, {name}, ms"] = spread(took)
    started = time.perf_counter()
    _ = [speech async for speech in tts.speak(clauses["12 words"][0], "slt")]
    times["from the cache, ms"] = round((time.perf_counter() - started) * 1e3, 3)
    await tts.aclose()
    return times


def judging() -> dict[str, float]:
    """CPU of Silero per stream and 32 ms window, in microseconds, by batch."""
    network, cost = SileroNetwork(), {}
    for size in (1, 8, 32, 64):
        memories, windows = [Memory() for _ in range(size)], [os.urandom(2 * WINDOW) for _ in range(size)]
        network.judge(windows, memories)
        started = time.process_time()
        for _ in range(200):
            network.judge(windows, memories)
        cost[f"batch of {size}"] = round((time.process_time() - started) / 200 / size * 1e6, 1)
    return cost


def memory_mb(pid: int) -> dict[str, int]:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "RssAnon")}


async def measure(voices: Voices) -> dict[str, object]:
    booking, free, last = booking_sentences(), tuple(map(parse, FREE)), tuple(map(parse, LAST))
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        result: dict[str, object] = {
            "machine": {
                "cpus": os.cpu_count(),
                "load_before": os.getloadavg()[0],
                "processor": platform.machine(),
                "python": platform.python_version(),
            },
            "silero_us": judging(),
            "flite_first_start_and_clauses": await speaking(cache),
            "flite_later_start": (await speaking(cache))["start_ms"],
        }
        tts = FliteTts(cache)
        started = time.perf_counter()
        stt = unhurried(cache, 2, tts.phones)
        await stt.warm_up()
        result["recogniser_start_s"] = round(time.perf_counter() - started, 2)
        started = time.perf_counter()
        await stt.prepare(SALON)
        result["domain_model_build_s"] = round(time.perf_counter() - started, 2)
        for name, sentences in (
            ("booking", booking),
            ("free", free),
            ("last", last),
            ("open", tuple(map(parse, OPEN))),
        ):
            result[f"understood_{name}"] = await understood(stt, voices, sentences)
        stt.most_surprise = MOST_SURPRISE
        stop = asyncio.Event()
        clips = [  # 200 ms of silence starts the final decoding
            voices.say(sentence.text, VOICES[number % 2], tail_ms=200)
            for number, sentence in enumerate((*booking[::3], *last))
        ]
        async with asyncio.TaskGroup() as group:
            late = group.create_task(lag(stop))
            result["finish_ms"] = await finishing(stt, clips)
            stop.set()
        result["loop_lag_ms_while_recognising"] = spread(late.result())
        result["recogniser_memory_mb"] = [memory_mb(pid) for pid in stt.pool.pids]
        await stt.aclose()
        await tts.aclose()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where the callers' clips are kept")
    given = parser.parse_args()
    result = asyncio.run(measure(Voices(given.voices)))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")
    for name, value in result.items():
        shown = {key: item for key, item in value.items() if key != "misheard"} if isinstance(value, dict) else value
        print(f"{name}: {shown}")


if __name__ == "__main__":
    main()
