"""The Vad port over Silero: all calls' windows in one batch, in one thread.

Streams push on the event loop and only cut windows there. Once the loop's current callback is through (one drain brings the audio
of all calls), the streams with whole windows are handed to the thread in one go. The thread takes one window of each per batch, so
that a stream with several gets them in order, and posts a batch's verdicts back with a single wake-up of the loop.

Bounded: a stream keeps at most `PENDING` windows. When the engine stalls, the oldest fall out and are counted (`dropped`).
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

import structlog

from antiphon.adapters.silero.network import WINDOW, Memory, SileroNetwork, require_asset
from antiphon.ports.vad import VadProfile

PENDING = 64  # windows: 2 s of audio; later verdicts would be of no use to a conversation
BATCH = 64  # streams a run: 3.2 ms; beyond that a batch only makes the others wait (50 us a stream from 32 on)

Verdict = Callable[[int, float], None]

log = structlog.get_logger()


class SileroStream:
    """One call's detector; implements `antiphon.ports.vad.VadStream`."""

    def __init__(self, vad: "SileroVad", verdict: Verdict) -> None:
        self.memory = Memory()
        self.windows: deque[tuple[int, bytes]] = deque(maxlen=PENDING)
        self.dropped = 0
        self.verdict: Verdict | None = verdict
        self._vad = vad
        self._tail = bytearray()
        self._end = 0

    def push(self, pcm: memoryview) -> None:
        """Copy; cut whole windows; have them judged soon."""
        if self.verdict is None:
            return
        self._tail += pcm
        size = 2 * WINDOW
        whole = len(self._tail) // size
        for index in range(whole):
            self._end += WINDOW
            self.dropped += len(self.windows) == PENDING
            self.windows.append((self._end, bytes(self._tail[index * size : (index + 1) * size])))
        if whole:
            del self._tail[: whole * size]
            self._vad.ready(self)

    def close(self) -> None:
        """No verdict comes after this."""
        self.verdict = None
        self.windows.clear()


class SileroVad:
    """Silero for all calls of the process; implements `antiphon.ports.vad.Vad`. Belongs to one event loop."""

    def __init__(self) -> None:
        """Start the thread, which loads the network. Raises ConfigError when the asset is missing."""
        require_asset()
        self._loop = asyncio.get_running_loop()
        self._loaded: asyncio.Future[None] = self._loop.create_future()
        self._ready: dict[SileroStream, None] = {}
        self._inbox: SimpleQueue[tuple[SileroStream, ...] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._judge, name="silero", daemon=True)
        self._thread.start()

    @property
    def profile(self) -> VadProfile:
        return VadProfile("silero", WINDOW)

    async def warm_up(self) -> None:
        """Wait until the network is loaded, so that the first caller does not."""
        await asyncio.shield(self._loaded)

    def open(self, verdict: Verdict) -> SileroStream:
        """A new stream; see the port."""
        return SileroStream(self, verdict)

    async def aclose(self) -> None:
        """Let the thread finish its batch and end; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._inbox.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def ready(self, stream: SileroStream) -> None:
        """Called by a stream with whole windows; they are handed over together after the current callback."""
        if self._closed:
            return
        if not self._ready:
            self._loop.call_soon(self._hand_over)
        self._ready[stream] = None

    def _hand_over(self) -> None:
        self._inbox.put(tuple(self._ready))
        self._ready.clear()

    def _judge(self) -> None:
        """The thread: batches until told to stop."""
        network = SileroNetwork()
        self._post(self._is_loaded)
        waiting: dict[SileroStream, None] = {}
        while (arrived := self._receive(block=not waiting)) is not None:
            waiting.update(dict.fromkeys(arrived))
            batch = _take(waiting)
            if batch:
                self._run(network, batch)

    def _is_loaded(self) -> None:
        if not self._loaded.done():
            self._loaded.set_result(None)

    def _receive(self, *, block: bool) -> tuple[SileroStream, ...] | None:
        """Streams handed over since the last batch; None to stop."""
        try:
            return self._inbox.get(block=block)
        except Empty:
            return ()

    def _run(self, network: SileroNetwork, batch: list[tuple[SileroStream, int, bytes]]) -> None:
        try:
            probabilities = network.judge([window for _, _, window in batch], [stream.memory for stream, _, _ in batch])
        except Exception:  # the engine's own errors: the thread must live on for the other batches
            log.exception("vad_batch_failed", streams=len(batch))
            return
        verdicts = [
            (stream, end, probability) for (stream, end, _), probability in zip(batch, probabilities, strict=True)
        ]
        self._post(lambda: self._deliver(verdicts))

    def _post(self, callback: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            self._closed = True  # the loop is gone; nobody listens any more

    def _deliver(self, verdicts: list[tuple[SileroStream, int, float]]) -> None:
        """On the loop. One call's failing callback must not cost the other calls their verdicts."""
        for stream, end, probability in verdicts:
            if stream.verdict is None or self._closed:
                continue
            try:
                stream.verdict(end, probability)
            except Exception as error:  # noqa: BLE001 - the boundary between calls; the loop's handler reports it
                self._loop.call_exception_handler({"message": "a verdict callback failed", "exception": error})


def _take(waiting: dict[SileroStream, None]) -> list[tuple[SileroStream, int, bytes]]:
    """The oldest window of up to `BATCH` streams; streams with nothing left leave `waiting`."""
    batch: list[tuple[SileroStream, int, bytes]] = []
    for stream in list(waiting)[:BATCH]:
        del waiting[stream]
        try:
            end, window = stream.windows.popleft()
        except IndexError:
            continue  # closed meanwhile
        batch.append((stream, end, window))
        if stream.windows:
            waiting[stream] = None  # at the back: the others are served first
    return batch
