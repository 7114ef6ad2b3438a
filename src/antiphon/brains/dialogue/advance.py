"""What comes next: the open task's next move, or the open question; and what to do when it does not go on."""

import json

from antiphon.brains.dialogue import insisting, offers, slots, steps
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import Slot, Task
from antiphon.core.proposal import Expect, Miss, OpenTask, Outcome

WHO = ("name", "phone", "address")
"""Slots that a second task in one call keeps: who is calling does not change."""


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
        work.say("anything_else" if work.recall("outcome") or work.recall("helped") else "what_then")
        work.expect("open")
    elif offers.offered(work):
        offers.say(work, task)
    elif suggestion := steps.due_suggestion(work, task):
        arguments = slots.arguments(work, suggestion.arguments)
        work.call(suggestion.tool, arguments, f"suggestion:{task.name}")
    elif step := steps.due_lookup(work, task):
        steps.look_up(work, step)
    elif missing := slots.missing(work, task):
        steps.mention_suggestion(work, task)
        ask(work, work.agent.slots[missing])
    else:
        _read_back(work, task)


def _ask_between(work: Work) -> None:
    slot, *entries = json.loads(work.recall("between"))
    one, two = [work.words.value(slot, entry, work.moment.now.date()) for entry in entries[:2]]
    work.say("which_of", one=one, two=two)
    work.expect(work.agent.slots[slot].type, slot)


def ask(work: Work, slot: Slot) -> None:
    """Ask for a slot; differently when it was asked before, with help when that failed as well."""
    if partial := work.recall(f"partial:{slot.name}"):
        work.say("area_code" if len(partial) == 7 else "go_on")
    else:
        times = int(work.recall(f"asked:{slot.name}") or 0)
        work.note(f"asked:{slot.name}", str(times + 1))
        wordings = slot.ask if times == 0 else (slot.again or slot.ask)
        if work.state.misses >= 2 and slot.help:
            wordings = slot.help
        work.speak(wordings[max(0, times - 1) % len(wordings)])
    work.expect(slot.type, slot.name)


def _read_back(work: Work, task: Task) -> None:
    agreed = slots.agreed_key(work, task)
    if work.recall("confirmed") == agreed:
        steps.commit(work, task)
        return
    work.note("confirming", agreed)
    work.speak(task.confirm)
    work.expect("yes_no")


# --- beginning ---------------------------------------------------------------------------------------------------------


def begin(work: Work, name: str) -> None:
    """Begin a task, with the specialist whose it is."""
    task = work.agent.tasks[name]
    if task.specialist != work.state.specialist:
        work.hand_off(task.specialist, name)
    else:
        open_task(work, name)


def clear_finished(work: Work) -> None:
    """A second task in one call keeps who is calling; the rest is asked anew."""
    done = work.agent.tasks.get(work.recall("task_done"))
    if done is None:
        return
    for name in (*done.slots, *done.optional, *((done.suggestion.slot,) if done.suggestion else ())):
        if work.agent.slots[name].type not in WHO:
            slots.forget(work, name)
        work.note(f"asked:{name}", "")
    for step in (step for task in work.agent.tasks.values() for step in task.lookups):
        for note in (f"step:{step.name}", *(kept for kept in step.keep if kept not in work.agent.slots)):
            work.note(note, "")
    work.note("task_done", "")


def open_task(work: Work, name: str) -> None:
    """Open a task here and now."""
    work.propose(OpenTask(name))
    for note in ("confirmed", "confirming", "changing", "offer"):
        work.note(note, "")
    insisting.forget(work, work.agent.tasks[name])
    work.speak(work.agent.tasks[name].opens or "")


def begin_human(work: Work) -> None:
    """A person is wanted, or needed: take a message, since nobody can be put through."""
    work.note("between", "")
    work.say("human")
    if work.task is None:
        clear_finished(work)
    begin(work, work.agent.human_task)
    advance(work)


# --- when it does not go on --------------------------------------------------------------------------------------------


def not_understood(work: Work, why: str = "not_understood") -> None:
    """Say `why` and ask again; after several in a row take a message, and in the end give up rather than go in circles."""
    work.propose(Miss())
    if work.state.misses > 2 * work.agent.most_misses:
        work.finish(outcome(work, Outcome.FAILED), "give_up")
    elif work.state.misses == work.agent.most_misses and work.state.task != work.agent.human_task:
        begin_human(work)
    else:
        work.say(why)
        ask_again(work)


def ask_again(work: Work) -> None:
    """The open question once more."""
    work.note("confirmed", "")
    expecting = work.state.expecting
    if work.recall("question") and expecting and expecting.slot:
        entry = next((each for each in work.agent.knowledge if each.name == work.recall("question")), None)
        work.speak(entry.ask or "" if entry else "")
        work.propose(Expect(expecting.kind, expecting.slot))
        work.over = True
    advance(work)


def outcome(work: Work, otherwise: Outcome | None = None) -> Outcome:
    """How the call ends now: with what was achieved; else in the middle of a task it is abandoned."""
    if achieved := work.recall("outcome"):
        return Outcome(achieved)
    return otherwise or (Outcome.ABANDONED if work.task else Outcome.ANSWERED)
