"""The working copy of one run: state that moves with each proposal, and the proposals in order."""

import re
from collections.abc import Mapping

from antiphon.brains.spoken_texts import Expression
from antiphon.core.agent import Agent, Task
from antiphon.core.history import AgentSaid, History
from antiphon.core.proposal import CallTool, Expect, Finish, HandOff, Json, Note, Outcome, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Work:
    """What a run has done so far."""

    def __init__(self, agent: Agent, words: Expression, state: TaskState, history: History, moment: Moment) -> None:
        self.agent, self.words, self.state, self.history, self.moment = agent, words, state, history, moment
        self.proposals: list[Proposal] = []
        self.over = False  # a tool, a hand-off, the end, or a question was asked: nothing more in this run

    def propose(self, proposal: Proposal) -> None:
        """Yield something; the state moves as it will once it is a fact."""
        self.proposals.append(proposal)
        self.state = self.state.after(proposal)

    def note(self, key: str, value: str) -> None:
        """Remember, unless it is remembered already."""
        if self.state.notes.get(key, "") != value:
            self.propose(Note(key, value))

    def recall(self, key: str) -> str:
        """What was noted, or ""."""
        return self.state.notes.get(key, "")

    @property
    def task(self) -> Task | None:
        """The task in progress."""
        return self.agent.tasks.get(self.state.task or "")

    @property
    def values(self) -> dict[str, str]:
        """Slots and notes by name, for templates."""
        return {**self.state.notes, **{name: slot.value for name, slot in self.state.slots.items()}}

    # --- what ends a run ---------------------------------------------------------------------------------------------

    def call(self, tool: str, arguments: Mapping[str, Json], purpose: str) -> None:
        """Order a tool and remember what for; the run is over."""
        self.note("pending", purpose)
        self.propose(CallTool(tool, arguments))
        self.over = True

    def hand_off(self, to: str, task: str) -> None:
        """Let another specialist go on with `task`."""
        self.note("want", task)
        self.propose(HandOff(to))
        self.over = True

    def finish(self, outcome: Outcome, text: str = "goodbye") -> None:
        """Say goodbye and end."""
        self.say(text)
        self.propose(Finish(outcome, self.recall("reference") or None))
        self.over = True

    def expect(self, kind: str, slot: str | None = None) -> None:
        """Say what kind of answer is wanted; nothing more is said in this run."""
        self.propose(Expect(kind, slot))
        self.over = True

    # --- words -------------------------------------------------------------------------------------------------------

    def say(self, text: str, **extra: str) -> None:
        """One of the wordings of a named text, the next one each time."""
        wordings = self.agent.texts[text]
        said = int(self.recall(f"said:{text}") or 0)
        if len(wordings) > 1:
            self.note(f"said:{text}", str(said + 1))
        self.speak(wordings[said % len(wordings)], **extra)

    def speak(self, template: str, **extra: str) -> None:
        """A template with its holes filled."""
        if spoken := self.spoken(template, **extra):
            self.propose(Say(f"{spoken} "))

    def spoken(self, template: str, **extra: str) -> str:
        """How `template` is said with the values of now."""
        return self.words.fill(template, {**self.values, **extra}, self.moment.now.date()).strip()


def last_said(work: Work) -> AgentSaid | None:
    """What the caller heard last."""
    return next((each for each in reversed(work.history) if isinstance(each, AgentSaid)), None)


def was_heard(work: Work, template: str) -> bool:
    """Whether the caller heard `template`, as it reads with the values of now, in the last reply.

    Only the question at its end may be cut: people answer while it is still being asked.
    """
    spoken, last = work.spoken(template), last_said(work)
    sentences = _SENTENCE_END.split(spoken)
    needed = " ".join(sentences[:-1]) if len(sentences) > 1 else " ".join(spoken.split()[:-2])
    return last is not None and needed in last.text
