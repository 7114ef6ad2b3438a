"""Before a model's writing tool is called, the caller has heard what it will do and has agreed: the same read-back as the dialogue
brain's, from the same declaration. The model cannot skip it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from antiphon.brains.llm.functions import BadArguments, canonical
from antiphon.brains.spoken_texts import Expression
from antiphon.core.agent import Agent, Options, Task
from antiphon.core.history import AgentSaid, CallerSaid, History, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Fill, Json, Note, OpenTask, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment
from antiphon.spoken.answers import Answer, yes_or_no
from antiphon.spoken.english import YES
from antiphon.spoken.words import tokens

HOLE = re.compile(r"\{(\w+)")
POLITE = ("please", "thanks", "thank you", "that", "it", "do")
PLAINLY_YES = re.compile(rf"(?:(?:{'|'.join(sorted({*YES, *POLITE}, key=len, reverse=True))})(?: |$))+")
"""A yes and nothing besides: "yes, and at three?" is for the model to read."""


def task_of(agent: Agent, tool: str, state: TaskState) -> Task | None:
    """The task that `tool` carries out: the open one if it does."""
    writing = [task for task in agent.tasks.values() if task.commit.tool == tool]
    return next((task for task in writing if task.name == state.task), writing[0] if writing else None)


def settled(agent: Agent, state: TaskState, history: History) -> CallTool | None:
    """What the caller has just agreed to in so many words: it is carried out exactly as it was read back. The model could only
    repeat it, so it is not waited for."""
    said = history[-1] if history else None
    if "agreed" not in state.notes or not isinstance(said, CallerSaid):
        return None
    name, arguments = json.loads(state.notes["agreed"])
    task = agent.tasks.get(name)
    if task is None or task.commit.tool not in {*agent.specialist(state.specialist).tools, "take_message"}:
        return None
    plain = PLAINLY_YES.fullmatch(" ".join(tokens(said.text))) is not None
    return CallTool(task.commit.tool, arguments) if plain and agreed(task, arguments, state, history) else None


def agreed(task: Task, arguments: Mapping[str, Json], state: TaskState, history: History) -> bool:
    """Whether the caller heard these very arguments read back, answered with yes, and they were not acted on since."""
    if state.notes.get("agreed") != _key(task, arguments):
        return False
    at = max((at for at, each in enumerate(history) if isinstance(each, CallerSaid)), default=0)
    heard = next((each for each in reversed(history[:at]) if isinstance(each, AgentSaid | CallerSaid)), None)
    if not isinstance(heard, AgentSaid) or state.notes["agreed:text"] not in heard.text:
        return False
    said, since = history[at], history[at + 1 :]
    acted = any(isinstance(each, ToolCalled) and each.tool == task.commit.tool for each in since)
    return isinstance(said, CallerSaid) and yes_or_no(said.text) is Answer.YES and not acted


def carried_out(tool: str, arguments: Mapping[str, Json], history: History) -> bool:
    """Whether the last call of `tool` was this very one, and succeeded."""
    called = next((each for each in reversed(history) if isinstance(each, ToolCalled) and each.tool == tool), None)
    if called is None or dict(called.arguments) != dict(arguments):
        return False
    return any(isinstance(each, ToolAnswered) and each.tool_call == called.tool_call and each.ok for each in history)


def read_back(
    agent: Agent, options: Options, words: Expression, task: Task, arguments: Mapping[str, Json], state: TaskState,
    history: History, moment: Moment,
) -> Iterator[Proposal]:  # fmt: skip
    """Say what will be done and ask. Raises BadArguments if something that is to be said is not known, or was never offered."""
    values = _values(agent, options, task, arguments, state, history)
    missing = [name for name in HOLE.findall(task.confirm) if not values.get(name)]
    if missing:
        raise BadArguments(f"not known yet: {', '.join(missing)}. Ask for it and remember it first")
    if state.task != task.name:
        yield OpenTask(task.name)
    turn = max((each.turn for each in history if isinstance(each, CallerSaid)), default=0)
    for name in task.slots:
        known = state.slots.get(name)
        if values.get(name) and (known is None or known.value != values[name]):
            yield Fill(name, values[name], values[name], turn)
    text = words.fill(task.confirm, values, moment.now.date()).strip()
    sentences = re.split(r"(?<=[.!?])\s+", text)
    yield Note("agreed", _key(task, arguments))
    yield Note("agreed:text", " ".join(sentences[:-1]) or text)
    yield Say(text)
    yield Expect("yes_no")


def _key(task: Task, arguments: Mapping[str, Json]) -> str:
    return json.dumps([task.name, dict(arguments)], sort_keys=True)


def _values(
    agent: Agent, options: Options, task: Task, arguments: Mapping[str, Json], state: TaskState, history: History
) -> dict[str, str]:
    """What the read-back says: what is remembered, what the tool is to be given, and the row that it names."""
    given = _given(agent, options, task, arguments)
    row = _row(task, given, history)
    for name, value in given.items():
        if row.get(name, value) != value:
            raise BadArguments(f"{name} is {row[name]} in what was offered, not {value}")
    return {**state.notes, **{name: slot.value for name, slot in state.slots.items()}, **given, **row}


def _given(agent: Agent, options: Options, task: Task, arguments: Mapping[str, Json]) -> dict[str, str]:
    """The slots and notes that the arguments stand for, in the house's form."""
    given: dict[str, str] = {}
    for argument, template in task.commit.arguments.items():
        one = template[0] if isinstance(template, list) and len(template) == 1 else template
        hole = HOLE.fullmatch(str(one).removesuffix("}"))
        value = arguments.get(argument)
        if not hole or value in (None, "", []):
            continue
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        slot = agent.slots.get(hole[1])
        given[hole[1]] = canonical(slot, text, options) if slot else text
    return given


def _row(task: Task, given: Mapping[str, str], history: History) -> dict[str, str]:
    """The rows of lookups that the arguments name, each by what only a lookup can know. Raises BadArguments for one nobody offered:
    its day and time would be read back from memory, and something else be done."""
    found: dict[str, str] = {}
    for step in task.lookups:
        named = [name for name in step.keep if name in given and name not in task.slots]
        rows = [
            kept for kept in _rows(step.tool, step.items, step.keep, history) if all(kept[n] == given[n] for n in named)
        ]
        if named and not rows:
            raise BadArguments(f"{given[named[0]]} is nothing that {step.tool} offered: call {step.tool} first")
        if named:
            found |= rows[-1]
    return found


def _rows(tool: str, items: str, keep: Mapping[str, str], history: History) -> Iterator[dict[str, str]]:
    for entry in history:
        if isinstance(entry, ToolAnswered) and entry.tool == tool and isinstance(entry.result, dict):
            rows: Any = entry.result.get(items)
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, dict):
                    yield {name: _text(row.get(field)) for name, field in keep.items()}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
