"""A caller who wants what cannot be had. The same options a third time would help nobody: other days may, else a person."""

import json

from antiphon.brains.dialogue import slots
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import ANY, Lookup, Task

MOST_OFFERED = 2
"""Once because nobody knew better, and once more because it may not have been heard."""


def helped(work: Work, task: Task, step: Lookup) -> bool:
    """Whether the options of `step` have been offered often enough, and something else has been begun instead."""
    key, widened = slots.key_of(work, step), work.recall(f"widened:{step.name}")
    known, times = json.loads(work.recall(f"offered:{step.name}") or '["", 0]')
    times = times + 1 if key == known else 1
    if task.name == work.agent.human_task or (key != widened and times <= MOST_OFFERED):
        work.note(f"offered:{step.name}", json.dumps([key, times]))
        return False
    day = _other_day(work, step)
    if day and not widened:
        known_day = work.state.slots[day]
        work.note(f"widened:{step.name}", key)
        work.say("other_days")
        slots.fill(work, day, ANY, known_day.said, known_day.turn)
    else:
        work.say("nothing_else")
        work.note("stuck", "1")
    return True


def forget(work: Work, task: Task) -> None:
    """Nothing has been offered yet."""
    for step in task.lookups:
        work.note(f"offered:{step.name}", "")
        work.note(f"widened:{step.name}", "")


def _other_day(work: Work, step: Lookup) -> str | None:
    """The slot whose day the caller named, if the agent can look at any other."""
    for name in step.needs:
        slot, known = work.agent.slots.get(name), work.state.slots.get(name)
        if slot and slot.type == "date" and slot.any and known and known.value != ANY:
            return name
    return None
