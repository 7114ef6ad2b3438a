"""Whether an agent's parts fit together: every name that is used is declared, every hole can be filled, nobody is left alone."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping

from antiphon.core.agent import Agent, Lookup, Task
from antiphon.core.keys import PRESS_KEYS, trouble_with
from antiphon.core.proposal import Json

HOLE = re.compile(r"\{(\w+)(?:\|([\w+]+))?\}")
STYLES = frozenset({"dollars", "minutes", "count"})
ALWAYS = frozenset({"title", "reference"})
"""Holes that every text may use."""
TEXT_HOLES = ALWAYS | {"one", "two", "options", "day"}
EVERYBODY = frozenset({"take_message"})
"""Tools that need no allowing."""
FALLBACK = re.compile(r"today(\+\d+)?")


def problems(agent: Agent) -> list[str]:
    """Sentences about what does not fit; none means it does."""
    found: list[Iterator[str]] = [_specialists(agent), _slots(agent), _texts(agent)]
    found += [_task(agent, task) for task in agent.tasks.values()]
    found.append(_knowledge(agent))
    return list(dict.fromkeys(problem for some in found for problem in some))


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _specialists(agent: Agent) -> Iterator[str]:
    names = {specialist.name for specialist in agent.specialists}
    for task in agent.tasks.values():
        if task.specialist not in names:
            listed = ", ".join(sorted(names))
            yield f"tasks.{task.name}.specialist is {task.specialist!r}, but the specialists are {listed}"
    if agent.human_task not in agent.tasks:
        yield (
            f"agent.human_task is {agent.human_task!r}, which is no task; declare one that takes a message "
            "(tool take_message), so that a caller who asks for a person is not left alone"
        )


def _slots(agent: Agent) -> Iterator[str]:
    for slot in agent.slots.values():
        where = f"slots.{slot.name}"
        if not any(wording.strip() for wording in slot.ask):
            yield f"{where}.ask has no wording"
        if slot.type in ("service", "person", "choice") and not slot.options and slot.source is None:
            yield f"{where} is a {slot.type} and needs [slots.{slot.name}.options] or a source"
        if slot.source and slot.source.tool not in agent.tools:
            yield f"{where}.source uses tool {slot.source.tool!r}, which no specialist may use"


def _texts(agent: Agent) -> Iterator[str]:
    for name, wordings in agent.texts.items():
        if not wordings:
            yield f"texts.{name} has no wording"
        for wording in wordings:
            yield from _holes(f"texts.{name}", wording, TEXT_HOLES | set(agent.slots) | _kept(agent.tasks.values()))


def _kept(tasks: Iterable[Task]) -> set[str]:
    return {name for task in tasks for step in task.lookups for name in step.keep}


def _task(agent: Agent, task: Task) -> Iterator[str]:
    where = f"tasks.{task.name}"
    if not task.phrases:
        yield f"{where}.phrases is empty: nobody could ask for it"
    named = [*task.slots, *task.optional, *(slot for step in task.lookups for slot in step.retry)]
    named += [slot for step in task.lookups for slots in step.refused.values() for slot in slots]
    named += [task.suggestion.slot] if task.suggestion else []
    for slot in named:
        if slot not in agent.slots:
            yield f"{where} uses slot {slot!r}, which is not declared under [slots]{_near(slot, agent.slots)}"
    allowed = EVERYBODY | set(agent.specialist(task.specialist).tools)
    steps = (*task.lookups, task.commit, *((task.suggestion,) if task.suggestion else ()))
    for step in steps:
        if step.tool not in allowed:
            yield f"{where} uses tool {step.tool!r}, which specialist {task.specialist!r} may not use"
    known: frozenset[str] = ALWAYS | set(task.slots) | set(task.optional) | _kept([task])
    known |= {task.suggestion.slot} if task.suggestion else set()
    known |= {task.commit.reference} if task.commit.reference else set()
    for name, said in (("confirm", task.confirm), ("done", task.done), ("opens", task.opens or "")):
        yield from _holes(f"{where}.{name}", said, known)
    parts = {f"{slot}_part" for slot in task.slots if slot in agent.slots and agent.slots[slot].type == "time"}
    for step in steps:
        yield from _arguments(where, step.arguments, known | parts)
        if step.tool == PRESS_KEYS:
            yield from _keys(where, step.arguments)
    for lookup in task.lookups:
        yield from _lookup(agent, f"{where}.lookups.{lookup.name}", lookup, known)


def _lookup(agent: Agent, where: str, step: Lookup, known: frozenset[str]) -> Iterator[str]:
    for need in step.needs:
        if need not in known:
            yield f"{where}.needs {need!r}, which is neither a slot of the task nor kept by a lookup{_near(need, known)}"
    for text in step.empty.values():
        if text not in agent.texts:
            yield f"{where}: there is no text {text!r} under [texts]{_near(text, agent.texts)}"
    if step.exact and not step.offer:
        yield f"{where}.offer is missing: when nothing fits exactly, options are offered with it"


def _arguments(where: str, arguments: Mapping[str, Json], known: frozenset[str]) -> Iterator[str]:
    for value in arguments.values():
        for template in value if isinstance(value, list) else [value]:
            for hole, stand_in in HOLE.findall(str(template)):
                if hole not in known:
                    yield f"{where}: {{{hole}}} is neither a slot of the task nor kept by a lookup{_near(hole, known)}"
                if stand_in and not FALLBACK.fullmatch(stand_in):
                    yield f"{where}: {{{hole}|{stand_in}}} can only fall back to today or today+N (days)"


def _keys(where: str, arguments: Mapping[str, Json]) -> Iterator[str]:
    """Keys that are written out are known to be right before anybody is called; what a slot brings, only then."""
    keys = arguments.get("keys")
    if not isinstance(keys, str) or set(arguments) != {"keys"}:
        yield f'{where}: {PRESS_KEYS} takes one argument, keys: {{ keys = "1w{{extension}}#" }}'
    elif trouble := trouble_with(HOLE.sub("0", keys)):
        yield f"{where}: {PRESS_KEYS} cannot press its keys: {trouble}"  # without them: this may be logged


def _holes(where: str, said: str, known: Iterable[str]) -> Iterator[str]:
    for hole, style in HOLE.findall(said):
        if hole not in known:
            yield f"{where}: {{{hole}}} is neither a slot of the task nor kept by a lookup{_near(hole, known)}"
        if style and style not in STYLES:
            yield f"{where}: {{{hole}|{style}}} is no style; there are {', '.join(sorted(STYLES))}"


def _knowledge(agent: Agent) -> Iterator[str]:
    for entry in agent.knowledge:
        where = f"knowledge.{entry.name}"
        if not entry.phrases or not entry.answer:
            yield f"{where} needs phrases and an answer"
        if entry.about and entry.about not in agent.slots:
            yield f"{where}.about is {entry.about!r}, which is not declared under [slots]{_near(entry.about, agent.slots)}"
        if entry.tool is None:
            continue
        if not entry.items or not (entry.all or (entry.key and entry.about)):
            yield f"{where} uses a tool and needs items, and key and about, or all"
        for specialist in agent.specialists:
            if entry.tool not in specialist.tools:
                yield (
                    f"{where} uses tool {entry.tool!r}, which specialist {specialist.name!r} may not use, and questions come at "
                    "any time"
                )
