"""What to do with a turn, and what comes next in the task."""

import json

from antiphon.brains.dialogue import steps
from antiphon.brains.dialogue.understand import Findings, Understanding
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import Slot, Task
from antiphon.core.history import AgentSaid, CallerSaid
from antiphon.core.proposal import Outcome
from antiphon.spoken.answers import Answer, which


def take_turn(work: Work, ears: Understanding, said: CallerSaid) -> None:
    """Understand the caller's turn and move on."""
    expecting, now = work.state.expecting, work.moment.now
    found = ears.read(said.text, expecting, work.state.notes, now)
    if found.empty and said.alternative:
        found = ears.read(said.alternative, expecting, work.state.notes, now)
    if _wishes(work, found):
        return
    chosen = which(said.text, len(steps.offered(work))) is not None
    if found.empty and not chosen:
        not_understood(work)
        return
    moved = _apply(work, found, said)
    if found.question and not work.over:
        steps.ask_question(work, found.question, found)
        moved = True
    if work.over:
        return
    if not moved and not _closing(work, found):
        not_understood(work)
    elif not work.over:
        advance(work)


def _wishes(work: Work, found: Findings) -> bool:
    """Things a caller may want at any time; True when the turn is dealt with."""
    if "human" in found.wishes and work.state.task != work.agent.human_task:
        begin_human(work)
    elif "repeat" in found.wishes and not found.fills:
        _repeat(work)
    elif "hold" in found.wishes and not found.fills and found.answer is not Answer.YES:
        work.say("hold")
    elif "never_mind" in found.wishes and not found.fills:
        work.open_task("")
        work.say("what_then")
        work.expect("open")
    elif "goodbye" in found.wishes and not found.fills and not found.question:
        work.finish(_outcome(work))
    else:
        return False
    return True


def _outcome(work: Work) -> Outcome:
    """How the call ends now: with what was achieved; in the middle of a task it is abandoned."""
    achieved = work.recall("outcome")
    if achieved:
        return Outcome(achieved)
    return Outcome.ABANDONED if work.task else Outcome.ANSWERED


def _repeat(work: Work) -> None:
    last = next((each for each in reversed(work.history) if isinstance(each, AgentSaid)), None)
    if last and not last.cut:
        work.speak(last.text)
    else:
        advance(work)


def _closing(work: Work, found: Findings) -> bool:
    """A bare "no" to "anything else?" ends the call; a bare "yes" asks what."""
    expecting = work.state.expecting
    if work.task is not None or expecting is None or expecting.kind != "open":
        return False
    if found.answer is Answer.NO:
        work.finish(_outcome(work))
        return True
    if found.answer is Answer.YES:
        work.say("what_then")
        work.expect("open")
        work.over = True
        return True
    return False


# --- applying what was found -----------------------------------------------------------------------------------------


def _apply(work: Work, found: Findings, said: CallerSaid) -> bool:
    """Fill, choose, confirm; whether the turn moved anything."""
    moved = False
    task = work.task
    if task and steps.offered(work):
        moved = steps.choose(work, task, said.text, found)
        if not moved and (found.fills or found.answer is Answer.NO):
            steps.drop_offer(work)
            moved = True
            if found.answer is Answer.NO and not found.fills:
                _reject_offer(work, task)
    moved = _settle_between(work, found, said) or moved
    moved = _fill(work, found, said) or moved
    if work.recall("confirming"):
        moved = _confirm(work, found) or moved
    if found.task and (task is None or _another(work, found)):
        moved = _begin(work, found.task) or moved
    return moved


def _reject_offer(work: Work, task: Task) -> None:
    step = next(step for step in task.lookups if step.name == work.recall("offer:step"))
    for slot in step.retry:
        work.forget(slot)


def _fill(work: Work, found: Findings, said: CallerSaid) -> bool:
    changed = False
    for slot, (value, words) in found.fills.items():
        known = work.state.slots.get(slot)
        if known is None or known.value != value:
            work.fill(slot, value, words, said.turn)
            work.note(f"any:{slot}", "")
        work.note(f"partial:{slot}", "")
        changed = True
    if found.partial_phone and work.state.expecting and work.state.expecting.slot:
        work.note(f"partial:{work.state.expecting.slot}", found.partial_phone)
        changed = True
    return changed


def _settle_between(work: Work, found: Findings, said: CallerSaid) -> bool:
    for slot, entries in found.between.items():
        work.note("between", json.dumps([slot, *entries]))
        return True
    if work.recall("between"):
        slot, *entries = json.loads(work.recall("between"))
        if slot not in found.fills and found.answer is Answer.YES:
            found.fills[slot] = (entries[0], said.text)
        if slot in found.fills:
            work.note("between", "")
            return True
    return False


def _confirm(work: Work, found: Findings) -> bool:
    """The answer to the read-back. A yes to something that was not heard to its end does not count."""
    asked = work.recall("confirming")
    work.note("confirming", "")
    if found.fills or found.between:
        return True
    if found.answer is Answer.YES and not work.was_cut:
        work.note("confirmed", asked)
        return True
    if found.answer is Answer.NO:
        work.say("change")
        work.expect("open")
        work.over = True
        return True
    return found.answer is Answer.YES


def _another(work: Work, found: Findings) -> bool:
    """Whether a named task is another one than is open, and said so by its own phrase."""
    return found.task != work.state.task and not found.fills and found.question is None


def _begin(work: Work, name: str) -> bool:
    """Begin a task, with the specialist whose it is."""
    task = work.agent.tasks[name]
    if work.recall("task_done"):
        _clear(work, task)
    if task.specialist != work.state.specialist:
        work.hand_off(task.specialist, name)
    else:
        open_task(work, name)
    return True


def _clear(work: Work, task: Task) -> None:
    """A second task in one call keeps who is calling and asks the rest anew."""
    work.note("task_done", "")
    for step in task.lookups:
        work.note(f"step:{step.name}", "")


def open_task(work: Work, name: str) -> None:
    """Open a task here and now."""
    work.open_task(name)
    work.note("confirmed", "")
    work.note("confirming", "")
    if opens := work.agent.tasks[name].opens:
        work.speak(opens)


def begin_human(work: Work) -> None:
    """A person is wanted, or needed: take a message, since nobody can be put through."""
    work.say("human")
    _begin(work, work.agent.human_task)
    if not work.over:
        advance(work)


# --- the next thing --------------------------------------------------------------------------------------------------


def advance(work: Work) -> None:
    """The next move of the open task, or the open question."""
    if work.over:
        return
    if work.recall("stuck"):
        work.note("stuck", "")
        begin_human(work)
        return
    task = work.task
    if work.recall("between"):
        _ask_between(work)
    elif task is None:
        work.say("anything_else" if _said_something(work) else "what_then")
        work.expect("open")
    elif steps.offered(work):
        steps.say_offer(work, task)
    elif step := steps.due_lookup(work, task):
        work.call(step.tool, work.arguments(step.arguments), f"lookup:{step.name}")
    elif missing := next((slot for slot in task.slots if slot not in work.state.slots), None):
        ask(work, work.slot(missing))
    else:
        _read_back(work, task)


def _said_something(work: Work) -> bool:
    return any(isinstance(each, AgentSaid) for each in work.history)


def _ask_between(work: Work) -> None:
    slot, *entries = json.loads(work.recall("between"))
    today = work.moment.now.date()
    one, two, *_ = [work.words.value(slot, entry, today) for entry in [*entries, entries[0]]]
    work.say("which_of", one=one, two=two)
    work.expect(work.slot(slot).type, slot)


def ask(work: Work, slot: Slot) -> None:
    """Ask for a slot; differently when it was asked before, with help when that failed as well."""
    if work.recall(f"partial:{slot.name}"):
        work.say("go_on")
    else:
        times = int(work.recall(f"asked:{slot.name}") or 0)
        work.note(f"asked:{slot.name}", str(times + 1))
        wordings = slot.ask if times == 0 else (slot.again or slot.ask)
        if work.state.misses >= 2 and slot.help:
            wordings = slot.help
        work.speak(wordings[max(0, times - 1) % len(wordings)])
    work.expect(slot.type, slot.name)


def _read_back(work: Work, task: Task) -> None:
    agreed = json.dumps({name: work.state.slots[name].value for name in task.slots}, sort_keys=True)
    if work.recall("confirmed") == agreed:
        steps.commit(work, task)
        return
    work.note("confirming", agreed)
    work.speak(task.confirm)
    work.expect("yes_no")


# --- when it does not go on ------------------------------------------------------------------------------------------


def not_understood(work: Work) -> None:
    """Say so and ask again; after several in a row fetch help."""
    work.miss()
    if work.state.misses >= work.agent.most_misses and work.state.task != work.agent.human_task:
        begin_human(work)
    elif work.state.misses > 2 * work.agent.most_misses:
        work.finish(_outcome(work))
    else:
        work.say("not_understood")
        ask_again(work)


def ask_again(work: Work) -> None:
    """The open question once more."""
    work.note("confirmed", "")
    advance(work)
