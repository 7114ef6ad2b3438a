"""The conversation: events in, commands out. It alone cuts, answers and ends.

The law: one event in, drain `poll()`, then wait for the next event or `deadline`, whichever is first. Time comes with the events; a
deadline fires at its own due time, however late, before the event that comes after it. So the same events give the same commands,
and a recorded call replays.

It composes small machines over one course: the floor (a table), the caller's turns, contests over a reply, replies and their cuts,
thinking, silence, and absence.
Invariant: every turn of the caller's ends in speech, a tool call, a reprompt, a hand-off or a hang-up; silence is never an outcome.
"""

from collections.abc import Callable

from antiphon.core import events as ev
from antiphon.core.absence import Absence
from antiphon.core.commands import Cause, Command, Floor, HangUp, Transcribe
from antiphon.core.contests import Contests
from antiphon.core.course import Course
from antiphon.core.cuts import Cuts
from antiphon.core.endpointing import EndingJudge
from antiphon.core.errors import InvariantBroken
from antiphon.core.floor import Cue
from antiphon.core.history import CallerSilent, History
from antiphon.core.keypad import Keypad
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import Outcome, Wait
from antiphon.core.replies import Replies
from antiphon.core.silence import Silence
from antiphon.core.task import TaskState
from antiphon.core.thinking import Thinking
from antiphon.core.turns import Turns

Due = tuple[int, Callable[[], None]]


class Conversation:
    """One call's conversation. Raises InvariantBroken when time goes back."""

    def __init__(self, policy: ConversationPolicy, specialist: str, judge: EndingJudge) -> None:
        self._policy = policy
        self._course = Course()
        self._replies = Replies(self._course, policy)
        self._cuts = Cuts(self._course, policy, self._replies)
        self._thinking = Thinking(self._course, policy, self._replies, self._cuts, specialist)
        self._turns = Turns(self._course, policy.endpointing, judge)
        self._contests = Contests(self._course, policy.barge_in, self._replies, self._cuts, self._thinking, self._turns)
        self._keypad = Keypad(policy.digits_pause_ms)
        self._silence = Silence(policy.caller_silence_ms)
        self._absence = Absence()
        self._connected = False
        self._farewell_ms: int | None = None

    # --- the surface -------------------------------------------------------------------------------------------------

    def handle(self, event: ev.Event) -> None:
        """Take one event. Deadlines that are past fire first, each at its own time."""
        if event.at_ms < self._course.now:
            raise InvariantBroken(
                f"time went back from {self._course.now} to {event.at_ms} ms with {type(event).__name__}"
            )
        self._fire_until(event.at_ms)
        self._course.now = event.at_ms
        if self.floor is Floor.CLOSED:
            self._late(event)
        else:
            self._dispatch(event)
            self._go_on()

    def poll(self) -> Command | None:
        """The next command, or None when all are out."""
        return self._course.commands.popleft() if self._course.commands else None

    @property
    def floor(self) -> Floor:
        """Who may speak."""
        return self._course.floor

    @property
    def task(self) -> TaskState:
        """What the caller wants, as far as it is known."""
        return self._thinking.task

    @property
    def deadline(self) -> int | None:
        """Call time by which `handle` wants to be called again, with TimePassed if nothing else."""
        return min((due for due, _ in self._dues()), default=None)

    @property
    def history(self) -> History:
        """What a brain may know."""
        return tuple(self._course.history)

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def _fire_until(self, now: int) -> None:
        while (dues := self._dues()) and (due := min(dues, key=lambda each: each[0]))[0] <= now:
            self._course.now = max(self._course.now, due[0])
            due[1]()
            self._go_on()

    def _dues(self) -> list[Due]:
        if self.floor is Floor.CLOSED:
            return []
        dues: list[Due] = [(self._policy.longest_call_ms, self._too_long)]
        if (verdict_due := self._contests.due_ms) is not None:
            dues.append((verdict_due, self._contests.fall_due))
        if not self._absence.away:
            dues += self._caller_dues()
        dues += self._thinking.dues(self._absence)
        dues += [(due, self._cuts.close_overdue) for due in self._cuts.dues()]
        if (keys_due := self._keypad.due_ms) is not None:
            dues.append((keys_due, self._take_digits))
        if self._farewell_ms is not None:
            dues.append((self._farewell_ms, self._farewell))
        return dues

    def _caller_dues(self) -> list[Due]:
        """What waits for the caller: a turn to be over, a word."""
        dues: list[Due] = []
        if self.floor is Floor.PENDING and (turn_due := self._turns.due_ms(self.task.expecting)) is not None:
            patience = self._policy.endpointing.ordinary_ms
            dues.append((self._absence.earliest_ms(turn_due, patience), self._take_turn))
        if self._farewell_ms is None and (silence_due := self._silence.due_ms) is not None and self._course.voice:
            dues.append((silence_due, self._ask_for_a_word))
        return dues

    # --- dispatch ----------------------------------------------------------------------------------------------------

    def _dispatch(self, event: ev.Event) -> None:
        match event:
            case ev.CallStarted():
                self._course.call, self._course.voice = event.call, event.channel != "text"
            case ev.LegConnected():
                self._connect()
            case ev.LegSuspended():
                self._absence.leave()
            case ev.LegRestored(at_ms):
                self._absence.back(at_ms)
            case ev.CallerLeft(_, reason) | ev.HangUpAsked(_, reason):
                self._close(None, reason)
            case ev.TimePassed() | ev.QualityMeasured():
                pass
            case _:
                self._dispatch_caller(event)

    def _dispatch_caller(self, event: ev.Event) -> None:
        match event:
            case ev.SpeechStarted(_, utterance, onset_ms):
                self._speech_started(utterance, onset_ms)
            case ev.SpeechStopped(_, utterance, end_ms):
                self._speech_stopped(utterance, end_ms)
            case ev.InterimHeard(_, utterance, text):
                self._words(utterance, text, "", final=False)
            case ev.WordsHeard(_, utterance, text, _, alternative):
                self._words(utterance, text, alternative, final=True)
            case ev.HearingFailed(_, utterance):
                self._words(utterance, "", "", final=True)
            case ev.TextTyped(_, text):
                self._typed(text)
            case ev.DigitPressed(_, digit):
                self._pressed(digit)
            case _:
                self._dispatch_answer(event)

    def _dispatch_answer(self, event: ev.Event) -> None:
        match event:
            case ev.BrainProposed(_, reply, proposal):
                self._thinking.proposed(reply, proposal)
                if isinstance(proposal, Wait):
                    self._turns.answered()
            case ev.BrainEnded(_, reply):
                self._thinking.ended(reply)
            case ev.BrainFailed(_, reply):
                self._thinking.failed(reply)
            case ev.ToolReturned():
                self._thinking.tool_returned(event)
            case ev.AudioMade():
                self._replies.made(event)
            case ev.SpeakingFailed(_, reply):
                self._cuts.order(only=reply)
            case ev.PlayoutStarted(_, reply):
                self._audible(reply)
            case ev.PlayoutPaused(_, reply, sent_ms, delay_ms, acked_ms):
                self._paused(reply, sent_ms, delay_ms, acked_ms)
            case ev.PlayoutFlushed(_, reply, sent_ms, delay_ms, acked_ms):
                self._cuts.flushed(reply, sent_ms, delay_ms, acked_ms)
            case ev.PlayoutEnded(_, reply, sent_ms):
                self._played(reply, sent_ms)
            case _:
                raise InvariantBroken(f"no rule for {type(event).__name__}")

    def _late(self, event: ev.Event) -> None:
        """After the end only results of tools already ordered still matter."""
        if isinstance(event, ev.ToolReturned):
            self._thinking.tool_returned(event)

    def _connect(self) -> None:
        if not self._connected:
            self._connected = True
            self._thinking.wish(Cause.GREETING)

    # --- the caller --------------------------------------------------------------------------------------------------

    def _speech_started(self, utterance: int, onset_ms: int) -> None:
        self._silence.end()
        if self._replies.reflex.voice():
            self._replies.arm_all()
        if self.floor in (Floor.AGENT, Floor.CONTESTED):
            self._contests.voice(utterance, onset_ms)
            return
        if self.floor is Floor.THINKING:
            self._caller_goes_on()
        self._turns.start(utterance, onset_ms)
        self._course.move(Cue.CALLER_SPEAKS)

    def _caller_goes_on(self) -> None:
        """Speech before the answer is audible: the caller had not finished. The turn is reopened, its words kept, unless the answer
        has already done something."""
        run = self._thinking.run
        untouched = run is not None and not run.called
        self._thinking.stop()
        self._cuts.order()
        if untouched:
            self._turns.reopen()
        else:
            self._turns.answered()
        self._thinking.wanted = None

    def _speech_stopped(self, utterance: int, end_ms: int) -> None:
        if self._contests.has(utterance):
            self._contests.stop(utterance, end_ms)
            self._course.order(Transcribe(utterance))
        elif self._turns.has(utterance):
            self._turns.stop(utterance, end_ms)
            self._course.order(Transcribe(utterance))
            self._course.move(Cue.CALLER_STOPS)

    def _words(self, utterance: int, text: str, alternative: str, *, final: bool) -> None:
        if final:
            self._turns.words(utterance, text, alternative)
        if self._contests.has(utterance):
            self._contests.words(text, final=final)

    def _take_turn(self) -> None:
        self._thinking.wish(Cause.TURN if self._turns.take() else Cause.NONSENSE)

    def _typed(self, text: str) -> None:
        """A typed line goes before whatever is being spoken."""
        if not text.strip():
            return
        self._silence.end()
        self._thinking.stop()
        self._cuts.order()
        self._contests.drop()
        self._turns.typed(text.strip())
        self._thinking.wish(Cause.TURN)

    def _pressed(self, digit: str) -> None:
        if self._keypad.press(digit, self._course.now):
            self._take_digits()

    def _take_digits(self) -> None:
        self._typed(self._keypad.take())

    # --- replies -----------------------------------------------------------------------------------------------------

    def _audible(self, reply: int) -> None:
        if self._replies.sounds(reply):
            self._turns.answered()
            self._thinking.troubles = 0
            self._course.move(Cue.REPLY_AUDIBLE)

    def _paused(self, reply: int, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        spoken = self._replies.live(reply)
        if spoken is None:
            return
        self._audible(reply)
        spoken.position(sent_ms, delay_ms, acked_ms)
        self._contests.paused(reply)

    def _played(self, reply: int, sent_ms: int) -> None:
        spoken = self._replies.uncut(reply)
        if spoken is None:
            return
        self._audible(reply)
        spoken.position(sent_ms, 0, None)
        self._replies.close(spoken, whole=True)
        self._contests.played(reply)

    # --- going on, silence, the end ----------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """After every event and deadline: begin the run that waits, notice that the floor is free, say goodbye."""
        if self._thinking.hopeless:
            self._close(Outcome.FAILED, "the agent could not go on")
        if self.floor is Floor.CLOSED:
            return
        self._thinking.begin_if_due()
        working, all_said = self._thinking.working, not self._replies.open
        if all_said and self.floor in (Floor.AGENT, Floor.THINKING) and not working:
            self._course.move(Cue.REPLY_OVER)
        if all_said and self.floor is Floor.AGENT and working:
            self._course.move(Cue.TURN_TAKEN)
        free = self.floor is Floor.OPEN and self._connected and not self._absence.away
        self._silence.watch(self._course.now, free=free)
        self._watch_farewell()

    def _ask_for_a_word(self) -> None:
        self._silence.fall()
        if self._silence.count > self._policy.most_silences:
            self._close(None, "the caller fell silent")
            return
        self._course.history.append(CallerSilent(self._silence.count))
        self._thinking.wish(Cause.SILENCE)

    def _watch_farewell(self) -> None:
        over = self._thinking.finished and not self._replies.open
        if over and self._farewell_ms is None and self.floor in (Floor.OPEN, Floor.AGENT, Floor.THINKING):
            self._farewell_ms = self._course.now + (self._policy.farewell_ms if self._course.voice else 0)
        elif not over:
            self._farewell_ms = None

    def _farewell(self) -> None:
        self._close(self.task.outcome, "the conversation is over")

    def _too_long(self) -> None:
        self._close(None, "the call reached its longest time")

    def _close(self, outcome: Outcome | None, reason: str) -> None:
        if self.floor is Floor.CLOSED:
            return
        self._thinking.stop()
        self._cuts.close_all()
        self._course.move(Cue.HUNG_UP)
        self._course.order(HangUp(outcome or self.task.achieved, reason))
