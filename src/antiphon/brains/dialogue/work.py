"""The working copy of one run: state that moves with each proposal, and the proposals in order."""

import json
from collections.abc import Mapping
from typing import Any

from antiphon.brains.dialogue.express import Expression
from antiphon.core.agent import Agent, Lookup, Slot, Task
from antiphon.core.history import AgentSaid, History, ToolAnswered
from antiphon.core.proposal import (
    CallTool,
    Expect,
    Fill,
    Finish,
    Forget,
    HandOff,
    Json,
    Miss,
    Note,
    OpenTask,
    Outcome,
    Proposal,
    Say,
    SlotStatus,
)
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment


class Work:
    """What a run has done so far."""

    def __init__(self, agent: Agent, words: Expression, state: TaskState, history: History, moment: Moment) -> None:
        self.agent, self.words, self.state, self.history, self.moment = agent, words, state, history, moment
        self.proposals: list[Proposal] = []
        self.over = False  # a tool, a hand-off or the end: nothing more in this run

    # --- proposals ---------------------------------------------------------------------------------------------------

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

    def fill(self, slot: str, value: str, said: str, turn: int) -> None:
        """Fill a slot with a new value."""
        self.propose(Fill(slot, value, said, turn))

    def confirm(self, slot: str) -> None:
        """The caller agreed to a slot's value."""
        known = self.state.slots[slot]
        self.propose(Fill(slot, known.value, known.said, known.turn, SlotStatus.CONFIRMED))

    def forget(self, slot: str) -> None:
        """Empty a slot."""
        if slot in self.state.slots:
            self.propose(Forget(slot))

    def miss(self) -> None:
        """The turn was not understood."""
        self.propose(Miss())

    def open_task(self, task: str) -> None:
        """Begin a task, or none with ""."""
        self.propose(OpenTask(task))

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

    def finish(self, outcome: Outcome) -> None:
        """Say goodbye and end."""
        self.say("goodbye")
        self.propose(Finish(outcome, self.recall("reference") or None))
        self.over = True

    # --- words -------------------------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, str]:
        """Slots and notes by name, for templates."""
        return {**self.state.notes, **{name: slot.value for name, slot in self.state.slots.items()}}

    def say(self, text: str, **extra: str) -> None:
        """One of the wordings of a named text, the next one each time."""
        wordings = self.agent.texts[text]
        said = int(self.recall(f"said:{text}") or 0)
        if len(wordings) > 1:
            self.note(f"said:{text}", str(said + 1))
        self.speak(wordings[said % len(wordings)], **extra)

    def speak(self, template: str, **extra: str) -> None:
        """A template with its holes filled."""
        spoken = self.words.fill(template, {**self.values, **extra}, self.moment.now.date()).strip()
        if spoken:
            self.propose(Say(f"{spoken} "))

    def expect(self, kind: str, slot: str | None = None) -> None:
        """Say what kind of answer is wanted."""
        self.propose(Expect(kind, slot))

    # --- the open task -----------------------------------------------------------------------------------------------

    @property
    def task(self) -> Task | None:
        """The task in progress."""
        return self.agent.tasks.get(self.state.task or "")

    def slot(self, name: str) -> Slot:
        """A slot's declaration."""
        return self.agent.slots[name]

    def arguments(self, template: Mapping[str, Json]) -> dict[str, Json]:
        """A tool's arguments: holes filled with values; one whose value is missing or "any" is left out."""
        filled: dict[str, Json] = {}
        for name, value in template.items():
            made: Json = (
                [each for one in value if (each := self._argument(one))]
                if isinstance(value, list)
                else self._argument(value)
            )
            if made:
                filled[name] = made
        return filled

    def _argument(self, template: Json) -> str:
        text = str(template)
        if text.startswith("{") and text.endswith("}"):
            name = text[1:-1]
            value = "" if self.recall(f"any:{name}") else self.values.get(name, "")
            return "" if value == "any" else value
        return text

    def key_of(self, step: Lookup) -> str:
        """What a lookup depends on; when it changes the lookup is done again."""
        return json.dumps(self.arguments(step.arguments), sort_keys=True)

    # --- what came back ----------------------------------------------------------------------------------------------

    def new_results(self) -> list[ToolAnswered]:
        """Results that no run has looked at yet."""
        handled = int(self.recall("handled") or 0)
        return [each for each in self.history if isinstance(each, ToolAnswered) and each.tool_call > handled]

    @property
    def was_cut(self) -> bool:
        """Whether the caller did not hear the last reply to its end."""
        last = next((each for each in reversed(self.history) if isinstance(each, AgentSaid)), None)
        return last is not None and last.cut

    def rows(self, result: Json, items: str | None) -> list[dict[str, Any]]:
        """The list of rows in a tool's result."""
        found = result.get(items or "") if isinstance(result, dict) else None
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
