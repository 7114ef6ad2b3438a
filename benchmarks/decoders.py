"""Two decoders on a machine that has no time for them: what each costs, which may be spared, and when the words come then.

`python -m benchmarks.decoders` takes thirteen minutes and writes `benchmarks/results/decoders.json` and a picture. A caller speaks
in real time beside busy loops, to a recogniser whose domain decoder need not wait for the general one and to one whose must. Then,
without a clock, sentences go through libopus as Chromium sends them (16 kHz, 24 kbit/s), the general decoder as the wheel
makes it, the same with our limits, and the salon's. The voices are Flite's rms and awb.
"""

import argparse
import asyncio
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from antiphon.adapters.flite import FliteTts
from antiphon.adapters.pocketsphinx import PocketsphinxStt, decoders, model
from antiphon.adapters.pocketsphinx.adapter import MOST_SURPRISE
from antiphon.adapters.pocketsphinx.decoders import Decoder
from antiphon.core.endpointing import EndpointingPolicy
from antiphon.core.errors import ProviderError
from antiphon.ports.stt import Heard
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import SALON, Sentence, booking_sentences, parse
from benchmarks.ears import build, captured, encode
from benchmarks.open_sentences import FREE, LAST, OPEN, SHORT
from benchmarks.pictures import plt, save
from benchmarks.speech import CHUNK_S, VOICES, edits, hear, spread

RESULTS = Path(__file__).parent / "results" / "decoders.json"
SETTING = "wideband:24000"
LEAD_MS, TAIL_MS = 300, 250
"""Silence around the words as the conversation hands them over."""
LATE_MS = EndpointingPolicy().words_ms - TAIL_MS
"""A conversation waits no longer for words after the end of a clip."""
BYTES_PER_S, STEP = 32_000, 6_400
SETS: dict[str, Sequence[Sentence]] = {
    "the salon's": booking_sentences()[::2],
    "freely worded": tuple(map(parse, FREE)),
    "written last": tuple(map(parse, LAST)),
    "about something else": tuple(map(parse, OPEN)),
    "the same, short": tuple(map(parse, SHORT)),
}
BUSY_LOOPS = (0, 1, 2, 3)
SPOKEN = booking_sentences()[::5]
WAYS = {"need not wait": MOST_SURPRISE, "both, always": 0.0}


def unlimited() -> Decoder:
    """The general decoder as the wheel makes it."""
    import pocketsphinx

    decoder: Decoder = pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False)
    return decoder


class Decoded(NamedTuple):
    """What a decoder made of a sentence; `speech_s` of it were words, and it took `cpu_s`."""

    words: str
    score: float
    speech_s: float
    cpu_s: float

    @property
    def surprise(self) -> float:
        """Nats a second of speech."""
        return -math.log(self.score) / self.speech_s if self.score > 0 else math.inf


def decode(decoder: Decoder, pcm: bytes) -> Decoded:
    """A whole sentence."""
    started = time.process_time()
    decoder.start_utt()
    for at in range(0, len(pcm), STEP):
        decoder.process_raw(pcm[at : at + STEP])
    decoder.end_utt()
    cpu_s = time.process_time() - started
    return Decoded(*decoders.heard(decoder), decoders.speech_s(decoder), cpu_s)


class Tally:
    """One set of sentences by all decoders."""

    def __init__(self) -> None:
        self.sentences = self.words = self.spared = self.missed = 0
        self.seconds = 0.0
        self.cpu_s: dict[str, float] = {}
        self.wrong: dict[str, int] = {}

    def add(self, said: str, pcm: bytes, by: dict[str, Decoded]) -> None:
        """One sentence."""
        seconds = len(pcm) / BYTES_PER_S
        self.sentences, self.words, self.seconds = (
            self.sentences + 1,
            self.words + len(said.split()),
            self.seconds + seconds,
        )
        better = {
            f"{name} and domain": max(by[name], by["domain"], key=lambda heard: heard.score).words
            for name in ("unlimited", "general")
        }
        for name, words in better.items() | {name: heard.words for name, heard in by.items()}.items():
            self.wrong[name] = self.wrong.get(name, 0) + edits(said.split(), words.split())
        for name, heard in by.items():
            self.cpu_s[name] = self.cpu_s.get(name, 0.0) + heard.cpu_s
        if by["domain"].surprise <= MOST_SURPRISE:
            self.spared += 1
            self.missed += by["general"].score > by["domain"].score

    def summary(self) -> dict[str, Any]:
        return {
            "sentences": self.sentences,
            "words": self.words,
            "cpu_per_second": {name: round(spent / self.seconds, 3) for name, spent in self.cpu_s.items()},
            "words_wrong": self.wrong,
            "general_spared": self.spared,
            "of_which_it_would_have_been_believed": self.missed,
        }


def alone(folder: Path, voices: Voices, salon: model.DomainModel) -> dict[str, Any]:
    """Every sentence of every set, without a clock."""
    program = build()
    by = {
        "unlimited": unlimited(),
        "general": decoders.general(),
        "domain": decoders.domain(salon.dictionary, salon.language),
    }
    result: dict[str, Any] = {}
    for name, sentences in SETS.items():
        tally = Tally()
        for voice in VOICES:
            for decoder in by.values():
                decoder.set_cmn(decoders.NEUTRAL_MEAN)
            for said, pcm in coded(program, folder / f"{voice} {name}", voices, voice, sentences):
                tally.add(said, pcm, {kind: decode(decoder, pcm) for kind, decoder in by.items()})
        result[name] = tally.summary()
        print(name, result[name], flush=True)
    return result


def coded(
    program: Path, folder: Path, voices: Voices, voice: str, sentences: Sequence[Sentence]
) -> Iterator[tuple[str, bytes]]:
    """What the server hears of each sentence."""
    heard = folder / "heard"
    heard.mkdir(parents=True)
    clips = []
    for number, sentence in enumerate(sentences):
        clip = folder / f"{number}.pcm"
        clip.write_bytes(captured(voices.say(sentence.text, voice, lead_ms=LEAD_MS, tail_ms=TAIL_MS)))
        clips.append(str(clip))
    encode(program, SETTING, clips, heard)
    for number, sentence in enumerate(sentences):
        yield sentence.text, (heard / f"{number}.pcm").read_bytes()


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many programs that want a core each."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


async def in_company(stt: PocketsphinxStt, clips: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    """A caller in real time: when the words have come, and how many are wrong; all of those that came too late for a call."""
    waits: list[float] = []
    late = wrong = 0
    stream = stt.open(SALON, lambda _: None)
    for said, pcm in clips:
        try:
            heard, took_ms = await hear(stream, pcm, CHUNK_S)
        except ProviderError:
            heard, took_ms = Heard("", 0.0), math.inf
        late += took_ms > LATE_MS
        wrong += edits(said.split(), heard.text.split() if took_ms <= LATE_MS else [])
        waits.append(min(took_ms, LATE_MS))
    words = sum(len(said.split()) for said, _ in clips)
    return {
        "utterances": len(clips),
        "words": words,
        "wrong": wrong,
        "too_late": late,
        "finish_ms": spread(waits),
    }


async def beside(cache: Path, voices: Voices) -> list[dict[str, Any]]:
    """Every way beside so many busy loops, the ways in turns."""
    clips = [(each.text, voices.say(each.text, "rms", lead_ms=LEAD_MS, tail_ms=TAIL_MS)) for each in SPOKEN]
    stt = PocketsphinxStt(cache, workers=1, pronounce=FliteTts(cache).phones)
    await stt.warm_up()
    await stt.prepare(SALON)
    rows = []
    for loops in BUSY_LOOPS:
        for way, most_surprise in WAYS.items():
            stt.most_surprise = most_surprise
            with busy(loops):
                row = {"busy_loops": loops, "way": way, **await in_company(stt, clips)}
            rows.append(row)
            print(row, flush=True)
    await stt.aclose()
    return rows


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """When the words came, by busy loops."""
    figure, axes = plt.subplots(figsize=(8, 3.2))
    for way, shift in zip(WAYS, (-0.2, 0.2), strict=True):
        of_it = [row for row in rows if row["way"] == way]
        places = [row["busy_loops"] + shift for row in of_it]
        medians = [row["finish_ms"]["p50"] for row in of_it]
        bars = axes.bar(places, medians, 0.36, label=f"general decoder: {'if need be' if shift < 0 else 'always'}")
        texts = [
            f"{at:.0f}" + (f"\n{row['too_late']} of {row['utterances']} late" if row["too_late"] else "")
            for row, at in zip(of_it, medians, strict=True)
        ]
        axes.bar_label(bars, texts, fontsize=8)
    axes.set_xticks(list(BUSY_LOOPS))
    axes.set_xlabel("busy loops beside it, on two cores")
    axes.set_ylabel("end of speech → words, ms, median")
    axes.legend(frameon=False)
    axes.margins(y=0.15)
    figure.tight_layout()
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where clips are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    voices = Voices(given.voices)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = asyncio.run(beside(folder, voices))
        result = {"alone": alone(folder, voices, model.domain_model(folder, SALON)), "beside": rows}
    given.out.write_text(json.dumps(result, indent=1) + "\n")
    draw(rows, given.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
