"""Slots in a run: filled, taken back, confirmed; and what they give a tool."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta

from antiphon.brains.dialogue.understand import Findings
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import ANY, Lookup, Task
from antiphon.core.history import CallerSaid
from antiphon.core.proposal import Fill, Forget, Json, SlotStatus

HOLE = re.compile(r"\{(\w+)(?:\|([\w+]+))?\}")


def fill(work: Work, slot: str, value: str, said: str, turn: int) -> bool:
    """Fill a slot; False if it has that value already."""
    known = work.state.slots.get(slot)
    work.note(f"partial:{slot}", "")
    work.note(f"{slot}_part", "")
    if known is not None and known.value == value:
        return False
    work.propose(Fill(slot, value, said, turn))
    return True


def forget(work: Work, slot: str) -> None:
    """Empty a slot and everything noted about it."""
    for note in (f"any:{slot}", f"{slot}_part", f"partial:{slot}"):
        work.note(note, "")
    if slot in work.state.slots:
        work.propose(Forget(slot))


def confirm_all(work: Work, task: Task) -> None:
    """The caller agreed to what the task knows."""
    for name, slot in list(work.state.slots.items()):
        if name in task.slots and slot.status is not SlotStatus.CONFIRMED:
            work.propose(Fill(name, slot.value, slot.said, slot.turn, SlotStatus.CONFIRMED))


def take_findings(work: Work, found: Findings, said: CallerSaid) -> bool:
    """Fill what the turn said; whether anything changed by it."""
    changed = False
    for slot, (value, words) in found.fills.items():
        changed = fill(work, slot, _joined(work, slot, value, found), words, said.turn) or changed
        if changed:
            work.note(f"any:{slot}", "")
    for slot, part in found.parts.items():
        known = work.state.slots.get(slot)
        if known is None or part != ANY:
            forget(work, slot)
            work.note(f"{slot}_part", part)
            changed = True
    if found.partial_phone and work.state.expecting and work.state.expecting.slot:
        work.note(f"partial:{work.state.expecting.slot}", found.partial_phone)
        changed = True
    return changed


def _joined(work: Work, slot: str, value: str, found: Findings) -> str:
    """ "and a manicure as well" adds to what there is; anything else takes its place."""
    known = work.state.slots.get(slot)
    if known is None or not work.agent.slots[slot].many or "also" not in found.wishes:
        return value
    return ",".join(dict.fromkeys([*known.value.split(","), *value.split(",")]))


def has(work: Work, name: str) -> bool:
    """Whether a slot is filled, a note taken, or at least a part of the day named."""
    return name in work.state.slots or bool(work.recall(name) or work.recall(f"{name}_part"))


def name_of(work: Work) -> str:
    """The caller's name as it is known."""
    known = work.state.slots.get(_name_slot(work))
    return str(known.value) if known else ""


def misheard_name(work: Work, found: Findings) -> str:
    """The name slot if the caller objects to the name and it was heard the same again."""
    slot = _name_slot(work)
    return slot if slot in found.fills else ""


def _name_slot(work: Work) -> str:
    names = work.task.slots if work.task else ()
    return next((name for name in names if work.agent.slots[name].type == "name"), "")


def missing(work: Work, task: Task) -> str | None:
    """The next slot to ask for."""
    return next((slot for slot in task.slots if slot not in work.state.slots), None)


def agreed_key(work: Work, task: Task) -> str:
    """What a yes to the read-back agrees to."""
    names = [name for name in (*task.slots, *task.optional) if name in work.state.slots]
    names += [task.suggestion.slot] if task.suggestion and task.suggestion.slot in work.state.slots else []
    return json.dumps({name: work.state.slots[name].value for name in names}, sort_keys=True)


# --- for tools ---------------------------------------------------------------------------------------------------------


def arguments(work: Work, template: Mapping[str, Json]) -> dict[str, Json]:
    """A tool's arguments: holes filled with values; one whose value is missing or "any" is left out."""
    filled: dict[str, Json] = {}
    for name, value in template.items():
        made: Json = (
            [one for each in value for one in _argument(work, each).split(",") if one]
            if isinstance(value, list)
            else _argument(work, value)
        )
        if made:
            filled[name] = made
    return filled


def _argument(work: Work, template: Json) -> str:
    return HOLE.sub(lambda hole: _hole(work, hole[1], hole[2] or ""), str(template)).strip()


def _hole(work: Work, name: str, stand_in: str) -> str:
    value = "" if work.recall(f"any:{name}") else work.values.get(name, "")
    if value not in ("", ANY):
        return value
    if stand_in.startswith("today"):
        return (work.moment.now.date() + timedelta(days=int(stand_in[6:] or 0))).isoformat()
    return ""


def key_of(work: Work, step: Lookup) -> str:
    """What a lookup depends on; when it changes the lookup is done again."""
    return json.dumps(arguments(work, step.arguments), sort_keys=True)
