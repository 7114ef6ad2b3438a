"""Hop 4: the caller's audio becomes edges of speech and words.

Per frame there is no task, queue or dataclass: the leg's callback pushes a view into the detector and a ring of recent audio; tasks
wake on edges of speech and on chunks of 100 ms.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from antiphon.audio.activity import Activity, ActivityPolicy, Started, Stopped
from antiphon.call.call_clock import CallClock
from antiphon.core.errors import ProviderError
from antiphon.core.events import Event, HearingFailed, InterimHeard, SpeechStarted, SpeechStopped, WordsHeard
from antiphon.ports.stt import Stt, SttStream, SttVocabulary
from antiphon.ports.vad import Vad, VadStream

RATE_HZ = 16_000
BYTES_PER_MS = 2 * RATE_HZ // 1000
PREROLL_MS = 300
"""Audio kept from before the detected onset: a word begins before it is noticed (LiveKit keeps 500 ms, Pipecat 500 + 200)."""
RING_MS = 2_500
"""An onset may be noticed this late: a leg hands over up to 2 s at once when attached, and the detector needs a moment."""
CHUNK_MS = 100
FINISH_DEADLINE_S = 5.0
"""A recogniser that needs longer is stalled: its median is about 0.1 s, its worst measured 0.25 s, beside three busy loops on two
cores 1.2 s (`benchmarks/decoders.py`)."""


class Hearing:
    """One caller's ears. `audio` is called by the leg; `run` is the one task. `listen` tells the leg whether silence counts too: it
    does within an utterance, where it is measured."""

    def __init__(
        self,
        clock: CallClock,
        vad: Vad,
        stt: Stt,
        vocabulary: SttVocabulary,
        post: Callable[[Event], None],
        listen: Callable[[bool], None],
        policy: ActivityPolicy | None = None,
    ) -> None:
        self._clock, self._post, self._listen = clock, post, listen
        self._activity = Activity(policy or ActivityPolicy())
        self._vad: VadStream = vad.open(self._judged)
        self._stt: SttStream = stt.open(vocabulary, self._interim)
        self._recent = bytearray()
        self._samples = 0
        self._latest_ms = 0
        self._utterance = 0
        self._chunk: bytearray | None = None  # audio of the open utterance not handed over yet
        self._orders: deque[tuple[str, int, bytes]] = deque()
        self._wake = asyncio.Event()
        self._open_utterance = 0

    # --- the leg's callback ------------------------------------------------------------------------------------------

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        """16 kHz int16 of one frame, stamped on the leg's clock when its last sample was there."""
        self._samples += len(pcm) // 2
        self._latest_ms = at_ms
        self._recent += pcm
        if len(self._recent) > 2 * RING_MS * BYTES_PER_MS:
            del self._recent[: -RING_MS * BYTES_PER_MS]
        if self._chunk is not None:
            self._chunk += pcm
            if len(self._chunk) >= CHUNK_MS * BYTES_PER_MS:
                self._hand_over()
        self._vad.push(pcm)

    def _judged(self, end_sample: int, probability: float) -> None:
        for edge in self._activity.push(end_sample, probability):
            match edge:
                case Started(onset_sample):
                    self._speech_started(onset_sample)
                case Stopped(end):
                    self._post(SpeechStopped(self._clock.now(), self._utterance, self._ms_of(end)))

    def _ms_of(self, sample: int) -> int:
        """Call time at which `sample` was spoken into the leg."""
        return self._clock.of(self._latest_ms - (self._samples - sample) * 1000 // RATE_HZ)

    def _speech_started(self, onset_sample: int) -> None:
        if self._chunk is not None:  # the last utterance was never asked for: it goes on as part of this one
            self._order("abandon", self._utterance)
        else:
            self._listen(True)
        self._utterance += 1
        back = (self._samples - onset_sample) * 2 + PREROLL_MS * BYTES_PER_MS
        self._order("begin", self._utterance)
        self._chunk = bytearray(self._recent[-back:])
        self._hand_over()
        self._post(SpeechStarted(self._clock.now(), self._utterance, self._ms_of(onset_sample)))

    def _hand_over(self) -> None:
        assert self._chunk is not None
        self._order("push", self._utterance, bytes(self._chunk))
        self._chunk = bytearray()

    def _order(self, what: str, utterance: int, pcm: bytes = b"") -> None:
        self._orders.append((what, utterance, pcm))
        self._wake.set()

    def _interim(self, text: str) -> None:
        if self._open_utterance:
            self._post(InterimHeard(self._clock.now(), self._open_utterance, text))

    # --- the conversation's orders -----------------------------------------------------------------------------------

    def transcribe(self, utterance: int) -> None:
        """Finish decoding `utterance`; its words come as WordsHeard or HearingFailed."""
        if utterance == self._utterance and self._chunk is not None:
            self._hand_over()
            self._chunk = None
            self._listen(False)
        self._order("finish", utterance)

    # --- the task ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry out recogniser orders one after another, so that utterances never overlap."""
        try:
            while True:
                while self._orders:
                    await self._carry_out(*self._orders.popleft())
                await self._wake.wait()
                self._wake.clear()
        finally:
            self._vad.close()
            await self._stt.aclose()

    async def _carry_out(self, what: str, utterance: int, pcm: bytes) -> None:
        match what:
            case "begin":
                self._open_utterance = utterance
                self._stt.begin()
            case "push":
                self._stt.push(pcm)
            case "abandon":
                self._open_utterance = 0
                self._stt.abandon()
            case "finish" if utterance == self._open_utterance:
                await self._finish(utterance)

    async def _finish(self, utterance: int) -> None:
        try:
            async with asyncio.timeout(FINISH_DEADLINE_S):
                heard = await self._stt.finish()
        except (ProviderError, TimeoutError) as error:
            category = error.category.value if isinstance(error, ProviderError) else "timeout"
            self._post(HearingFailed(self._clock.now(), utterance, category))
        else:
            self._post(
                WordsHeard(self._clock.now(), utterance, heard.text, round(heard.confidence, 3), heard.alternative)
            )
        finally:
            self._open_utterance = 0
