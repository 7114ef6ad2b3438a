"""Whether an agent's parts fit together: every name that is used is declared, every hole can be filled."""

import re
from collections.abc import Iterator

from antiphon.core.agent import Agent, Task

HOLE = re.compile(r"\{(\w+)\??\}")
ALWAYS = frozenset({"title", "reference", "one", "two", "options"})
"""Holes that every text may use."""


def problems(agent: Agent) -> list[str]:
    """Sentences about what does not fit; none means it does."""
    return [
        *_specialists(agent),
        *(problem for task in agent.tasks.values() for problem in _task(agent, task)),
        *_knowledge(agent),
    ]


def _specialists(agent: Agent) -> Iterator[str]:
    names = {specialist.name for specialist in agent.specialists}
    for task in agent.tasks.values():
        if task.specialist not in names:
            yield f"tasks.{task.name}.specialist is {task.specialist!r}, but the specialists are {', '.join(sorted(names))}"
    if agent.human_task not in agent.tasks:
        yield (
            f"agent.human_task is {agent.human_task!r}, which is no task; declare one that takes a message "
            "(tool take_message), so that a caller who asks for a person is not left alone"
        )


def _task(agent: Agent, task: Task) -> Iterator[str]:
    where = f"tasks.{task.name}"
    for slot in (*task.slots, *task.optional):
        if slot not in agent.slots:
            yield f"{where} uses slot {slot!r}, which is not declared under [slots]"
    tools = {"take_message"} | {
        tool for each in agent.specialists if each.name == task.specialist for tool in each.tools
    }
    for tool in (*(step.tool for step in task.lookups), task.commit.tool):
        if tool not in tools:
            yield f"{where} uses tool {tool!r}, which specialist {task.specialist!r} may not use"
    kept = {name for step in task.lookups for name in step.keep}
    known = ALWAYS | set(task.slots) | set(task.optional) | kept | ({task.commit.reference} - {None})
    for said in (task.confirm, task.done):
        for hole in HOLE.findall(said):
            if hole not in known:
                yield f"{where}: {{{hole}}} is neither a slot of the task nor kept by a lookup"
    for step in task.lookups:
        for text in step.empty.values():
            if text not in agent.texts:
                yield f"{where}.lookups.{step.name}: there is no text {text!r} under [texts]"


def _knowledge(agent: Agent) -> Iterator[str]:
    for entry in agent.knowledge:
        if entry.tool and not (entry.items and entry.key and entry.about):
            yield f"knowledge.{entry.name} uses a tool and needs items, key and about as well"
        if entry.about and entry.about not in agent.slots:
            yield f"knowledge.{entry.name}.about is {entry.about!r}, which is not declared under [slots]"
