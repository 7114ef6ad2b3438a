"""When has the caller finished? Silence, measured from the end of speech, as long as the words ask for.

The wait never counts from the transcript's arrival, so a slow recogniser does not add to it (both LiveKit and Pipecat do so).
Utterances separated by less than the wait are one turn; their words are joined in the order they were spoken.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from antiphon.core.proposal import Expect


class Ending(StrEnum):
    """What the words so far say about whether more will come."""

    COMPLETE = "complete"  # they complete what was asked
    ORDINARY = "ordinary"
    DICTATING = "dictating"  # inside a number that is still too short


EndingJudge = Callable[[Expect | None, str], Ending]
"""(what was asked, words so far) → how they end. Pure."""


@dataclass(frozen=True, slots=True)
class EndpointingPolicy:
    """Silence after which a turn is taken, ms from the end of speech."""

    complete_ms: int = 350  # LiveKit's floor for its audio detector is 300
    ordinary_ms: int = 700  # Pipecat's plain timer is 600
    dictating_ms: int = 1_200  # dictated digits are cut off by anything shorter (kyutai-labs/unmute 130)
    words_ms: int = 2_500  # longest wait for the recogniser; its worst measured is 0.25 s, on a busy machine 1.2 s

    def wait_ms(self, ending: Ending) -> int:
        """The silence that `ending` asks for."""
        return {
            Ending.COMPLETE: self.complete_ms,
            Ending.ORDINARY: self.ordinary_ms,
            Ending.DICTATING: self.dictating_ms,
        }[ending]


@dataclass(slots=True)
class Utterance:
    """One stretch of speech. `text` is None until the recogniser has answered."""

    started_ms: int
    ended_ms: int | None = None
    text: str | None = None
    alternative: str = ""


@dataclass(slots=True)
class CallerTurn:
    """The turn being spoken: utterances by number, in order."""

    policy: EndpointingPolicy
    judge: EndingJudge
    utterances: dict[int, Utterance] = field(default_factory=dict)
    before: str = ""  # words of a turn that was taken and then went on

    def start(self, utterance: int, onset_ms: int) -> None:
        """Speech began."""
        self.utterances[utterance] = Utterance(onset_ms)

    def stop(self, utterance: int, end_ms: int) -> None:
        """Speech ended; ignored for an utterance this turn does not have."""
        if said := self.utterances.get(utterance):
            said.ended_ms = max(end_ms, said.started_ms)

    def words(self, utterance: int, text: str, alternative: str = "") -> None:
        """The recogniser's answer."""
        if said := self.utterances.get(utterance):
            said.text, said.alternative = text.strip(), alternative.strip()

    @property
    def text(self) -> str:
        """All words so far."""
        return _join([self.before, *(said.text or "" for said in self.utterances.values())])

    @property
    def alternative(self) -> str:
        """The losing decoder's reading, if it differs anywhere."""
        read = _join([self.before, *(said.alternative or said.text or "" for said in self.utterances.values())])
        return "" if read == self.text else read

    @property
    def started_ms(self) -> int:
        """When the first utterance began."""
        return min(said.started_ms for said in self.utterances.values())

    @property
    def ended_ms(self) -> int:
        """When the last utterance really ended."""
        return max(said.ended_ms or said.started_ms for said in self.utterances.values())

    @property
    def heard_all(self) -> bool:
        """Whether the recogniser has answered for every utterance."""
        return all(said.text is not None for said in self.utterances.values())

    def due_ms(self, expecting: Expect | None) -> int:
        """When the turn is to be taken if nothing more is said."""
        if not self.heard_all:
            return self.ended_ms + self.policy.words_ms
        return self.ended_ms + self.policy.wait_ms(self.judge(expecting, self.text) if self.text else Ending.ORDINARY)


def _join(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)
