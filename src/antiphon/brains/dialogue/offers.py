"""Options on the table: named, chosen among, or turned down."""

import json
from typing import Any

from antiphon.brains.dialogue import slots
from antiphon.brains.dialogue.understand import Findings
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import ANY, Lookup, Task
from antiphon.spoken.answers import Answer, says, which
from antiphon.spoken.words import tokens

MOST = 3
"""Options a listener keeps in mind."""


def make(work: Work, step: Lookup, rows: list[dict[str, Any]]) -> None:
    """Put the nearest options on the table, in the order of time, as people list them."""
    when = [field for kind in ("date", "time") for name, field in step.keep.items() if _is(work, name, kind)]
    kept = sorted(rows[:MOST], key=lambda row: [str(row.get(field)) for field in when])
    work.note("offer", json.dumps(kept))
    work.note("offer:step", step.name)


def offered(work: Work) -> list[dict[str, Any]]:
    """Options on the table."""
    rows: list[dict[str, Any]] = json.loads(work.recall("offer") or "[]")
    return rows


def _step(work: Work, task: Task) -> Lookup | None:
    return next((step for step in task.lookups if step.name == work.recall("offer:step")), None)


def say(work: Work, task: Task) -> None:
    """Name the options and ask which."""
    step, rows = _step(work, task), offered(work)
    assert step is not None, "an offer was made by a step of the open task"
    days = _days(work, step)
    template = step.offer_far if step.offer_far and len(days) > 1 else step.offer
    today = work.moment.now.date()
    options = [work.words.row(template, _by_slot(step, row), today) for row in rows]
    day = work.words.value("date", days[0], today) if len(days) == 1 else ""
    text = "one_offer" if len(rows) == 1 and not day else "which_offer_on" if day else "which_offer"
    work.say(text, options=work.words.listed(options, "or"), day=day)
    work.expect("choice")


def _days(work: Work, step: Lookup) -> list[str]:
    """The days the options are on; none if that is the day the caller named."""
    for name, field in step.keep.items():
        if _is(work, name, "date"):
            known = work.state.slots.get(name)
            days = list(dict.fromkeys(str(row.get(field)) for row in offered(work)))
            return [] if known and days == [known.value] else days
    return []


def named_by(work: Work, task: Task) -> tuple[str, ...]:
    """Slots whose values can say which of the options on the table is meant."""
    step = _step(work, task) if offered(work) else None
    ends = [name.rpartition("_")[2] for name in step.keep] if step else []
    return tuple(name for name in ends if name in work.agent.slots)


def _is(work: Work, name: str, kind: str) -> bool:
    return name in work.agent.slots and work.agent.slots[name].type == kind


def _by_slot(step: Lookup, row: dict[str, Any]) -> dict[str, Any]:
    """The row under the names of the slots it fills, so that values are spoken by type."""
    return {**row, **{name: row.get(source) for name, source in step.keep.items()}}


def choose(work: Work, task: Task, text: str, found: Findings) -> bool:
    """Whether the turn chose one of the options on the table; it is then taken."""
    rows, step = offered(work), _step(work, task)
    if step is None:
        drop(work)
        return False
    index = None if _wants_others(work, text, found) else which(text, len(rows))
    if index is None:
        fitting = [at for at, row in enumerate(rows) if _fits(step, row, found)]
        tells = len(fitting) < len(rows) or len(rows) == 1  # what fits all of several chooses none
        index = fitting[0] if fitting and tells else None
    if index is None and found.answer is Answer.YES and not found.values and len(rows) == 1:
        index = 0
    if index is None:
        return False
    take(work, step, rows[index])
    for name in step.keep:
        slot = _slot_for(name, found)
        found.fills.pop(slot, None)
        found.parts.pop(slot, None)
    return True


def _slot_for(name: str, found: Findings) -> str:
    """The slot whose value says which row is meant: {date} for the date, and for a note such as booked_date too."""
    return name if name in found.fills else name.rpartition("_")[2]


def _wants_others(work: Work, text: str, found: Findings) -> bool:
    """ "anything later?", "none of those"."""
    words = tokens(text)
    return "none" in found.wishes or any(word in words for word in ("anything", "something"))


def _fits(step: Lookup, row: dict[str, Any], found: Findings) -> bool:
    named = {
        field: found.fills[slot][0]
        for name, field in step.keep.items()
        if (slot := _slot_for(name, found)) in found.fills
    }
    return bool(named) and all(str(row.get(field)) == value for field, value in named.items())


def turn_down(work: Work, task: Task, text: str, found: Findings) -> bool:
    """Whether the options are not wanted: other values were named, or a plain no. What was looked up does not hold any more."""
    refused = found.answer is Answer.NO or "none" in found.wishes or says(text, ("anything", "something"))
    if not (found.values or refused):
        return False
    step = _step(work, task)
    drop(work)
    if step and not found.values:
        for slot in step.retry:
            slots.forget(work, slot)
    return True


def drop(work: Work) -> None:
    """Take the options off the table."""
    work.note("offer", "")
    work.note(f"step:{work.recall('offer:step')}", "")


def take(work: Work, step: Lookup, row: dict[str, Any]) -> None:
    """Copy a row's fields into slots and notes."""
    for name, source in step.keep.items():
        raw = row.get(source)
        value = ",".join(str(one) for one in raw) if isinstance(raw, list) else "" if raw is None else str(raw)
        known = work.state.slots.get(name)
        if name not in work.agent.slots:
            work.note(name, value)
        elif known is None or known.value != value:
            open_slot = known is not None and known.value == ANY
            slots.fill(work, name, value, known.said if known else value, known.turn if known else 0)
            if open_slot:
                work.note(f"any:{name}", "1")
    work.note("offer", "")
    work.note(f"step:{step.name}", slots.key_of(work, step))
