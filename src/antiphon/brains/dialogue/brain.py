"""The dialogue brain behind its port."""

from collections.abc import AsyncIterator

from antiphon.brains.dialogue import decide, steps
from antiphon.brains.dialogue.advance import advance, ask_again, not_understood, open_task
from antiphon.brains.dialogue.understand import Understanding
from antiphon.brains.dialogue.work import Work
from antiphon.brains.spoken_texts import Expression
from antiphon.core.agent import Agent, Options
from antiphon.core.commands import Cause
from antiphon.core.history import CallerSaid, History
from antiphon.core.proposal import Proposal
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment


class DialogueBrain:
    """Implements `ports.brain.Brain` for one agent with its options as they are now."""

    def __init__(self, agent: Agent, options: Options) -> None:
        self._agent = agent
        self._ears = Understanding(agent, options)
        self._words = Expression(agent, options)

    async def run(self, task: TaskState, history: History, moment: Moment) -> AsyncIterator[Proposal]:
        """See `ports.brain`."""
        for proposal in self.proposals(task, history, moment):
            yield proposal

    def proposals(self, task: TaskState, history: History, moment: Moment) -> list[Proposal]:
        """The whole run at once: it takes a millisecond or two."""
        work = Work(self._agent, self._words, task, history, moment)
        steps.take_results(work)
        self._go_on(work)
        return work.proposals

    def _go_on(self, work: Work) -> None:
        match work.moment.cause:
            case Cause.GREETING:
                work.say("greeting")
                work.expect("open")
            case Cause.TURN:
                self._take_turn(work)
            case Cause.HAND_OFF:
                self._take_over(work)
            case Cause.TOOLS:
                advance(work)
            case Cause.SILENCE:
                work.say("still_there")
                ask_again(work)
            case Cause.NONSENSE:
                not_understood(work)
            case Cause.TROUBLE:
                work.say("trouble")
                ask_again(work)

    def _take_turn(self, work: Work) -> None:
        said = next((each for each in reversed(work.history) if isinstance(each, CallerSaid)), None)
        if said is not None:
            decide.take_turn(work, self._ears, said)

    def _take_over(self, work: Work) -> None:
        """Go on with the task that was wanted; another brain may have handed over without one: then the caller's words say it."""
        if wanted := work.recall("want"):
            work.note("want", "")
            open_task(work, wanted)
            advance(work)
        elif work.task is None and any(isinstance(each, CallerSaid) for each in work.history):
            self._take_turn(work)
        else:
            advance(work)
