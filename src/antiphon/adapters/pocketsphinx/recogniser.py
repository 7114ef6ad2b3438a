"""Both decoders over one utterance. The domain decoder hears at once; the general one, twice as dear, when there is time.

On a machine with little of it the general decoder falls behind. At the end of the utterance it is waited for, unless what the
domain decoder heard surprised it so little that the general one would not be believed anyway (`benchmarks/decoders.py`).
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from antiphon.adapters.pocketsphinx import decoders
from antiphon.adapters.pocketsphinx.decoders import Decoder
from antiphon.adapters.pocketsphinx.model import DomainModel

BYTES_PER_MS = 32
STEP = 200 * BYTES_PER_MS  # decoded at once: about 45 ms of work
LAG = 400 * BYTES_PER_MS
"""A general decoder that is no further behind is waited for in any case: 60 ms of work."""
LONGEST = 30_000 * BYTES_PER_MS  # an utterance is cut here and goes on in a new one: search memory grows with length
DOMAINS = 4  # domain decoders kept, 7 MB each

Said = tuple[str, float]
"""Words and their score."""


class Ear:
    """One decoder on its way through an utterance, which goes on in a new part where it gets too long."""

    def __init__(self, decoder: Decoder, mean: str) -> None:
        self._decoder = decoder
        self._over: list[Said] = []
        self._speech_s = 0.0
        self._closed = False
        decoder.set_cmn(mean)
        self._start()

    def _start(self) -> None:
        self._decoder.start_utt()
        self._taken = 0

    def _end(self) -> None:
        self._decoder.end_utt()
        self._over.append(decoders.heard(self._decoder))
        self._speech_s += decoders.speech_s(self._decoder)

    def hear(self, pcm: bytes) -> None:
        """More audio."""
        while pcm:
            if self._taken == LONGEST:
                self._end()
                self._start()
            room = LONGEST - self._taken
            here, pcm = pcm[:room], pcm[room:]
            self._decoder.process_raw(here)
            self._taken += len(here)

    def close(self) -> None:
        """No more audio comes."""
        if not self._closed:
            self._closed = True
            self._end()

    def drop(self) -> None:
        """Nobody wants the words."""
        if not self._closed:
            self._closed = True
            self._decoder.end_utt()

    @property
    def said(self) -> list[Said]:
        """The words so far by part."""
        return self._over if self._closed else [*self._over, decoders.heard(self._decoder)]

    @property
    def surprise(self) -> float:
        """How little the decoder, which is closed, had expected what it heard: nats a second of speech. Scores alone fall with
        length, and silence costs nothing."""
        if self._speech_s == 0 or any(score <= 0 for _, score in self._over):
            return math.inf
        return -sum(math.log(score) for _, score in self._over) / self._speech_s

    @property
    def mean(self) -> str:
        """The cepstral mean of the voice."""
        return self._decoder.get_cmn()


class Recogniser:
    """The general decoder, the domain decoders met lately, and the open utterance."""

    def __init__(self) -> None:
        self._general_decoder = decoders.general()
        self._domain_decoders: OrderedDict[str, Decoder] = OrderedDict()
        self._general: Ear | None = None
        self._domain: Ear | None = None
        self._owed = bytearray()  # audio that the general decoder has not heard yet
        self._most_surprise = 0.0

    def load(self, folder: str) -> Decoder:
        """The domain decoder of that folder."""
        if (decoder := self._domain_decoders.get(folder)) is None:
            model = DomainModel(Path(folder))
            decoder = self._domain_decoders[folder] = decoders.domain(model.dictionary, model.language)
            if len(self._domain_decoders) > DOMAINS:
                self._domain_decoders.popitem(last=False)
        self._domain_decoders.move_to_end(folder)
        return decoder

    def begin(self, folder: str | None, means: dict[str, str], most_surprise: float) -> None:
        """Open an utterance of a caller whose voice has these cepstral means. A domain decoder that is surprised no more
        than `most_surprise` does not wait for a general one that is behind."""
        self.abandon()
        self._most_surprise = most_surprise
        self._general = Ear(self._general_decoder, means.get("general", decoders.NEUTRAL_MEAN))
        self._domain = Ear(self.load(folder), means.get("domain", decoders.NEUTRAL_MEAN)) if folder else None

    def take(self, pcm: bytes) -> None:
        """More audio of the utterance."""
        self._owed += pcm
        if self._domain is not None:
            self._domain.hear(pcm)

    def catch_up(self) -> bool:
        """Let the general decoder hear a step of what it is behind. Whether there was anything."""
        if self._general is None or not self._owed:
            return False
        self._general.hear(bytes(self._owed[:STEP]))
        del self._owed[:STEP]
        return True

    @property
    def behind(self) -> bool:
        """Whether the general decoder is too far behind to be waited for without need."""
        return self._domain is not None and len(self._owed) > LAG

    def so_far(self) -> str:
        """The words of the decoder that is ahead now."""
        ears = self._ears()
        if self.behind:
            del ears["general"]
        return _choose(zip(*(ear.said for ear in ears.values()), strict=False))[0]

    def close(self) -> None:
        """No more audio comes."""
        if self._domain is not None:
            self._domain.close()

    @property
    def decided(self) -> bool:
        """After `close`: whether the words are known, though the general decoder may not have heard all."""
        expected = self.behind and self._domain is not None and self._domain.surprise <= self._most_surprise
        return expected or not self._owed

    def finish(self) -> dict[str, object]:
        """After `close`, when it is decided: the words of the utterance."""
        ears = self._ears()
        if self._owed:
            ears["general"] = ears["domain"]
        ears["general"].close()
        self.abandon()
        text, score = _choose(zip(*(ear.said for ear in ears.values()), strict=True))
        others = (_choose((part,) for part in ear.said)[0] for ear in ears.values())
        alternative = next((other for other in others if other != text), "")
        means = {name: ear.mean for name, ear in ears.items()}
        return {"text": text, "score": score, "alternative": alternative, "means": means}

    def abandon(self) -> None:
        """The utterance is over."""
        for ear in self._ears().values():
            ear.drop()
        self._general = self._domain = None
        self._owed.clear()

    def _ears(self) -> dict[str, Ear]:
        ears = {"general": self._general, "domain": self._domain}
        return {name: ear for name, ear in ears.items() if ear is not None}


def _choose(parts: Iterable[Sequence[Said]]) -> Said:
    """Per part the better decoder's words; together with the lowest of their scores."""
    best = [said for part in parts if (said := max(part, key=lambda said: said[1], default=("", 0.0)))[0]]
    return " ".join(text for text, _ in best), min((score for _, score in best), default=0.0)
