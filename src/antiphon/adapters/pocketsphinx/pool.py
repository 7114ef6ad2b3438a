"""A few worker processes for all calls: leased for an utterance, in order of asking, replaced when they die or stall."""

import asyncio
import json
from collections import deque

import structlog

from antiphon.adapters.pocketsphinx.framing import Kind, frame, frame_json
from antiphon.adapters.pocketsphinx.process import WorkerProcess
from antiphon.adapters.pocketsphinx.utterance import Utterance
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.ports.stt import Heard

FIRST_RESTART_S = 0.05
SLOWEST_RESTART_S = 30.0
REMEMBERED_DOMAINS = 4

log = structlog.get_logger()


class Seat:
    """One place in the pool: a worker process, its replacement when it dies, and the utterance it serves now."""

    def __init__(self, pool: "WorkerPool") -> None:
        self._pool = pool
        self.ready = False
        self.utterance: Utterance | None = None
        self._failures = 0
        self._timer: asyncio.TimerHandle | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._start()

    def _start(self) -> None:
        self._restart = None
        self.process = WorkerProcess(self._pool.loop, self._message, self._died)

    def serve(self, utterance: Utterance) -> None:
        """Lease this seat to `utterance`."""
        self.utterance = utterance
        order = {"domain": utterance.domain, "means": utterance.means, "most_surprise": utterance.most_surprise}
        self.process.send(frame_json(Kind.BEGIN, order))
        utterance.leased(self)

    def load(self, domain: str) -> None:
        self.process.send(frame_json(Kind.LOAD, {"domain": domain}))

    def audio(self, pcm: bytes) -> None:
        self.process.send(frame(Kind.AUDIO, pcm))

    def finish(self) -> None:
        self.process.send(frame(Kind.FINISH))
        self._expect()

    def abandon(self) -> None:
        self.process.send(frame(Kind.ABANDON))
        self._expect()

    async def aclose(self) -> None:
        for timer in (self._timer, self._restart):
            if timer is not None:
                timer.cancel()
        await self.process.aclose()

    def _expect(self) -> None:
        """An answer is due: no message for `stall_s` seconds means that the process hangs."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._pool.loop.call_later(self._pool.stall_s, self._stalled)

    def _message(self, kind: Kind, body: bytes) -> None:
        expecting = self._timer is not None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        match kind:
            case Kind.READY:
                self.ready = True
                self._pool.became_ready(self)
            case Kind.INTERIM if self.utterance is not None and not self.utterance.over:
                self.utterance.interim(json.loads(body)["text"])
            case Kind.HEARD:
                self._heard(json.loads(body))
                return
            case Kind.IDLE:
                self._release()
                return
            case Kind.UNUSABLE:
                log.error("domain_model_unusable", **json.loads(body))
            case Kind.FAILED:
                log.error("recogniser_failed", message=json.loads(body)["message"])
                self.process.kill()
                return
            case _:
                pass
        if expecting:
            self._expect()

    def _heard(self, answer: dict[str, object]) -> None:
        utterance = self.utterance
        if utterance is None or utterance.over:
            self._expect()  # abandoned while the answer was on its way: IDLE follows
            return
        means = answer["means"]
        assert isinstance(means, dict)
        score = answer["score"]
        assert isinstance(score, float)
        self._failures = 0
        utterance.heard(Heard(str(answer["text"]), score, str(answer["alternative"])), means)
        self._release()

    def _release(self) -> None:
        self.utterance = None
        self._pool.became_free(self)

    def _stalled(self) -> None:
        log.error("recogniser_stalled", pid=self.process.pid)
        self._fail(ProviderFault.TIMEOUT, "the recogniser stalled and is being replaced; ask again")
        self.process.kill()

    def _died(self) -> None:
        log.error("recogniser_died", pid=self.process.pid, ready=self.ready)
        self._failures += 1  # until words are heard: one that dies as soon as it is used comes back ever later
        self.ready = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._fail(ProviderFault.UNAVAILABLE, "the recogniser died and is being replaced; ask again")
        self._pool.died(self)
        wait_s = min(SLOWEST_RESTART_S, FIRST_RESTART_S * 2.0**self._failures)
        self._restart = self._pool.loop.call_later(wait_s, self._start)

    def _fail(self, fault: ProviderFault, message: str) -> None:
        utterance, self.utterance = self.utterance, None
        if utterance is not None and not utterance.over:
            utterance.failed(ProviderError(message, fault, retryable=True))


class WorkerPool:
    """`size` seats. Everything happens on one event loop; nothing blocks it and no task is needed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int, stall_s: float) -> None:
        self.loop, self.stall_s = loop, stall_s
        self._free: deque[Seat] = deque()
        self._queue: deque[Utterance] = deque()
        self._domains: deque[str] = deque(maxlen=REMEMBERED_DOMAINS)
        self._first: asyncio.Future[None] = loop.create_future()
        self._gone: list[WorkerProcess] = []
        self._seats = [Seat(self) for _ in range(size)]

    @property
    def pids(self) -> list[int]:
        """The processes that run now."""
        return [seat.process.pid for seat in self._seats]

    async def wait_ready(self) -> None:
        """Until the first worker can take a call."""
        await asyncio.shield(self._first)

    def lease(self, utterance: Utterance) -> None:
        """A worker for `utterance`, now or as soon as one is free."""
        if self._free:
            self._free.popleft().serve(utterance)
        else:
            self._queue.append(utterance)

    def load(self, domain: str) -> None:
        """Have a domain model ready in every worker, now and after replacements."""
        if domain not in self._domains:
            self._domains.append(domain)
            for seat in self._seats:
                if seat.ready:
                    seat.load(domain)

    def became_ready(self, seat: Seat) -> None:
        for domain in self._domains:
            seat.load(domain)
        if not self._first.done():
            self._first.set_result(None)
        self.became_free(seat)

    def became_free(self, seat: Seat) -> None:
        while self._queue:
            utterance = self._queue.popleft()
            if not utterance.over:
                seat.serve(utterance)
                return
        self._free.append(seat)

    def died(self, seat: Seat) -> None:
        if seat in self._free:
            self._free.remove(seat)
        self._gone.append(seat.process)

    async def aclose(self) -> None:
        """End every process; utterances still open fail."""
        error = ProviderError("the recogniser was closed", ProviderFault.UNAVAILABLE, retryable=False)
        for utterance in (*self._queue, *(seat.utterance for seat in self._seats)):
            if utterance is not None and not utterance.over:
                utterance.failed(error)
        self._queue.clear()
        self._free.clear()
        for seat in self._seats:
            await seat.aclose()
        for process in self._gone:
            await process.aclose()
        self._first.cancel()
