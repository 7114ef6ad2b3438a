"""Before a model's writing tool is called, the caller has heard what it will do and has agreed: the same read-back as the dialogue
brain's, from the same declaration. The model cannot skip it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from antiphon.brains.llm.functions import BadArguments
from antiphon.brains.spoken_texts import Expression
from antiphon.core.agent import Agent, Task
from antiphon.core.history import AgentSaid, CallerSaid, History, ToolAnswered
from antiphon.core.proposal import Expect, Fill, Json, Note, OpenTask, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment
from antiphon.spoken.answers import Answer, yes_or_no

HOLE = re.compile(r"\{(\w+)")


def task_of(agent: Agent, tool: str, state: TaskState) -> Task | None:
    """The task that `tool` carries out: the open one if it does."""
    writing = [task for task in agent.tasks.values() if task.commit.tool == tool]
    return next((task for task in writing if task.name == state.task), writing[0] if writing else None)


def agreed(task: Task, arguments: Mapping[str, Json], state: TaskState, history: History) -> bool:
    """Whether the caller heard these very arguments read back and did not say no."""
    if state.notes.get("agreed") != _key(task, arguments):
        return False
    said = next((each for each in reversed(history) if isinstance(each, CallerSaid)), None)
    heard = next((each for each in reversed(history) if isinstance(each, AgentSaid)), None)
    statement = state.notes.get("agreed:text", "")
    if said is None or heard is None or history.index(said) < history.index(heard):
        return False
    return statement in heard.text and yes_or_no(said.text) is Answer.YES


def read_back(
    agent: Agent, words: Expression, task: Task, arguments: Mapping[str, Json], state: TaskState, history: History,
    moment: Moment,
) -> Iterator[Proposal]:  # fmt: skip
    """Say what will be done and ask. Raises BadArguments if something that is to be said is not known."""
    values = _values(task, arguments, state, history)
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


def _values(task: Task, arguments: Mapping[str, Json], state: TaskState, history: History) -> dict[str, str]:
    """What the read-back says: what is remembered, what the tool is to be given, and the row that it names."""
    values = {**state.notes, **{name: slot.value for name, slot in state.slots.items()}}
    given: dict[str, str] = {}
    for name, template in task.commit.arguments.items():
        one = template[0] if isinstance(template, list) and len(template) == 1 else template
        hole = HOLE.fullmatch(str(one).removesuffix("}"))
        if hole and name in arguments:
            value = arguments[name]
            given[hole[1]] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    row = _row(task, given, history)
    return {**values, **given, **row}


def _row(task: Task, given: Mapping[str, str], history: History) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in task.lookups:
        for entry in history:
            if not isinstance(entry, ToolAnswered) or entry.tool != step.tool or not isinstance(entry.result, dict):
                continue
            rows: Any = entry.result.get(step.items)
            for row in rows if isinstance(rows, list) else []:
                kept = {name: str(row.get(field)) for name, field in step.keep.items() if isinstance(row, dict)}
                named = [name for name in kept if name in given and name not in task.slots]
                if named and all(kept[name] == given[name] for name in named):
                    found |= kept
    return found
