"""Where the time of a turn went, stage by stage: from the caller's last sound to the agent's first.

Each number belongs to one stage; a single "latency" hides the stage that broke.
"""

from dataclasses import dataclass

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.commands import Command
from antiphon.core.events import Event
from antiphon.core.proposal import Say


@dataclass(slots=True)
class TurnLatency:
    """Milliseconds of one answered turn; None where a stage did not happen. `total_ms` is end of speech → first audio sent."""

    turn: int
    ended_ms: int
    taken_ms: int
    hearing_ms: int | None = None  # end of speech → the recogniser's words
    endpointing_ms: int | None = None  # end of speech → turn taken
    thinking_ms: int | None = None  # turn taken → first word of the answer, less acting
    acting_ms: int | None = None  # time in tools before that word
    speaking_ms: int | None = None  # first word → first audio made
    playout_ms: int | None = None  # first audio made → first audio sent
    total_ms: int | None = None


class LatencyFold:
    """Folds events and commands into latencies, a turn at a time."""

    def __init__(self) -> None:
        self._turns: list[TurnLatency] = []
        self._words_ms: int | None = None
        self._first_word_ms: int | None = None
        self._first_audio_ms: int | None = None
        self._acting_ms = 0

    def event(self, event: Event) -> None:
        """One event."""
        match event:
            case ev.WordsHeard(at_ms):
                self._words_ms = at_ms
            case ev.BrainProposed(at_ms, _, Say(text)) if text.strip():
                self._first_word_ms = self._first_word_ms or at_ms
            case ev.ToolReturned(_, _, _, _, duration_ms) if self._first_word_ms is None:
                self._acting_ms += duration_ms
            case ev.AudioMade(at_ms):
                self._first_audio_ms = self._first_audio_ms or at_ms
            case ev.PlayoutStarted(at_ms):
                self._answered(at_ms)
            case _:
                pass

    def command(self, command: Command, at_ms: int) -> None:
        """One command."""
        if isinstance(command, cm.TurnTaken):
            self._taken(command, at_ms)

    def _taken(self, turn: cm.TurnTaken, at_ms: int) -> None:
        latency = TurnLatency(turn.turn, turn.ended_ms, at_ms)
        if not turn.typed:
            latency.endpointing_ms = at_ms - turn.ended_ms
            latency.hearing_ms = None if self._words_ms is None else self._words_ms - turn.ended_ms
        self._turns = [each for each in self._turns if each.turn != turn.turn] + [latency]
        self._words_ms = self._first_word_ms = self._first_audio_ms = None
        self._acting_ms = 0

    def _answered(self, at_ms: int) -> None:
        if not self._turns or self._turns[-1].total_ms is not None or self._first_word_ms is None:
            return
        latency = self._turns[-1]
        latency.acting_ms = self._acting_ms
        latency.thinking_ms = self._first_word_ms - latency.taken_ms - self._acting_ms
        made = self._first_audio_ms if self._first_audio_ms is not None else at_ms
        latency.speaking_ms = made - self._first_word_ms
        latency.playout_ms = at_ms - made
        latency.total_ms = at_ms - latency.ended_ms

    def turns(self) -> list[TurnLatency]:
        """One row per turn of the caller's, in order."""
        return list(self._turns)
