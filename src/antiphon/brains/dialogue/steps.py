"""Tools in a task: lookups whose options are taken or offered, the suggestion, the commit."""

import json
from typing import Any

from antiphon.brains.dialogue import insisting, offers, questions, slots
from antiphon.brains.dialogue.rows import result_of, rows_of
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import ANY, Lookup, Suggestion, Task
from antiphon.core.history import ToolAnswered
from antiphon.core.proposal import OpenTask


def due_lookup(work: Work, task: Task) -> Lookup | None:
    """A lookup whose slots are filled and whose arguments are new."""
    for step in task.lookups:
        ready = all(slots.has(work, slot) for slot in step.needs)
        if ready and work.recall(f"step:{step.name}") != slots.key_of(work, step):
            return step
    return None


def look_up(work: Work, step: Lookup) -> None:
    """Order a lookup."""
    work.speak(step.saying)
    work.call(step.tool, slots.arguments(work, step.arguments), f"lookup:{step.name}")


def due_suggestion(work: Work, task: Task) -> Suggestion | None:
    """The task's suggestion, if nothing was suggested in this call yet."""
    suggestion = task.suggestion
    if suggestion is None or work.recall("suggested") or suggestion.slot in work.state.slots:
        return None
    return suggestion if all(slots.has(work, slot) for slot in suggestion.needs) else None


def take_results(work: Work) -> None:
    """Look at every result that came since the last run."""
    handled = int(work.recall("handled") or 0)
    for answered in [each for each in work.history if isinstance(each, ToolAnswered) and each.tool_call > handled]:
        work.note("handled", str(answered.tool_call))
        kind, _, name = work.recall("pending").partition(":")
        work.note("pending", "")
        task = work.task
        if kind == "lookup" and task:
            step = next((step for step in task.lookups if step.name == name), None)
            if step:
                _looked_up(work, task, step, answered)
        elif kind == "suggestion" and task and task.suggestion:
            _suggested(work, task.suggestion, answered)
        elif kind == "commit" and task:
            _committed(work, task, answered)
        elif kind == "question":
            questions.answer(work, name, answered)


def _looked_up(work: Work, task: Task, step: Lookup, answered: ToolAnswered) -> None:
    if not answered.ok:
        refused(work, answered)
        code = str(result_of(answered.result).get("code"))
        retry(work, step, step.refused.get(code, step.retry))
        return
    rows, result = rows_of(answered.result, step.items), result_of(answered.result)
    work.note(f"step:{step.name}", slots.key_of(work, step))
    exact = result.get(step.exact) is True if step.exact else len(rows) == 1 or not step.offer
    if rows and exact and _decided(work, task, step):
        offers.take(work, step, rows[0])
    elif rows and insisting.helped(work, task, step):
        work.note(f"step:{step.name}", "")
    elif rows:
        if not exact and step.exact:
            work.say("not_exact")
        offers.make(work, step, rows)
    else:
        work.say(step.empty.get(str(result.get("reason") or ""), step.empty.get("", "refused")))
        retry(work, step, step.retry)


def _decided(work: Work, task: Task, step: Lookup) -> bool:
    """Whether the caller named every slot that the option decides: then the first one is what they asked for."""
    for name in step.keep:
        known = work.state.slots.get(name)
        open_time = work.agent.slots[name].type in ("date", "time") if name in work.agent.slots else False
        if name in task.slots and (known is None or (open_time and known.value == ANY)):
            return False
    return True


def retry(work: Work, step: Lookup, again: tuple[str, ...]) -> None:
    """Nothing was found: the slots that can help are asked again."""
    for slot in again:
        slots.forget(work, slot)
    work.note(f"step:{step.name}", "")


def _suggested(work: Work, suggestion: Suggestion, answered: ToolAnswered) -> None:
    row = result_of(answered.result).get(suggestion.item)
    work.note("suggested", "1")
    if answered.ok and isinstance(row, dict) and row.get(suggestion.id):
        work.note("suggestion", json.dumps(row))


def mention_suggestion(work: Work, task: Task) -> None:
    """Say what goes well with it, once, before the next question."""
    noted = work.recall("suggestion")
    if task.suggestion and noted and work.recall("suggested") == "1":
        work.note("suggested", "said")
        work.speak(work.words.row(task.suggestion.say, json.loads(noted), work.moment.now.date()))


def commit(work: Work, task: Task) -> None:
    """Order the writing step; what was agreed to is confirmed."""
    slots.confirm_all(work, task)
    work.call(task.commit.tool, slots.arguments(work, task.commit.arguments), f"commit:{task.name}")


def _committed(work: Work, task: Task, answered: ToolAnswered) -> None:
    result = result_of(answered.result)
    work.note("confirmed", "")
    if not answered.ok:
        refused(work, answered)
        for step in task.lookups:
            work.note(f"step:{step.name}", "")
        if not result.get("retryable"):
            work.note("stuck", "1")
        return
    if task.commit.reference:
        work.note("reference", str(result.get(task.commit.reference, "")))
    work.note("outcome", task.outcome.value)
    work.note("task_done", task.name)
    work.speak(task.done, **_plain(result))
    work.propose(OpenTask(""))


def _plain(result: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in result.items() if isinstance(value, str | int)}


def refused(work: Work, answered: ToolAnswered) -> None:
    """Say why: the tool's own sentence if it has one."""
    if say := str(result_of(answered.result).get("say") or ""):
        work.speak(say.replace("{", "").replace("}", ""))
    else:
        work.say("refused")
