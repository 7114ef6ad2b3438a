"""A call as spans on lanes: caller, agent, hearing, thinking, speaking, tools, and the moments of cuts. Folded from the journal."""

from dataclasses import dataclass, field

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.e_model import grade
from antiphon.core.journal import decode

GRADE_WORDS = ("badly", "fairly", "well", "very well")
BEST = len(GRADE_WORDS)
AWAY = 0
"""Among the caller's utterances, which are numbered from 1."""
LANES = ("caller", "agent", "hearing", "thinking", "speaking", "tools")


@dataclass(slots=True)
class Span:
    """Something that took from `start_ms` to `end_ms`; `label` is shown, `text` on demand. A caller who is `away` says nothing."""

    lane: str
    start_ms: int
    end_ms: int
    label: str = ""
    text: str = ""
    away: bool = False


@dataclass(slots=True)
class Mark:
    """A moment: a cut, a resume, a change of how a voice travels, the hang-up."""

    at_ms: int
    kind: str  # cut, resumed, quality, ended
    text: str = ""


@dataclass(slots=True)
class Timeline:
    """All spans and marks of a call, and how long it has lasted."""

    title: str = ""
    length_ms: int = 0
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class TimelineFold:
    """Feed it journal lines in order."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._open: dict[tuple[str, int], Span] = {}
        self._grades: dict[ev.Speaker, int] = {}

    def line(self, line: str) -> None:
        """One line."""
        decoded = decode(line)
        self._timeline.length_ms = max(self._timeline.length_ms, decoded.at_ms)
        match decoded.item:
            case ev.CallStarted(_, call, _, agent):
                self._timeline.title = f"{agent} · {call}"
            case ev.SpeechStarted(_, utterance, onset_ms):
                self._begin("caller", utterance, onset_ms)
            case ev.SpeechStopped(_, utterance, end_ms):
                self._end("caller", utterance, end_ms)
            case ev.LegSuspended(at_ms, on_hold):
                self._begin("caller", AWAY, at_ms, "on hold" if on_hold else "no network").away = True
            case ev.LegRestored(at_ms, anew):
                self._end("caller", AWAY, at_ms, text="back over another connection" if anew else "")
            case ev.PlayoutStarted(at_ms, reply):
                self._begin("agent", reply, at_ms)
            case ev.WordsHeard(at_ms, utterance, text):
                self._end("hearing", utterance, at_ms, text=text)
            case ev.BrainEnded(at_ms, reply) | ev.BrainFailed(at_ms, reply):
                self._end("thinking", reply, at_ms)
            case ev.AudioMade(at_ms, reply):
                self._end("speaking", reply, at_ms, keep=True)
            case ev.ToolReturned(at_ms, tool_call, ok):
                self._end("tools", tool_call, at_ms, text="" if ok else "failed")
            case ev.QualityMeasured(at_ms, speaker, recent_mos):
                self._sounds(at_ms, speaker, recent_mos)
            case _:
                self._command(decoded.item, decoded.at_ms)

    def _command(self, item: object, at_ms: int) -> None:
        match item:
            case cm.Transcribe(utterance):
                self._begin("hearing", utterance, at_ms)
            case cm.Think(reply, cause):
                self._begin("thinking", reply, at_ms, cause.value)
            case cm.Speak(reply):
                if ("speaking", reply) not in self._open:
                    self._begin("speaking", reply, at_ms)
            case cm.RunTool(tool_call, _, tool):
                self._begin("tools", tool_call, at_ms, tool)
            case cm.ReplyHeard(reply, text, said, cut):
                self._end("agent", reply, at_ms, text=text)
                if cut:
                    self._mark(at_ms, "cut", f"heard “{text}” of “{said}”")
            case cm.ResumePlayout():
                self._mark(at_ms, "resumed", "the agent goes on: no words came")
            case cm.TurnTaken(_, text, started_ms, ended_ms, typed):
                self._taken(text, started_ms, ended_ms, typed=typed)
            case cm.HangUp(outcome, reason):
                self._mark(at_ms, "ended", f"{outcome.value}: {reason}")
            case _:
                pass

    def _begin(self, lane: str, number: int, at_ms: int, label: str = "") -> Span:
        span = Span(lane, at_ms, at_ms, label)
        self._open[lane, number] = span
        self._timeline.spans.append(span)
        return span

    def _end(self, lane: str, number: int, at_ms: int, *, text: str = "", keep: bool = False) -> None:
        span = self._open.get((lane, number)) if keep else self._open.pop((lane, number), None)
        if span:
            span.end_ms = max(span.start_ms, at_ms)
            span.text = text or span.text

    def _taken(self, text: str, started_ms: int, ended_ms: int, *, typed: bool) -> None:
        if typed:
            self._timeline.spans.append(Span("caller", started_ms, ended_ms, "typed", text))
        for span in self._timeline.spans:
            if span.lane == "caller" and not span.away and started_ms <= span.start_ms <= ended_ms and not span.text:
                span.text = text

    def _sounds(self, at_ms: int, speaker: ev.Speaker, recent_mos: float) -> None:
        """A call begins well until it is known better; what is as it was is no news."""
        now = grade(recent_mos)
        if self._grades.get(speaker, BEST) != now:
            whose = "the caller's" if speaker is ev.Speaker.CALLER else "the agent's"
            self._mark(at_ms, "quality", f"{whose} voice travels {GRADE_WORDS[now - 1]}, score {recent_mos:.1f}")
        self._grades[speaker] = now

    def _mark(self, at_ms: int, kind: str, text: str) -> None:
        self._timeline.marks.append(Mark(at_ms, kind, text))

    def timeline(self) -> Timeline:
        """The timeline so far; what has not ended lasts until now."""
        for (lane, _), span in self._open.items():
            if lane != "speaking":
                span.end_ms = max(span.end_ms, self._timeline.length_ms)
        return self._timeline
