"""The conversation: events in, commands out. It alone cuts, answers and ends.

The law: one event in, drain `poll()`, then wait for the next event or `deadline`, whichever is first. Time comes with the events; a
deadline fires at its own due time, however late, before the event that comes after it. So the same events give the same commands,
and a recorded call replays.

It composes small machines: the floor (a table), endpointing, barge-in, the heard ledger, brain runs, and the task. Invariant: every
turn of the caller's ends in speech, a tool call, a reprompt, a hand-off or a hang-up; silence is never an outcome.
"""

from collections import deque
from collections.abc import Callable

from antiphon.core import events as ev
from antiphon.core.barge_in import Contest, Reflex, Verdict
from antiphon.core.commands import (
    ArmReflex,
    Cause,
    Command,
    CutReply,
    EndReply,
    Floor,
    FloorChanged,
    HangUp,
    PausePlayout,
    ReplyHeard,
    ResumePlayout,
    RunTool,
    Speak,
    StopThinking,
    Think,
    Transcribe,
    TurnTaken,
)
from antiphon.core.endpointing import CallerTurn, EndingJudge
from antiphon.core.errors import InvariantBroken
from antiphon.core.floor import Cue, after
from antiphon.core.history import (
    AgentSaid,
    CallerSaid,
    CallerSilent,
    Entry,
    HandedOff,
    History,
    ToolAnswered,
    ToolCalled,
)
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import CallTool, Finish, HandOff, Json, Outcome, Proposal, Say
from antiphon.core.reply import Ledger, Reply
from antiphon.core.runs import Run, Tools
from antiphon.core.task import TaskState

Due = tuple[int, Callable[[], None]]
TOOL_STALLED: Json = {"code": "timeout", "say": "", "retryable": False}


class Conversation:
    """One call's conversation. Raises InvariantBroken when time goes back."""

    def __init__(self, policy: ConversationPolicy, specialist: str, judge: EndingJudge) -> None:
        self._policy, self._judge = policy, judge
        self.floor = Floor.OPEN
        self.task = TaskState(specialist)
        self._history: list[Entry] = []
        self._commands: deque[Command] = deque()
        self._now = 0
        self._call = ""
        self._voice = True  # a leg that is heard: silence and reflexes matter
        self._connected = False
        self._ledger = Ledger()
        self._replies = 0
        self._turns = 0
        self._run: Run | None = None
        self._tools = Tools()
        self._want: Cause | None = None  # a run that waits for cuts and tools to be over
        self._turn: CallerTurn | None = None
        self._taken: CallerTurn | None = None  # the turn being answered: it is reopened if the caller goes on at once
        self._contest: Contest | None = None
        self._reflex = Reflex(policy.barge_in)
        self._cutting: dict[int, int] = {}  # reply → when its cut was ordered
        self._open_since: int | None = None
        self._silences = 0
        self._troubles = 0
        self._digits = ""
        self._digits_ms = 0
        self._farewell_ms: int | None = None
        self._stalled_reply_ms: dict[int, int] = {}

    # --- the surface -------------------------------------------------------------------------------------------------

    def handle(self, event: ev.Event) -> None:
        """Take one event. Deadlines that are past fire first, each at its own time."""
        if event.at_ms < self._now:
            raise InvariantBroken(f"time went back from {self._now} to {event.at_ms} ms with {type(event).__name__}")
        self._fire_until(event.at_ms)
        self._now = event.at_ms
        if self.floor is Floor.CLOSED:
            self._late(event)
        else:
            self._dispatch(event)
            self._go_on()

    def poll(self) -> Command | None:
        """The next command, or None when all are out."""
        return self._commands.popleft() if self._commands else None

    @property
    def deadline(self) -> int | None:
        """Call time by which `handle` wants to be called again, with TimePassed if nothing else."""
        return min((due for due, _ in self._dues()), default=None)

    @property
    def history(self) -> History:
        """What a brain may know."""
        return tuple(self._history)

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def _fire_until(self, now: int) -> None:
        while (dues := self._dues()) and (due := min(dues, key=lambda each: each[0]))[0] <= now:
            self._now = max(self._now, due[0])
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
        if self._run and not self._run.ended:
            dues.append((self._run.progress_ms + policy.brain_stall_ms, self._brain_stalled))
        dues += [(order.since_ms + policy.tool_stall_ms, self._tool_stalled) for order in self._tools.waiting.values()]
        dues += [(since + policy.flush_ms, self._flush_missing) for since in self._cutting.values()]
        dues += [(since + policy.audible_ms, self._voice_stalled) for since in self._stalled_reply_ms.values()]
        if self._digits:
            dues.append((self._digits_ms + policy.digits_pause_ms, self._take_digits))
        if self._farewell_ms is not None:
            dues.append((self._farewell_ms, self._farewell))
        elif self._open_since is not None and self._voice:
            dues.append((self._open_since + policy.caller_silence_ms, self._silence))
        return dues

    # --- dispatch ----------------------------------------------------------------------------------------------------

    def _dispatch(self, event: ev.Event) -> None:
        match event:
            case ev.CallStarted():
                self._call, self._voice = event.call, event.channel != "text"
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
                self._digit(digit)
            case ev.CallerLeft(_, reason) | ev.HangUpAsked(_, reason):
                self._close(None, reason)
            case ev.TimePassed():
                pass
            case _:
                self._dispatch_answer(event)

    def _dispatch_answer(self, event: ev.Event) -> None:
        match event:
            case ev.BrainProposed(_, reply, proposal):
                self._proposed(reply, proposal)
            case ev.BrainEnded(_, reply):
                self._run_ended(reply)
            case ev.BrainFailed(_, reply):
                self._run_failed(reply)
            case ev.ToolReturned():
                self._tool_returned(event)
            case ev.AudioMade():
                self._audio_made(event)
            case ev.SpeakingFailed(_, reply):
                self._cut_replies(only=reply)
            case ev.PlayoutStarted(_, reply):
                self._audible(reply)
            case ev.PlayoutPaused(_, reply, sent_ms, delay_ms, acked_ms):
                self._paused(reply, sent_ms, delay_ms, acked_ms)
            case ev.PlayoutFlushed(_, reply, sent_ms, delay_ms, acked_ms):
                self._flushed(reply, sent_ms, delay_ms, acked_ms)
            case ev.PlayoutEnded(_, reply, sent_ms):
                self._played(reply, sent_ms)
            case _:
                raise InvariantBroken(f"no rule for {type(event).__name__}")

    def _late(self, event: ev.Event) -> None:
        """After the end only results of tools already ordered still matter."""
        if isinstance(event, ev.ToolReturned):
            self._remember_tool(event)

    def _connect(self) -> None:
        if not self._connected:
            self._connected = True
            self._wish(Cause.GREETING)

    # --- the caller's voice ------------------------------------------------------------------------------------------

    def _speech_started(self, utterance: int, onset_ms: int) -> None:
        self._silences = 0
        if self._reflex.voice():
            self._arm_replies()
        if self.floor in (Floor.AGENT, Floor.CONTESTED):
            self._sound_over_reply(utterance, onset_ms)
            return
        if self.floor is Floor.THINKING:
            self._caller_goes_on()
        self._open_turn().start(utterance, onset_ms)
        self._move(Cue.CALLER_SPEAKS)

    def _caller_goes_on(self) -> None:
        """Speech before the answer is audible: the caller had not finished. The turn is reopened, its words kept, unless the answer
        has already done something."""
        untouched = self._run is not None and not self._run.called
        self._stop_run()
        self._cut_replies()
        if untouched and self._taken is not None:
            self._turn = CallerTurn(self._policy.endpointing, self._judge, before=self._taken.text)
            self._turns -= 1
            if self._history and isinstance(self._history[-1], CallerSaid):
                self._history.pop()
        self._taken = None
        self._want = None

    def _open_turn(self) -> CallerTurn:
        if self._turn is None:
            self._turn = CallerTurn(self._policy.endpointing, self._judge)
        return self._turn

    def _speech_stopped(self, utterance: int, end_ms: int) -> None:
        if self._contest and self._contest.utterance == utterance:
            self._contest.stop(self._now)
            self._open_turn().stop(utterance, end_ms)
            self._order(Transcribe(utterance))
        elif self._turn and utterance in self._turn.utterances:
            self._turn.stop(utterance, end_ms)
            self._order(Transcribe(utterance))
            self._move(Cue.CALLER_STOPS)

    def _words(self, utterance: int, text: str, alternative: str, *, final: bool) -> None:
        if self._turn and final:
            self._turn.words(utterance, text, alternative)
        if self._contest and self._contest.utterance == utterance:
            reply = self._ledger.live(self._contest.reply)
            verdict = self._contest.words(text, final=final, left_ms=reply.left_ms if reply else None)
            if verdict is Verdict.CUT or (final and verdict is Verdict.RESUME and self._contest.silent_ms is not None):
                self._decide(verdict)

    def _take_turn(self) -> None:
        turn, self._turn = self._turn, None
        assert turn is not None
        if not turn.text:
            self._move(Cue.TURN_TAKEN)
            self._wish(Cause.NONSENSE)
            return
        self._turns += 1
        self._taken = turn
        started = turn.started_ms if turn.utterances else self._now
        ended = turn.ended_ms if turn.utterances else self._now
        self._order(TurnTaken(self._turns, turn.text, started, ended, alternative=turn.alternative))
        self._history.append(CallerSaid(self._turns, turn.text, alternative=turn.alternative))
        self._move(Cue.TURN_TAKEN)
        self._wish(Cause.TURN)

    def _typed(self, text: str) -> None:
        """A typed line is a whole turn at once and goes before whatever is being spoken."""
        if not text.strip():
            return
        self._silences = 0
        self._stop_run()
        self._cut_replies()
        self._contest, self._turn, self._taken = None, None, None
        self._turns += 1
        self._order(TurnTaken(self._turns, text.strip(), self._now, self._now, typed=True))
        self._history.append(CallerSaid(self._turns, text.strip(), typed=True))
        self._move(Cue.CALLER_SPEAKS)
        self._move(Cue.TURN_TAKEN)
        self._wish(Cause.TURN)

    def _digit(self, digit: str) -> None:
        if digit == "#" and self._digits:
            self._take_digits()
            return
        self._digits += digit
        self._digits_ms = self._now

    def _take_digits(self) -> None:
        digits, self._digits = self._digits, ""
        self._typed(" ".join(digits))

    # --- sounds over the reply ---------------------------------------------------------------------------------------

    def _sound_over_reply(self, utterance: int, onset_ms: int) -> None:
        if self._contest is None:
            playing = self._playing()
            if playing is None:
                return
            self._order(PausePlayout(playing.reply))
            self._contest = Contest(self._policy.barge_in, playing.reply, self._now)
            self._move(Cue.SOUND)
        self._contest.confirm(utterance, onset_ms)
        self._open_turn().start(utterance, onset_ms)

    def _paused(self, reply: int, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        spoken = self._ledger.live(reply)
        if spoken is None:
            return
        self._hear_start(spoken)
        spoken.position(sent_ms, delay_ms, acked_ms)
        if self.floor is Floor.AGENT and self._contest is None:
            self._contest = Contest(self._policy.barge_in, reply, self._now)
            self._move(Cue.SOUND)

    def _contest_due(self) -> None:
        assert self._contest is not None
        if self._contest.voice_ms is None and self._reflex.false_pause(self._now):
            self._order(ArmReflex(self._contest.reply, armed=False))
        self._decide(self._contest.verdict_when_due)

    def _decide(self, verdict: Verdict) -> None:
        contest, self._contest = self._contest, None
        assert contest is not None
        if verdict is Verdict.RESUME:
            self._turn = None
            self._order(ResumePlayout(contest.reply))
            self._move(Cue.RESUMED)
            return
        self._stop_run()
        self._cut_replies()
        self._want = None
        self._move(Cue.CUT_SPEAKING if contest.silent_ms is None else Cue.CUT_SILENT)

    # --- replies -----------------------------------------------------------------------------------------------------

    def _audio_made(self, made: ev.AudioMade) -> None:
        if (reply := self._ledger.live(made.reply)) and made.reply not in self._cutting:
            reply.made(made)

    def _audible(self, reply: int) -> None:
        if spoken := self._ledger.live(reply):
            self._hear_start(spoken)

    def _hear_start(self, spoken: Reply) -> None:
        if not spoken.audible and spoken.reply not in self._cutting:
            spoken.audible = True
            self._stalled_reply_ms.pop(spoken.reply, None)
            self._taken = None
            self._troubles = 0
            self._move(Cue.REPLY_AUDIBLE)

    def _played(self, reply: int, sent_ms: int) -> None:
        spoken = self._ledger.live(reply)
        if spoken is None or reply in self._cutting:
            return
        self._hear_start(spoken)
        spoken.position(sent_ms, 0, None)
        self._close_reply(spoken, whole=True)
        if self._contest and self._contest.reply == reply:
            self._contest = None
            self._move(Cue.CUT_SPEAKING if self._turn else Cue.REPLY_OVER)

    def _flushed(self, reply: int, sent_ms: int, delay_ms: int, acked_ms: int | None) -> None:
        if (spoken := self._ledger.live(reply)) and reply in self._cutting:
            spoken.position(sent_ms, delay_ms, acked_ms)
            self._close_reply(spoken, whole=False)

    def _flush_missing(self) -> None:
        for reply, since in list(self._cutting.items()):
            if self._now - since >= self._policy.flush_ms and (spoken := self._ledger.live(reply)):
                self._close_reply(spoken, whole=False)

    def _voice_stalled(self) -> None:
        for reply, since in list(self._stalled_reply_ms.items()):
            if self._now - since >= self._policy.audible_ms:
                del self._stalled_reply_ms[reply]
                self._cut_replies(only=reply)
                self._trouble()

    def _cut_replies(self, only: int | None = None) -> None:
        """Drop what is not heard yet: the reply that plays and those behind it, or `only` one."""
        for spoken in self._ledger.open:
            if spoken.reply not in self._cutting and only in (None, spoken.reply):
                self._cutting[spoken.reply] = self._now
                self._stalled_reply_ms.pop(spoken.reply, None)
                self._order(CutReply(spoken.reply))
                if not spoken.audible:  # nothing of it ever left: skipped, no need to wait for the leg
                    self._close_reply(spoken, whole=False)

    def _close_reply(self, spoken: Reply, *, whole: bool) -> None:
        self._cutting.pop(spoken.reply, None)
        self._stalled_reply_ms.pop(spoken.reply, None)
        said = spoken.text.rstrip()
        text, basis = (said, "whole") if whole else spoken.heard()
        spoken.closed, spoken.cut = True, text != said
        heard_ms = spoken.sent_ms if whole else spoken.heard_ms
        self._order(ReplyHeard(spoken.reply, text, said, spoken.cut, heard_ms, basis))
        if text:
            self._history.append(AgentSaid(spoken.reply, text, cut=spoken.cut))

    def _playing(self) -> Reply | None:
        return next((reply for reply in self._ledger.open if reply.audible), None)

    def _arm_replies(self) -> None:
        for spoken in self._ledger.open:
            if spoken.reply not in self._cutting:
                self._order(ArmReflex(spoken.reply, armed=True))

    # --- brain runs and tools ----------------------------------------------------------------------------------------

    def _wish(self, cause: Cause) -> None:
        """Run the brain as soon as cuts are settled and tools have answered."""
        self._want = cause

    def _begin_run(self, cause: Cause) -> None:
        self._want = None
        self._replies += 1
        self._run = Run(self._replies, cause, self._now)
        self._ledger.begin(self._replies)
        self._order(Think(self._replies, cause))
        self._move(Cue.RUN_BEGINS)

    def _stop_run(self) -> None:
        run, self._run = self._run, None
        if run and not run.ended:
            self._order(StopThinking(run.reply))

    def _proposed(self, reply: int, proposal: Proposal) -> None:
        run = self._run
        if run is None or run.reply != reply or run.ended:
            return
        run.progress_ms = self._now
        self.task = self.task.after(proposal)
        match proposal:
            case Say(text):
                self._say(run, text)
            case CallTool(tool, arguments):
                run.called = True
                order = self._tools.order(tool, arguments, self._now)
                key = f"{self._call}:{order.tool_call}"
                self._order(RunTool(order.tool_call, reply, tool, arguments, key))
            case HandOff(to):
                run.handed_off = True
                self._history.append(HandedOff(to))
            case Finish():
                run.finished = True
            case _:
                pass

    def _say(self, run: Run, text: str) -> None:
        spoken = self._ledger.live(run.reply)
        if spoken is None or not text:
            return
        if not spoken.text and self._voice:
            self._order(ArmReflex(run.reply, armed=self._reflex.armed))
        spoken.text += text
        run.said = run.said or bool(text.strip())
        self._order(Speak(run.reply, text))

    def _run_ended(self, reply: int) -> None:
        run = self._run
        if run is None or run.reply != reply or run.ended:
            return
        run.ended = True
        spoken = self._ledger.live(reply)
        if spoken and spoken.text:
            spoken.complete = True
            self._order(EndReply(reply))
            if not spoken.audible:
                self._stalled_reply_ms[reply] = self._now
        if run.handed_off:
            self._wish(Cause.HAND_OFF)
        elif run.called:
            self._wish(Cause.TOOLS)
        elif not run.said and not run.finished:
            self._trouble()
        if not run.finished:
            self._run = None

    def _run_failed(self, reply: int) -> None:
        if self._run is not None and self._run.reply == reply and not self._run.ended:
            self._run = None
            if (spoken := self._ledger.live(reply)) and spoken.text:
                spoken.complete = True
                self._order(EndReply(reply))
            self._trouble()

    def _brain_stalled(self) -> None:
        assert self._run is not None
        reply = self._run.reply
        self._order(StopThinking(reply))
        self._run_failed(reply)

    def _trouble(self) -> None:
        """A run came to nothing: say so once; when that fails as well, end rather than be silent."""
        self._troubles += 1
        if self._troubles > 2:
            self._close(Outcome.FAILED, "the agent could not go on")
        else:
            self._wish(Cause.TROUBLE)

    def _tool_returned(self, returned: ev.ToolReturned) -> None:
        self._remember_tool(returned)
        idle = self._run is None and self.floor in (Floor.OPEN, Floor.THINKING, Floor.AGENT)
        if idle and self._want is None and not self._tools.waiting:
            self._wish(Cause.TOOLS)

    def _remember_tool(self, returned: ev.ToolReturned) -> None:
        if order := self._tools.answered(returned.tool_call):
            self._history.append(ToolCalled(order.tool_call, order.tool, order.arguments))
            self._history.append(ToolAnswered(order.tool_call, order.tool, returned.ok, returned.result))

    def _tool_stalled(self) -> None:
        for order in list(self._tools.waiting.values()):
            if self._now - order.since_ms >= self._policy.tool_stall_ms:
                self._tool_returned(
                    ev.ToolReturned(self._now, order.tool_call, False, TOOL_STALLED, self._now - order.since_ms)
                )

    # --- going on, silence, the end ----------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """After every event and deadline: begin the run that waits, notice that the floor is free, say goodbye."""
        if self.floor is Floor.CLOSED:
            return
        settled = not self._cutting and not self._tools.waiting
        if (
            self._want
            and settled
            and self._run is None
            and self.floor not in (Floor.CALLER, Floor.PENDING, Floor.CONTESTED)
        ):
            self._begin_run(self._want)
        replies_over = not self._ledger.open
        if replies_over and self.floor in (Floor.AGENT, Floor.THINKING) and not self._busy():
            self._move(Cue.REPLY_OVER)
        if replies_over and self.floor is Floor.AGENT and self._busy():
            self._move(Cue.TURN_TAKEN)
        self._watch_silence()
        self._watch_farewell()

    def _busy(self) -> bool:
        working = self._run is not None and not self._run.finished
        return working or self._want is not None or bool(self._tools.waiting)

    def _watch_silence(self) -> None:
        if self.floor is Floor.OPEN and self._connected:
            self._open_since = self._now if self._open_since is None else self._open_since
        else:
            self._open_since = None

    def _silence(self) -> None:
        self._open_since = None
        self._silences += 1
        if self._silences > self._policy.most_silences:
            self._close(None, "the caller fell silent")
            return
        self._history.append(CallerSilent(self._silences))
        self._wish(Cause.SILENCE)

    def _watch_farewell(self) -> None:
        over = self._run is not None and self._run.finished and self._run.ended and not self._ledger.open
        if over and self._farewell_ms is None and self.floor in (Floor.OPEN, Floor.AGENT, Floor.THINKING):
            self._farewell_ms = self._now + (self._policy.farewell_ms if self._voice else 0)
        elif not over:
            self._farewell_ms = None

    def _farewell(self) -> None:
        self._close(self.task.outcome, "the conversation is over")

    def _too_long(self) -> None:
        self._close(None, "the call reached its longest time")

    def _close(self, outcome: Outcome | None, reason: str) -> None:
        if self.floor is Floor.CLOSED:
            return
        self._stop_run()
        self._cut_replies()
        for spoken in self._ledger.open:
            self._close_reply(spoken, whole=False)
        self._move(Cue.HUNG_UP)
        self._order(HangUp(outcome or self._outcome(), reason))

    def _outcome(self) -> Outcome:
        """How a call ended that nobody finished: what the brain noted as achieved counts, else it was abandoned."""
        achieved = self.task.notes.get("outcome")
        return self.task.outcome or (Outcome(achieved) if achieved in set(Outcome) else Outcome.ABANDONED)

    def _move(self, cue: Cue) -> None:
        floor = after(self.floor, cue)
        if floor is not self.floor:
            self.floor = floor
            self._order(FloorChanged(floor))

    def _order(self, command: Command) -> None:
        self._commands.append(command)
