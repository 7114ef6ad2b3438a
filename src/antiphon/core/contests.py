"""Sounds over the agent's reply: the leg pauses, and here it is decided whether the reply goes on or is cut."""

from antiphon.core.barge_in import BargeInPolicy, Contest, Verdict
from antiphon.core.commands import ArmReflex, Floor, PausePlayout, ResumePlayout
from antiphon.core.course import Course
from antiphon.core.cuts import Cuts
from antiphon.core.floor import Cue
from antiphon.core.replies import Replies
from antiphon.core.thinking import Thinking
from antiphon.core.turns import Turns


class Contests:
    """The sound over the reply that is heard, if there is one. What is said in it is a turn only if the reply is cut."""

    def __init__(
        self, course: Course, policy: BargeInPolicy, replies: Replies, cuts: Cuts, thinking: Thinking, turns: Turns
    ) -> None:
        self._course, self._policy = course, policy
        self._replies, self._cuts, self._thinking, self._turns = replies, cuts, thinking, turns
        self._contest: Contest | None = None

    @property
    def due_ms(self) -> int | None:
        """When the verdict falls if nothing else happens."""
        return self._contest.due_ms if self._contest else None

    def paused(self, reply: int) -> None:
        """The leg paused by reflex."""
        if self._course.floor is Floor.AGENT and self._contest is None:
            self._begin(reply)

    def voice(self, utterance: int, onset_ms: int) -> None:
        """The detector confirms a voice; a leg that has no reflex is paused now."""
        if self._contest is None:
            playing = self._replies.playing
            if playing is None:
                return
            self._course.order(PausePlayout(playing.reply))
            self._begin(playing.reply)
        assert self._contest is not None
        self._contest.confirm(utterance, onset_ms)
        self._turns.start(utterance, onset_ms)

    def has(self, utterance: int) -> bool:
        """Whether it is this utterance that sounds over the reply."""
        return self._contest is not None and self._contest.utterance == utterance

    def stop(self, utterance: int, end_ms: int) -> None:
        """The voice stopped: its words decide."""
        if self._contest is not None:
            self._contest.stop(self._course.now)
            self._turns.stop(utterance, end_ms)

    def words(self, text: str, *, final: bool) -> None:
        """What the recogniser makes of it."""
        contest = self._contest
        if contest is None:
            return
        reply = self._replies.live(contest.reply)
        verdict = contest.words(text, final=final, left_ms=reply.left_ms if reply else None)
        if verdict is Verdict.CUT or (final and verdict is Verdict.RESUME and contest.silent_ms is not None):
            self._decide(verdict)

    def fall_due(self) -> None:
        """The time for a verdict has come; a pause without a voice may cost the leg its reflex."""
        contest = self._contest
        assert contest is not None
        if contest.voice_ms is None and self._replies.reflex.false_pause(self._course.now):
            self._course.order(ArmReflex(contest.reply, armed=False))
        self._decide(contest.verdict_when_due)

    def played(self, reply: int) -> None:
        """A reply came to its end: a sound over it is no contest any more."""
        if self._contest and self._contest.reply == reply:
            self._contest = None
            self._course.move(Cue.CUT_SPEAKING if self._turns.speaking else Cue.REPLY_OVER)

    def drop(self) -> None:
        """Something else has decided."""
        self._contest = None

    def _begin(self, reply: int) -> None:
        self._contest = Contest(self._policy, reply, self._course.now)
        self._course.move(Cue.SOUND)

    def _decide(self, verdict: Verdict) -> None:
        contest, self._contest = self._contest, None
        assert contest is not None
        if verdict is Verdict.RESUME:
            self._turns.drop()
            self._course.order(ResumePlayout(contest.reply))
            self._course.move(Cue.RESUMED)
            return
        self._thinking.stop()
        self._cuts.order()
        self._thinking.wanted = None
        self._course.move(Cue.CUT_SPEAKING if contest.silent_ms is None else Cue.CUT_SILENT)
