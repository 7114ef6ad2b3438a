"""pocketsphinx decoders: the general one of the wheel, a domain one, one for a grammar. For worker processes: it holds the GIL."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol


class Hypothesis(Protocol):
    """What a decoder thinks was said; `score` lies between 0 and 1 and falls with length and surprise."""

    hypstr: str
    score: float


class Segment(Protocol):
    """A word, a noise or a silence; frames of 10 ms."""

    word: str
    start_frame: int
    end_frame: int


class Decoder(Protocol):
    """The part of `pocketsphinx.Decoder` in use."""

    def start_utt(self) -> None: ...
    def process_raw(self, data: bytes, no_search: bool = False, full_utt: bool = False) -> object: ...
    def end_utt(self) -> None: ...
    def hyp(self) -> Hypothesis | None: ...
    def seg(self) -> Iterable[Segment] | None: ...
    def get_cmn(self, update: bool = False) -> str: ...
    def set_cmn(self, cmn: str) -> None: ...


FRAMES_PER_S = 100
_WORD = re.compile(r"[a-z][a-z']*")
_MARKUP = re.compile(r"\(\d+\)|<[^>]*>|\[[^\]]*\]|\+\+\w+\+\+")

NEUTRAL_MEAN = "40,3,-1"
"""The cepstral mean of a caller not heard yet: the recogniser's own starting value (`cmninit`)."""

MOST_STATES, MOST_WORD_ENDS = 3_000, 20
"""What the general decoder follows at a time, of 30,000 states and any number of words by itself: two fifths less CPU, and beside
the domain decoder no more words wrong (`benchmarks/decoders.py`)."""

# The second, flat pass at the end of an utterance costs the general decoder 55 ms and gains it 0.5-0.9 points of word error; it is
# left out there. It costs the domain decoder 24 ms and wins back a third of its errors (2.8 to 1.9 %): `benchmarks/speech.py`.


def dictionary() -> Path:
    """The wheel's pronouncing dictionary, lower case."""
    import pocketsphinx

    return Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))


def common_words(count: int) -> dict[str, float]:
    """The `count` most frequent words of the general model, with their probabilities. Takes 0.4 s."""
    import pocketsphinx

    model = pocketsphinx.NGramModel.readfile(pocketsphinx.get_model_path("en-us/en-us.lm.bin"))
    entries = (line.partition(" ")[0] for line in dictionary().read_text(encoding="utf-8").splitlines())
    words = [word for word in entries if _WORD.fullmatch(word)]
    # `prob` gives logarithms to the base 1.0001.
    known = {word: math.exp(model.prob([word]) * math.log(1.0001)) for word in words}
    return {word: known[word] for word in sorted(known, key=known.__getitem__, reverse=True)[:count]}


def general() -> Decoder:
    """Any English: 0.3-0.6 s to make, about 100 MB. Raises RuntimeError."""
    import pocketsphinx

    limits = {"maxhmmpf": MOST_STATES, "maxwpf": MOST_WORD_ENDS}
    decoder: Decoder = pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False, **limits)
    return decoder


def domain(words: Path, language: Path) -> Decoder:
    """A small model with its small dictionary: 0.02 s to make. Raises RuntimeError."""
    import pocketsphinx

    decoder: Decoder = pocketsphinx.Decoder(loglevel="FATAL", dict=str(words), lm=str(language))
    return decoder


def grammar(words: Path, jsgf: Path) -> Decoder:
    """Only what the grammar allows. Raises RuntimeError for a word that the dictionary lacks."""
    import pocketsphinx

    decoder: Decoder = pocketsphinx.Decoder(loglevel="FATAL", dict=str(words), jsgf=str(jsgf), lm=None)
    return decoder


def heard(decoder: Decoder) -> tuple[str, float]:
    """The words so far and their score; no words have no score."""
    hypothesis = decoder.hyp()
    if hypothesis is None:
        return "", 0.0
    text = " ".join(_MARKUP.sub("", hypothesis.hypstr).split())
    return (text, hypothesis.score) if text else ("", 0.0)


def speech_s(decoder: Decoder) -> float:
    """How long the words so far took, in seconds, without silence and noise."""
    words = (segment for segment in decoder.seg() or () if _MARKUP.sub("", segment.word))
    return sum(segment.end_frame - segment.start_frame + 1 for segment in words) / FRAMES_PER_S
