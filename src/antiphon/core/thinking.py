"""What the brain does: one run at a time, the tools it orders, and what becomes of a run that fails."""

from collections.abc import Callable, Iterator

from antiphon.core import events as ev
from antiphon.core.absence import Absence
from antiphon.core.commands import Cause, Floor, StopThinking, Think
from antiphon.core.course import Course
from antiphon.core.cuts import Cuts
from antiphon.core.floor import Cue
from antiphon.core.history import HandedOff
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import CallTool, Finish, HandOff, Proposal, Say, Wait
from antiphon.core.replies import Replies
from antiphon.core.runs import Run
from antiphon.core.task import TaskState
from antiphon.core.tools import Tools

MOST_TROUBLES = 2
"""Runs in a row that may come to nothing; the caller is told each time."""


class Thinking:
    """Brain runs and tools. `wanted` is the run that waits for cuts and tools to be over."""

    def __init__(
        self, course: Course, policy: ConversationPolicy, replies: Replies, cuts: Cuts, specialist: str
    ) -> None:
        self._course, self._policy, self._replies, self._cuts = course, policy, replies, cuts
        self.task = TaskState(specialist)
        self.run: Run | None = None
        self.wanted: Cause | None = None
        self.troubles = 0  # runs in a row that came to nothing; what is heard ends them
        self._tools = Tools(course, policy)
        self._runs = 0

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether something is still to come of it: a run, a wish, a tool."""
        running = self.run is not None and not self.run.finished
        return running or self.wanted is not None or self._tools.waiting

    @property
    def finished(self) -> bool:
        """Whether the last run said that the conversation is over."""
        return self.run is not None and self.run.finished and self.run.ended

    @property
    def hopeless(self) -> bool:
        """Whether telling the caller of trouble has failed as well."""
        return self.troubles > MOST_TROUBLES

    # --- runs --------------------------------------------------------------------------------------------------------

    def wish(self, cause: Cause) -> None:
        """Run the brain as soon as cuts are settled and tools have answered."""
        self.wanted = cause

    def begin_if_due(self) -> None:
        """Begin the run that waits, unless the caller has the floor."""
        free = self._course.floor not in (Floor.CALLER, Floor.PENDING, Floor.CONTESTED)
        if self.wanted and free and self.run is None and self._cuts.settled and not self._tools.waiting:
            cause, self.wanted = self.wanted, None
            self._runs += 1
            self.run = Run(self._runs, cause, self._course.now)
            self._replies.begin(self._runs)
            self._course.order(Think(self._runs, cause))
            self._course.move(Cue.RUN_BEGINS)

    def stop(self) -> None:
        """The run is no longer wanted."""
        run, self.run = self.run, None
        if run and not run.ended:
            self._course.order(StopThinking(run.reply))

    def proposed(self, reply: int, proposal: Proposal) -> None:
        """Something of the running run; of an older one it is dropped."""
        run = self._running(reply)
        if run is None:
            return
        run.progress_ms = self._course.now
        self.task = self.task.after(proposal)
        match proposal:
            case Say(text):
                run.said = self._replies.say(reply, text) or run.said
            case CallTool():
                run.called = True
                self._tools.order(reply, proposal)
            case Wait():
                run.waits = run.cause is Cause.TOOLS
            case HandOff(to):
                run.handed_off = True
                self._course.history.append(HandedOff(to))
            case Finish():
                run.finished = True
            case _:
                pass

    def ended(self, reply: int) -> None:
        """The run has said everything."""
        run = self._running(reply)
        if run is None:
            return
        run.ended = True
        self._replies.complete(reply, awaited=True)
        if run.handed_off:
            self.wish(Cause.HAND_OFF)
        elif run.called:
            self.wish(Cause.TOOLS)
        elif not (run.said or run.finished or run.waits):
            self.trouble()
        if not run.finished:
            self.run = None

    def failed(self, reply: int) -> None:
        """The run broke off."""
        if self._running(reply) is not None:
            self.run = None
            self._replies.complete(reply, awaited=False)
            self.trouble()

    def trouble(self) -> None:
        """A run came to nothing: say so."""
        self.troubles += 1
        if not self.hopeless:
            self.wish(Cause.TROUBLE)

    def tool_returned(self, returned: ev.ToolReturned) -> None:
        """A tool's result; with the last one the brain goes on."""
        self._tools.returned(returned)
        idle = self.run is None and self._course.floor in (Floor.OPEN, Floor.THINKING, Floor.AGENT)
        if idle and self.wanted is None and not self._tools.waiting:
            self.wish(Cause.TOOLS)

    def _running(self, reply: int) -> Run | None:
        run = self.run
        return None if run is None or run.reply != reply or run.ended else run

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def dues(self, absence: Absence) -> Iterator[tuple[int, Callable[[], None]]]:
        """When a run, a tool or a voice has had its time, and what is done then."""
        if self.run is not None and not self.run.ended:
            yield self.run.progress_ms + self._policy.brain_stall_ms, self._stalled
        for due in self._tools.dues():
            yield due, self._give_up_tools
        for reply in () if absence.away else self._replies.awaited():
            assert reply.awaited_ms is not None
            due = reply.awaited_ms + self._policy.audible_ms
            yield absence.earliest_ms(due, self._policy.audible_ms), self._drop_inaudible

    def _stalled(self) -> None:
        assert self.run is not None
        reply = self.run.reply
        self._course.order(StopThinking(reply))
        self.failed(reply)

    def _give_up_tools(self) -> None:
        for made_up in self._tools.overdue():
            self.tool_returned(made_up)

    def _drop_inaudible(self) -> None:
        for reply in list(self._replies.awaited()):
            if reply.awaited_ms is not None and self._course.now - reply.awaited_ms >= self._policy.audible_ms:
                self._cuts.order(only=reply.reply)
                self.trouble()
