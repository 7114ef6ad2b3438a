"""Tools in a dialogue: lookups whose options are taken or offered, the commit, and answers that need a row."""

import json
from typing import Any

from antiphon.brains.dialogue.understand import ANY, Findings
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import Knowledge, Lookup, Task
from antiphon.core.history import ToolAnswered
from antiphon.core.proposal import SlotStatus
from antiphon.spoken.answers import Answer, which


def due_lookup(work: Work, task: Task) -> Lookup | None:
    """A lookup whose slots are filled and whose arguments are new."""
    for step in task.lookups:
        ready = all(slot in work.state.slots or work.recall(slot) for slot in step.needs)
        if ready and work.recall(f"step:{step.name}") != work.key_of(step):
            return step
    return None


def take_results(work: Work) -> None:
    """Look at every result that came since the last run."""
    for answered in work.new_results():
        work.note("handled", str(answered.tool_call))
        kind, _, name = work.recall("pending").partition(":")
        work.note("pending", "")
        task = work.task
        if kind == "lookup" and task:
            step = next((step for step in task.lookups if step.name == name), None)
            if step:
                _looked_up(work, step, answered)
        elif kind == "commit" and task:
            _committed(work, task, answered)
        elif kind == "question":
            _answered(work, name, answered)


def _looked_up(work: Work, step: Lookup, answered: ToolAnswered) -> None:
    if not answered.ok:
        _refused(work, answered)
        _retry(work, step)
        return
    rows = work.rows(answered.result, step.items)
    result: dict[str, Any] = answered.result if isinstance(answered.result, dict) else {}
    work.note(f"step:{step.name}", work.key_of(step))
    if rows and (step.exact is None or result.get(step.exact)):
        take(work, step, rows[0])
    elif rows:
        work.note("offer", json.dumps(rows))
        work.note("offer:step", step.name)
    else:
        work.say(step.empty.get(str(result.get("reason", "")), step.empty.get("", "refused")))
        _retry(work, step)


def _retry(work: Work, step: Lookup) -> None:
    for slot in step.retry:
        work.forget(slot)
    work.note(f"step:{step.name}", "")


def take(work: Work, step: Lookup, row: dict[str, Any]) -> None:
    """Copy a row's fields into slots and notes."""
    for name, source in step.keep.items():
        value = str(row.get(source, ""))
        known = work.state.slots.get(name)
        if name not in work.agent.slots:
            work.note(name, value)
        elif known is None or known.value != value:
            if known is not None and known.value == ANY:
                work.note(f"any:{name}", "1")
            work.fill(name, value, known.said if known else value, known.turn if known else 0)
    work.note("offer", "")
    work.note(f"step:{step.name}", work.key_of(step))


def offered(work: Work) -> list[dict[str, Any]]:
    """Options on the table."""
    rows: list[dict[str, Any]] = json.loads(work.recall("offer") or "[]")
    return rows


def drop_offer(work: Work) -> None:
    """None of the options is wanted: what was looked up does not hold any more, even for the same values."""
    work.note("offer", "")
    work.note(f"step:{work.recall('offer:step')}", "")


def say_offer(work: Work, task: Task) -> None:
    """Name the options and ask which."""
    step = _offering(work, task)
    today = work.moment.now.date()
    options = [work.words.row(step.offer, _spoken_row(step, row), today) for row in offered(work)]
    last = options[-1]
    or_ = work.agent.texts["or"][0]
    listed = last if len(options) == 1 else f"{', '.join(options[:-1])}, {or_} {last}"
    work.say("offer" if "offer" in work.agent.texts else "which_offer", options=listed)
    work.expect("choice")


def _spoken_row(step: Lookup, row: dict[str, Any]) -> dict[str, Any]:
    """The row under the names of the slots it fills, so that values are spoken by type."""
    return {**row, **{name: row.get(source, "") for name, source in step.keep.items()}}


def _offering(work: Work, task: Task) -> Lookup:
    return next(step for step in task.lookups if step.name == work.recall("offer:step"))


def choose(work: Work, task: Task, text: str, found: Findings) -> bool:
    """Whether the turn chose one of the options on the table; it is then taken."""
    rows, step = offered(work), _offering(work, task)
    index = which(text, len(rows))
    if index is None:
        index = next((at for at, row in enumerate(rows) if _fits(step, row, found)), None)
    if index is None and found.answer is Answer.YES and not found.fills:
        index = 0
    if index is None:
        return False
    take(work, step, rows[index])
    for name in step.keep:
        found.fills.pop(name, None)
    return True


def _fits(step: Lookup, row: dict[str, Any], found: Findings) -> bool:
    named = {slot: found.fills[slot][0] for slot in step.keep if slot in found.fills}
    return bool(named) and all(str(row.get(step.keep[slot])) == value for slot, value in named.items())


def commit(work: Work, task: Task) -> None:
    """Order the writing step; what was agreed to is confirmed."""
    for name, slot in work.state.slots.items():
        if name in task.slots and slot.status is not SlotStatus.CONFIRMED:
            work.confirm(name)
    work.call(task.commit.tool, work.arguments(task.commit.arguments), f"commit:{task.name}")


def _committed(work: Work, task: Task, answered: ToolAnswered) -> None:
    result: dict[str, Any] = answered.result if isinstance(answered.result, dict) else {}
    work.note("confirmed", "")
    if not answered.ok:
        _refused(work, answered)
        for step in task.lookups:
            work.note(f"step:{step.name}", "")
        if not result.get("retryable"):
            work.note("stuck", "1")
        return
    if task.commit.reference:
        work.note("reference", str(result.get(task.commit.reference, "")))
    work.note("outcome", task.outcome.value)
    work.note("task_done", task.name)
    work.speak(task.done)
    work.open_task("")


def _refused(work: Work, answered: ToolAnswered) -> None:
    result: dict[str, Any] = answered.result if isinstance(answered.result, dict) else {}
    if say := str(result.get("say") or ""):
        work.speak(say.replace("{", "").replace("}", ""))
    else:
        work.say("refused")


# --- questions -------------------------------------------------------------------------------------------------------


def ask_question(work: Work, entry: Knowledge, found: Findings) -> None:
    """Answer at once, or ask the tool that knows."""
    if entry.tool is None:
        work.speak(entry.answer[0])
        return
    known = work.state.slots.get(entry.about or "")
    value = found.about or (known.value if known else "")
    work.call(entry.tool, {}, f"question:{entry.name}={value}")


def _answered(work: Work, name: str, answered: ToolAnswered) -> None:
    wanted, _, value = name.partition("=")
    entry = next((each for each in work.agent.knowledge if each.name == wanted), None)
    rows = work.rows(answered.result, entry.items) if entry else []
    if entry is None or not answered.ok or not rows:
        work.say("no_answer")
        return
    today = work.moment.now.date()
    row = next((row for row in rows if str(row.get(entry.key or "")) == value), None)
    if row is not None:
        work.speak(work.words.row(entry.answer[0], row, today))
    elif entry.all:
        listed = [work.words.row(entry.all, row, today) for row in rows]
        work.speak(", ".join(listed) + ".")
    else:
        work.say("no_answer")
