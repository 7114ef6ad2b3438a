"""`python -m antiphon.adapters.pocketsphinx.worker`: a process that recognises one utterance at a time for its parent.

What has arrived is read before decoding goes on, so an utterance that was abandoned is not decoded to its end first. The process
ends when its parent does: its standard input closes.
"""

import json
import os
import select
import signal
from collections import deque

from antiphon.adapters.pocketsphinx.framing import FrameReader, Kind, frame, frame_json
from antiphon.adapters.pocketsphinx.recogniser import BYTES_PER_MS, STEP, Recogniser

INTERIM = 300 * BYTES_PER_MS  # new audio between two interim results


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


class Worker:
    """Answers the parent's messages until it is gone."""

    def __init__(self, source: int, sink: int) -> None:
        self._inbox = Inbox(source)
        self._sink = sink
        self._recogniser = Recogniser()
        self._unusable: set[str] = set()
        self._since_interim = 0
        self._shown = ""
        self._finishing = False

    def run(self) -> None:
        """Until a decoder fails, after which the parent starts another process. Raises EOFError when the parent is gone."""
        self._send(frame(Kind.READY))
        while True:
            try:
                if self._inbox.behind or not self._go_on():
                    self._answer(*self._inbox.next())
            except RuntimeError as error:  # how pocketsphinx reports everything
                self._send(frame_json(Kind.FAILED, {"message": str(error)}))
                return

    def _go_on(self) -> bool:
        """While no message waits: answer, tell the words so far, let the general decoder catch up. Whether there was any of it."""
        if self._finishing and self._recogniser.decided:
            self._finishing = False
            self._send(frame_json(Kind.HEARD, self._recogniser.finish()))
            return True
        if self._recogniser.behind and self._tell():
            return True
        if self._recogniser.catch_up():
            if self._finishing:
                self._send(frame(Kind.PROGRESS))
            return True
        return self._tell()

    def _answer(self, kind: Kind, body: bytes) -> None:
        match kind:
            case Kind.LOAD:
                self._loaded(json.loads(body)["domain"])
            case Kind.BEGIN:
                order = json.loads(body)
                self._since_interim, self._shown = 0, ""
                self._recogniser.begin(self._loaded(order["domain"]), order["means"], order["most_surprise"])
            case Kind.AUDIO:
                self._hear(body)
            case Kind.FINISH:
                self._finishing, self._since_interim = True, 0
                self._recogniser.close()
            case Kind.ABANDON:
                self._finishing, self._since_interim = False, 0
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
        if self._since_interim >= INTERIM and self._inbox.behind:  # words so far would be old news
            self._send(frame(Kind.PROGRESS))

    def _tell(self) -> bool:
        """The words so far, if it is time and nobody waits for all of them. Whether it was."""
        if self._finishing or self._since_interim < INTERIM:
            return False
        self._since_interim = 0
        text = self._recogniser.so_far()
        if text and text != self._shown:
            self._shown = text
            self._send(frame_json(Kind.INTERIM, {"text": text}))
        return True

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
