"""Hop 8: a reply's text, clause by clause, becomes audio with word times in the leg's playout queue."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import cast

from antiphon.call.call_clock import CallClock
from antiphon.call.clauses import Clause, ClauseCutter
from antiphon.call.lead import Lead
from antiphon.core.errors import ProviderError
from antiphon.core.events import AudioMade, Event, PlayoutEnded, PlayoutStarted, SpeakingFailed, Word
from antiphon.ports.leg import Leg, Play, SendText
from antiphon.ports.tts import Speech, Tts

PROGRESS_DEADLINE_S = 3.0
"""Longest wait for a clause's next audio (reference: fail over 1.5 s after text; the embedded voice needs 0.05 s a clause, and a
busy machine must not silence it)."""
PACKETS_A_SECOND = 50


class _Spoken:
    """One reply on its way to the leg."""

    def __init__(self, reply: int) -> None:
        self.reply = reply
        self.cutter = ClauseCutter()
        self.clauses: deque[Clause] = deque()
        self.complete = False
        self.cut = False
        self.text = ""
        self.seq = 0
        self.samples = 0
        self.audio_ms = 0


class Speaking:
    """Speaks replies in order. `run` takes the replies one by one; each clause is made in a task of its own."""

    def __init__(
        self,
        leg: Leg,
        tts: Tts,
        voice: str,
        clock: CallClock,
        post: Callable[[Event], None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._leg, self._tts, self._voice, self._clock, self._post = leg, tts, voice, clock, post
        self._tasks = tasks
        self._replies: deque[_Spoken] = deque()
        self._lead = Lead()
        self._held_up = False
        self._wake = asyncio.Event()
        self._making: asyncio.Task[None] | None = None

    # --- the conversation's orders -----------------------------------------------------------------------------------

    def add(self, reply: int, text: str) -> None:
        """Append text to `reply`."""
        spoken = self._find(reply)
        if spoken is None:
            spoken = _Spoken(reply)
            self._replies.append(spoken)
        spoken.text += text
        spoken.clauses.extend(spoken.cutter.feed(text))
        self._wake.set()

    def end(self, reply: int) -> None:
        """`reply` has all its text."""
        if spoken := self._find(reply):
            spoken.clauses.extend(spoken.cutter.finish())
            spoken.complete = True
            self._wake.set()

    def cut(self, reply: int) -> None:
        """Drop what is left of `reply`; the leg's own queue is flushed by the session."""
        self._lead.drop(reply)
        self._go_on()
        if spoken := self._find(reply):
            spoken.cut = True
            if spoken is self._replies[0] and self._making:
                self._making.cancel()
            self._wake.set()

    def played(self, reply: int, position_ms: int, *, done: bool) -> None:
        """The leg has sent `reply` as far as that."""
        self._lead.played(reply, position_ms, done=done)
        self._go_on()

    def _go_on(self) -> None:
        if self._held_up and not self._lead.is_long:
            self._held_up = False
            self._wake.set()

    def _find(self, reply: int) -> _Spoken | None:
        return next((spoken for spoken in self._replies if spoken.reply == reply), None)

    # --- the task ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            while self._replies and await self._advance(self._replies[0]):
                pass
            await self._wake.wait()
            self._wake.clear()

    async def _advance(self, spoken: _Spoken) -> bool:
        """Do the next piece of the reply in front; False when there is none until more text comes or the leg has sent more."""
        if spoken.cut:
            self._replies.popleft()
            return True
        if not self._leg.profile.audio:
            return self._show(spoken)
        if spoken.clauses:
            self._held_up = self._lead.is_long
            if self._held_up:
                return False
            await self._speak(spoken, spoken.clauses.popleft())
            return True
        if spoken.complete:
            self._leg.order(Play(spoken.reply, spoken.seq, b"", self._tts.profile.rate_hz, last=True))
            self._replies.popleft()
            return True
        return False

    def _show(self, spoken: _Spoken) -> bool:
        if not spoken.complete:
            return False
        self._replies.popleft()
        self._leg.order(SendText(spoken.reply, spoken.text))
        self._post(PlayoutStarted(self._clock.now(), spoken.reply))
        self._post(PlayoutEnded(self._clock.now(), spoken.reply, 0))
        return True

    async def _speak(self, spoken: _Spoken, clause: Clause) -> None:
        """Synthesise one clause as a task of its own, because cancelling it is how a cut stops the engine at once."""
        self._making = self._tasks.create_task(self._make(spoken, clause), name=f"speak {spoken.reply}")
        await asyncio.wait({self._making})
        self._making = None

    async def _make(self, spoken: _Spoken, clause: Clause) -> None:
        lead = len(clause.text) - len(clause.text.lstrip())
        chunks = cast(AsyncGenerator[Speech, None], self._tts.speak(clause.text.strip(), self._voice))
        try:
            async with aclosing(chunks) as speech:
                last = await self._next(speech)
                while last is not None:
                    made = await self._next(speech)
                    self._queue(spoken, clause, lead, last, pause_ms=0 if made else clause.pause_ms)
                    last = made
        except (ProviderError, TimeoutError) as error:
            category = error.category.value if isinstance(error, ProviderError) else "timeout"
            self._post(SpeakingFailed(self._clock.now(), spoken.reply, category))

    @staticmethod
    async def _next(speech: AsyncGenerator[Speech, None]) -> Speech | None:
        async with asyncio.timeout(PROGRESS_DEADLINE_S):
            return await anext(speech, None)

    def _queue(self, spoken: _Spoken, clause: Clause, lead: int, made: Speech, pause_ms: int) -> None:
        silence = _silence(spoken.samples + len(made.pcm) // 2, made.rate_hz, pause_ms)
        pcm = made.pcm + bytes(2 * silence)
        clip = f"{made.name}+{silence}" if made.name else None
        audio_ms = len(pcm) * 1000 // (2 * made.rate_hz)
        start = clause.start + lead
        words = tuple(
            Word(start + word.start, start + word.end, spoken.audio_ms + word.start_ms, spoken.audio_ms + word.end_ms)
            for word in made.words
        )
        self._post(AudioMade(self._clock.now(), spoken.reply, spoken.seq, clause.start, clause.end, audio_ms, words))
        self._leg.order(Play(spoken.reply, spoken.seq, pcm, made.rate_hz, words=made.words, clip=clip))
        self._lead.give(spoken.reply, audio_ms)
        spoken.seq += 1
        spoken.samples += len(pcm) // 2
        spoken.audio_ms += audio_ms


def _silence(samples: int, rate_hz: int, pause_ms: int) -> int:
    """Samples of silence after a clause: the pause, and on to the next whole packet, so that the next clause begins with one of its
    own and a leg can send packets of it that it has already. None in the middle of a clause."""
    if not pause_ms:
        return 0
    paused = samples + rate_hz * pause_ms // 1000
    return paused + -paused % (rate_hz // PACKETS_A_SECOND) - samples
