"""The caller's turns: spoken, typed or keyed; each is taken when it is over, and numbered."""

from antiphon.core.commands import TurnTaken
from antiphon.core.course import Course
from antiphon.core.endpointing import CallerTurn, EndingJudge, EndpointingPolicy
from antiphon.core.floor import Cue
from antiphon.core.history import CallerSaid
from antiphon.core.proposal import Expect


class Turns:
    """The turn being spoken, and the one being answered."""

    def __init__(self, course: Course, policy: EndpointingPolicy, judge: EndingJudge) -> None:
        self._course, self._policy, self._judge = course, policy, judge
        self._count = 0
        self._open: CallerTurn | None = None
        self._taken: CallerTurn | None = None  # the turn being answered: it is reopened if the caller goes on at once

    @property
    def speaking(self) -> bool:
        """Whether a turn is being spoken."""
        return self._open is not None

    def due_ms(self, expecting: Expect | None) -> int | None:
        """When the open turn is to be taken if nothing more is said."""
        return self._open.due_ms(expecting) if self._open else None

    # --- as it is spoken ---------------------------------------------------------------------------------------------

    def start(self, utterance: int, onset_ms: int) -> None:
        """An utterance begins, in the open turn or a new one."""
        self._opened().start(utterance, onset_ms)

    def stop(self, utterance: int, end_ms: int) -> None:
        """An utterance ends."""
        self._opened().stop(utterance, end_ms)

    def has(self, utterance: int) -> bool:
        """Whether the utterance is part of the open turn."""
        return self._open is not None and utterance in self._open.utterances

    def words(self, utterance: int, text: str, alternative: str) -> None:
        """The recogniser's answer."""
        if self._open:
            self._open.words(utterance, text, alternative)

    def drop(self) -> None:
        """What is being spoken is no turn after all."""
        self._open = None

    def _opened(self) -> CallerTurn:
        if self._open is None:
            self._open = CallerTurn(self._policy, self._judge)
        return self._open

    # --- when it is over ---------------------------------------------------------------------------------------------

    def take(self) -> bool:
        """The open turn is over. Whether there were words in it; without them it leaves no trace."""
        turn, self._open = self._open, None
        assert turn is not None
        if turn.text:
            now = self._course.now
            started, ended = (turn.started_ms, turn.ended_ms) if turn.utterances else (now, now)
            self._taken = turn
            self._count += 1
            self._course.order(TurnTaken(self._count, turn.text, started, ended, alternative=turn.alternative))
            self._course.history.append(CallerSaid(self._count, turn.text, alternative=turn.alternative))
        self._course.move(Cue.TURN_TAKEN)
        return bool(turn.text)

    def typed(self, text: str) -> None:
        """A typed line is a whole turn at once, instead of one being spoken."""
        self._open, self._taken = None, None
        self._count += 1
        self._course.order(TurnTaken(self._count, text, self._course.now, self._course.now, typed=True))
        self._course.history.append(CallerSaid(self._count, text, typed=True))
        self._course.move(Cue.CALLER_SPEAKS)
        self._course.move(Cue.TURN_TAKEN)

    def answered(self) -> None:
        """The answer is audible or has done something: the turn taken last stays as it is."""
        self._taken = None

    def reopen(self) -> None:
        """The turn taken last was not over: its words are kept for the next one."""
        if self._taken is None:
            return
        self._open = CallerTurn(self._policy, self._judge, before=self._taken.text)
        self._taken = None
        self._count -= 1
        if self._course.history and isinstance(self._course.history[-1], CallerSaid):
            self._course.history.pop()
