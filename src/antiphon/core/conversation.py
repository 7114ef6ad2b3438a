"""The conversation: events in, commands out. It alone cuts, answers and ends.

The law: one event in, drain `poll()`, then wait for the next event or `deadline`, whichever is first. Time comes with the events; a
deadline fires at its own due time, however late, before the event that comes after it. So the same events give the same commands,
and a recorded call replays.

It composes small machines over one course: the floor (a table), endpointing, barge-in, replies and their cuts, and thinking.
Invariant: every turn of the caller's ends in speech, a tool call, a reprompt, a hand-off or a hang-up; silence is never an outcome.
"""

from collections.abc import Callable

from antiphon.core import events as ev
from antiphon.core.barge_in import Contest, Verdict
from antiphon.core.commands import (
    ArmReflex,
    Cause,
    Command,
    Floor,
    HangUp,
    PausePlayout,
    ResumePlayout,
    Transcribe,
    TurnTaken,
)
from antiphon.core.course import Course
from antiphon.core.cuts import Cuts
from antiphon.core.endpointing import CallerTurn, EndingJudge
from antiphon.core.errors import InvariantBroken
from antiphon.core.floor import Cue
from antiphon.core.history import CallerSaid, CallerSilent, History
from antiphon.core.keypad import Keypad
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import Outcome
from antiphon.core.replies import Replies
from antiphon.core.task import TaskState
from antiphon.core.thinking import Thinking

Due = tuple[int, Callable[[], None]]


class Conversation:
    """One call's conversation. Raises InvariantBroken when time goes back."""

    def __init__(self, policy: ConversationPolicy, specialist: str, judge: EndingJudge) -> None:
        self._policy, self._judge = policy, judge
        self._course = Course()
        self._replies = Replies(self._course, policy)
        self._cuts = Cuts(self._course, policy, self._replies)
        self._thinking = Thinking(self._course, policy, self._replies, self._cuts, specialist)
        self._connected = False
        self._turns = 0
        self._turn: CallerTurn | None = None
        self._taken: CallerTurn | None = None  # the turn being answered: it is reopened if the caller goes on at once
        self._contest: Contest | None = None
        self._open_since: int | None = None
        self._silences = 0
        self._keypad = Keypad(policy.digits_pause_ms)
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
        policy = self._policy
        dues: list[Due] = [(policy.longest_call_ms, self._too_long)]
        if self._contest:
            dues.append((self._contest.due_ms, self._contest_due))
        if self.floor is Floor.PENDING and self._turn:
            dues.append((self._turn.due_ms(self.task.expecting), self._take_turn))
        dues += self._thinking.dues()
        dues += [(due, self._cuts.close_overdue) for due in self._cuts.dues()]
        if (keys_due := self._keypad.due_ms) is not None:
            dues.append((keys_due, self._take_digits))
        if self._farewell_ms is not None:
            dues.append((self._farewell_ms, self._farewell))
        elif self._open_since is not None and self._course.voice:
            dues.append((self._open_since + policy.caller_silence_ms, self._silence))
        return dues

    # --- dispatch ----------------------------------------------------------------------------------------------------

    def _dispatch(self, event: ev.Event) -> None:
        match event:
            case ev.CallStarted():
                self._course.call, self._course.voice = event.call, event.channel != "text"
            case ev.LegConnected():
                self._connect()
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
            case ev.CallerLeft(_, reason) | ev.HangUpAsked(_, reason):
                self._close(None, reason)
            case ev.TimePassed():
                pass
            case _:
                self._dispatch_answer(event)

    def _dispatch_answer(self, event: ev.Event) -> None:
        match event:
            case ev.BrainProposed(_, reply, proposal):
                self._thinking.proposed(reply, proposal)
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

    # --- the caller's voice ------------------------------------------------------------------------------------------

    def _speech_started(self, utterance: int, onset_ms: int) -> None:
        self._silences = 0
        if self._replies.reflex.voice():
            self._replies.arm_all()
        if self.floor in (Floor.AGENT, Floor.CONTESTED):
            self._sound_over_reply(utterance, onset_ms)
            return
        if self.floor is Floor.THINKING:
            self._caller_goes_on()
        self._open_turn().start(utterance, onset_ms)
        self._course.move(Cue.CALLER_SPEAKS)

    def _caller_goes_on(self) -> None:
        """Speech before the answer is audible: the caller had not finished. The turn is reopened, its words kept, unless the answer
        has already done something."""
        run = self._thinking.run
        untouched = run is not None and not run.called
        self._thinking.stop()
        self._cuts.order()
        if untouched and self._taken is not None:
            self._turn = CallerTurn(self._policy.endpointing, self._judge, before=self._taken.text)
            self._turns -= 1
            if self._course.history and isinstance(self._course.history[-1], CallerSaid):
                self._course.history.pop()
        self._taken = None
        self._thinking.wanted = None

    def _open_turn(self) -> CallerTurn:
        if self._turn is None:
            self._turn = CallerTurn(self._policy.endpointing, self._judge)
        return self._turn

    def _speech_stopped(self, utterance: int, end_ms: int) -> None:
        if self._contest and self._contest.utterance == utterance:
            self._contest.stop(self._course.now)
            self._open_turn().stop(utterance, end_ms)
            self._course.order(Transcribe(utterance))
        elif self._turn and utterance in self._turn.utterances:
            self._turn.stop(utterance, end_ms)
            self._course.order(Transcribe(utterance))
            self._course.move(Cue.CALLER_STOPS)

    def _words(self, utterance: int, text: str, alternative: str, *, final: bool) -> None:
        if self._turn and final:
            self._turn.words(utterance, text, alternative)
        if self._contest and self._contest.utterance == utterance:
            reply = self._replies.live(self._contest.reply)
            verdict = self._contest.words(text, final=final, left_ms=reply.left_ms if reply else None)
            if verdict is Verdict.CUT or (final and verdict is Verdict.RESUME and self._contest.silent_ms is not None):
                self._decide(verdict)

    def _take_turn(self) -> None:
        turn, self._turn = self._turn, None
        assert turn is not None
        if not turn.text:
            self._course.move(Cue.TURN_TAKEN)
            self._thinking.wish(Cause.NONSENSE)
            return
        self._turns += 1
        self._taken = turn
        started = turn.started_ms if turn.utterances else self._course.now
        ended = turn.ended_ms if turn.utterances else self._course.now
        self._course.order(TurnTaken(self._turns, turn.text, started, ended, alternative=turn.alternative))
        self._course.history.append(CallerSaid(self._turns, turn.text, alternative=turn.alternative))
        self._course.move(Cue.TURN_TAKEN)
        self._thinking.wish(Cause.TURN)

    def _typed(self, text: str) -> None:
        """A typed line is a whole turn at once and goes before whatever is being spoken."""
        if not text.strip():
            return
        self._silences = 0
        self._thinking.stop()
        self._cuts.order()
        self._contest, self._turn, self._taken = None, None, None
        self._turns += 1
        self._course.order(TurnTaken(self._turns, text.strip(), self._course.now, self._course.now, typed=True))
        self._course.history.append(CallerSaid(self._turns, text.strip(), typed=True))
        self._course.move(Cue.CALLER_SPEAKS)
        self._course.move(Cue.TURN_TAKEN)
        self._thinking.wish(Cause.TURN)

    def _pressed(self, digit: str) -> None:
        if self._keypad.press(digit, self._course.now):
            self._take_digits()

    def _take_digits(self) -> None:
        self._typed(self._keypad.take())

    # --- sounds over the reply ---------------------------------------------------------------------------------------

    def _sound_over_reply(self, utterance: int, onset_ms: int) -> None:
        if self._contest is None:
            playing = self._replies.playing
            if playing is None:
                return
            self._course.order(PausePlayout(playing.reply))
            self._contest = Contest(self._policy.barge_in, playing.reply, self._course.now)
            self._course.move(Cue.SOUND)
        self._contest.confirm(utterance, onset_ms)
        self._open_turn().start(utterance, onset_ms)

    def _paused(self, reply: int, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        spoken = self._replies.live(reply)
        if spoken is None:
            return
        self._audible(reply)
        spoken.position(sent_ms, delay_ms, acked_ms)
        if self.floor is Floor.AGENT and self._contest is None:
            self._contest = Contest(self._policy.barge_in, reply, self._course.now)
            self._course.move(Cue.SOUND)

    def _contest_due(self) -> None:
        assert self._contest is not None
        if self._contest.voice_ms is None and self._replies.reflex.false_pause(self._course.now):
            self._course.order(ArmReflex(self._contest.reply, armed=False))
        self._decide(self._contest.verdict_when_due)

    def _decide(self, verdict: Verdict) -> None:
        contest, self._contest = self._contest, None
        assert contest is not None
        if verdict is Verdict.RESUME:
            self._turn = None
            self._course.order(ResumePlayout(contest.reply))
            self._course.move(Cue.RESUMED)
            return
        self._thinking.stop()
        self._cuts.order()
        self._thinking.wanted = None
        self._course.move(Cue.CUT_SPEAKING if contest.silent_ms is None else Cue.CUT_SILENT)

    # --- replies -----------------------------------------------------------------------------------------------------

    def _audible(self, reply: int) -> None:
        if self._replies.sounds(reply):
            self._taken = None
            self._thinking.troubles = 0
            self._course.move(Cue.REPLY_AUDIBLE)

    def _played(self, reply: int, sent_ms: int) -> None:
        spoken = self._replies.uncut(reply)
        if spoken is None:
            return
        self._audible(reply)
        spoken.position(sent_ms, 0, None)
        self._replies.close(spoken, whole=True)
        if self._contest and self._contest.reply == reply:
            self._contest = None
            self._course.move(Cue.CUT_SPEAKING if self._turn else Cue.REPLY_OVER)

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
        self._watch_silence()
        self._watch_farewell()

    def _watch_silence(self) -> None:
        if self.floor is Floor.OPEN and self._connected:
            self._open_since = self._course.now if self._open_since is None else self._open_since
        else:
            self._open_since = None

    def _silence(self) -> None:
        self._open_since = None
        self._silences += 1
        if self._silences > self._policy.most_silences:
            self._close(None, "the caller fell silent")
            return
        self._course.history.append(CallerSilent(self._silences))
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
