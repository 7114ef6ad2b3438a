"""`python -m antiphon.adapters.pocketsphinx.worker`: a process that recognises one utterance at a time for its parent.

Both decoders hear the same audio; at the end the higher score wins. What has arrived is read before decoding goes on, so an
utterance that was abandoned is not decoded to its end first. The process ends when its parent does: its standard input closes.
"""

import json
import os
import select
import signal
from collections import OrderedDict, deque
from pathlib import Path

from antiphon.adapters.pocketsphinx import decoders
from antiphon.adapters.pocketsphinx.decoders import Decoder
from antiphon.adapters.pocketsphinx.framing import FrameReader, Kind, frame, frame_json
from antiphon.adapters.pocketsphinx.model import DomainModel

BYTES_PER_MS = 32
STEP = 200 * BYTES_PER_MS  # decoded at once: about 45 ms of work
INTERIM = 300 * BYTES_PER_MS  # new audio between two interim results
LONGEST = 30_000 * BYTES_PER_MS  # an utterance is cut here and goes on in a new one: search memory grows with length
DOMAINS = 4  # domain decoders kept, 7 MB each


class Inbox:
    """Messages from the parent."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._reader = FrameReader()
        self._messages: deque[tuple[Kind, bytes]] = deque()

    def next(self) -> tuple[Kind, bytes]:
        """The next message; what was sent before an ABANDON is skipped. Raises EOFError when the parent is gone."""
        while not self._messages or select.select([self._source], [], [], 0)[0]:
            data = os.read(self._source, 1 << 18)
            if not data:
                raise EOFError
            self._messages.extend(self._reader.feed(data))
        while any(kind is Kind.ABANDON for kind, _ in self._messages) and self._messages[0][0] is not Kind.ABANDON:
            if (message := self._messages.popleft())[0] is Kind.LOAD:
                return message
        return self._messages.popleft()

    @property
    def behind(self) -> bool:
        """Whether more is waiting already."""
        return bool(self._messages) or bool(select.select([self._source], [], [], 0)[0])


class Recogniser:
    """The general decoder, the domain decoders met lately, and the open utterance."""

    def __init__(self) -> None:
        self._general = decoders.general()
        self._domains: OrderedDict[str, Decoder] = OrderedDict()
        self._open: dict[str, Decoder] = {}
        self._said: list[dict[str, tuple[str, float]]] = []
        self._taken = 0

    def load(self, folder: str) -> Decoder:
        """The domain decoder of that folder."""
        if (decoder := self._domains.get(folder)) is None:
            model = DomainModel(Path(folder))
            decoder = self._domains[folder] = decoders.domain(model.dictionary, model.language)
            if len(self._domains) > DOMAINS:
                self._domains.popitem(last=False)
        self._domains.move_to_end(folder)
        return decoder

    def begin(self, folder: str | None, means: dict[str, str]) -> None:
        """Open an utterance of a caller whose voice has these cepstral means."""
        self.abandon()
        self._said, self._taken = [], 0
        self._open = {"general": self._general} | ({"domain": self.load(folder)} if folder else {})
        for name, decoder in self._open.items():
            decoder.set_cmn(means.get(name, decoders.NEUTRAL_MEAN))
            decoder.start_utt()

    def take(self, pcm: bytes) -> None:
        """More audio of the utterance."""
        if self._taken + len(pcm) > LONGEST:
            self._close()
            for decoder in self._open.values():
                decoder.start_utt()
        self._taken += len(pcm)
        for decoder in self._open.values():
            decoder.process_raw(pcm)

    def so_far(self) -> str:
        """The words of the decoder that is ahead now."""
        return self._choose([*self._said, {name: decoders.heard(decoder) for name, decoder in self._open.items()}])[0]

    def finish(self) -> dict[str, object]:
        """The words of the utterance."""
        self._close()
        text, score = self._choose(self._said)
        others = [self._choose([{name: part[name]} for part in self._said])[0] for name in self._open]
        alternative = next((other for other in others if other != text), "")
        means = {name: decoder.get_cmn() for name, decoder in self._open.items()}
        self._open = {}
        return {"text": text, "score": score, "alternative": alternative, "means": means}

    def abandon(self) -> None:
        """Drop the open utterance, if any."""
        for decoder in self._open.values():
            decoder.end_utt()
        self._open = {}

    def _close(self) -> None:
        for decoder in self._open.values():
            decoder.end_utt()
        self._said.append({name: decoders.heard(decoder) for name, decoder in self._open.items()})
        self._taken = 0

    @staticmethod
    def _choose(parts: list[dict[str, tuple[str, float]]]) -> tuple[str, float]:
        """Per part the better decoder's words; together with the lowest of their scores."""
        best = [
            result
            for part in parts
            if (result := max(part.values(), key=lambda result: result[1], default=("", 0.0)))[0]
        ]
        return " ".join(text for text, _ in best), min((score for _, score in best), default=0.0)


class Worker:
    """Answers the parent's messages until it is gone."""

    def __init__(self, source: int, sink: int) -> None:
        self._inbox = Inbox(source)
        self._sink = sink
        self._recogniser = Recogniser()
        self._unusable: set[str] = set()
        self._since_interim = 0
        self._shown = ""

    def run(self) -> None:
        self._send(frame(Kind.READY))
        while True:
            kind, body = self._inbox.next()
            try:
                self._answer(kind, body)
            except RuntimeError as error:  # how pocketsphinx reports everything; the parent replaces this process
                self._send(frame_json(Kind.FAILED, {"message": str(error)}))

    def _answer(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.LOAD:
                self._loaded(json.loads(body)["domain"])
            case Kind.BEGIN:
                order = json.loads(body)
                self._since_interim, self._shown = 0, ""
                self._recogniser.begin(self._loaded(order["domain"]), order["means"])
            case Kind.AUDIO:
                self._hear(body)
            case Kind.FINISH:
                self._send(frame_json(Kind.HEARD, self._recogniser.finish()))
            case Kind.ABANDON:
                self._recogniser.abandon()
                self._send(frame(Kind.IDLE))
            case _:
                raise RuntimeError(f"{kind.name} is no message for a worker")

    def _loaded(self, domain: str | None) -> str | None:
        """The domain if its model can be used; a broken one costs its own words, not the recogniser."""
        if domain is None or domain in self._unusable:
            return None
        try:
            self._recogniser.load(domain)
        except RuntimeError as error:
            self._unusable.add(domain)
            self._send(frame_json(Kind.UNUSABLE, {"domain": domain, "message": str(error)}))
            return None
        return domain

    def _hear(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), STEP):
            self._recogniser.take(pcm[at : at + STEP])
        self._since_interim += len(pcm)
        if self._since_interim < INTERIM:
            return
        if self._inbox.behind:  # old news: catch up first
            self._send(frame(Kind.PROGRESS))
            return
        self._since_interim = 0
        text = self._recogniser.so_far()
        if text and text != self._shown:
            self._shown = text
            self._send(frame_json(Kind.INTERIM, {"text": text}))

    def _send(self, message: bytes) -> None:
        while message:
            message = message[os.write(self._sink, message) :]


def main() -> None:
    """Serve the parent on standard input and output; stray prints of libraries go to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the parent, which ends us
    os.nice(5)  # media and the event loop go first: late words are better than broken audio
    sink = os.dup(1)
    os.dup2(2, 1)
    try:
        Worker(0, sink).run()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
