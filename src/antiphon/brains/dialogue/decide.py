"""What to do with a caller's turn."""

import json

from antiphon.brains.dialogue import offers, questions, slots
from antiphon.brains.dialogue.advance import advance, begin, begin_human, clear_finished, not_understood, outcome
from antiphon.brains.dialogue.understand import Findings, Listening, Understanding
from antiphon.brains.dialogue.work import Work, last_said, was_heard
from antiphon.core.agent import Task
from antiphon.core.history import AgentSaid, CallerSaid
from antiphon.core.proposal import OpenTask
from antiphon.spoken.answers import Answer, says, which


def take_turn(work: Work, ears: Understanding, said: CallerSaid) -> None:
    """Understand the caller's turn and move on."""
    found = _hear(work, ears, said)
    _tell_reference_that_was_cut(work)
    if _wishes(work, found):
        return
    moved = _apply(work, found, said)
    if found.question and not work.over:
        questions.take(work, found.question, found)
        moved = True
    if moved:
        _understood(work)
        advance(work)
    elif not _closing(work, found):
        not_understood(work, "too_many_digits" if found.too_many_digits else "not_understood")


def _hear(work: Work, ears: Understanding, said: CallerSaid) -> Findings:
    """The findings; of the losing decoder's words when the winning ones say nothing."""
    task = work.task
    beside = offers.named_by(work, task) if task else ()
    name = slots.name_of(work) if work.recall("confirming") or work.recall("spelling") else ""
    light = Listening(work.state.expecting, task, work.state.notes, work.moment.now, beside, name)
    work.note("spelling", "")
    found = ears.read(said.text, light)
    if found.empty and said.alternative:
        found = ears.read(said.alternative, light)
    if task and not found.values and found.question is None and not found.said_task:
        anew = ears.read(said.text, Listening(None, None, work.state.notes, work.moment.now))
        if any(work.agent.slots[slot].type == "service" for slot in anew.fills):
            anew.said_task = True  # a thing of another task's, named out of the blue, asks for that task
            return anew
    if found.said_task and found.task != work.state.task and not found.values:
        wanted = work.agent.tasks[found.task or ""]  # another task: its slots count, not those of the one that is left
        found = ears.read(said.text, Listening(None, wanted, work.state.notes, work.moment.now))
    return found


def _understood(work: Work) -> None:
    """Misses in a row are over; filling a slot or opening a task says so by itself."""
    if work.state.misses and not work.over:
        work.propose(OpenTask(work.state.task or ""))


def _tell_reference_that_was_cut(work: Work) -> None:
    """A reference nobody heard to its end is told again: it is what the caller called for."""
    last, reference = last_said(work), work.recall("reference")
    if not reference or not work.recall("task_done") or last is None or not last.cut:
        return
    spoken = work.spoken("{reference}")
    if not any(isinstance(each, AgentSaid) and spoken in each.text for each in work.history):
        work.say("told_reference")


# --- wishes ------------------------------------------------------------------------------------------------------------


def _wishes(work: Work, found: Findings) -> bool:
    """Things a caller may want at any time; True when the turn is dealt with."""
    wishes = found.wishes
    asking = work.state.expecting is not None and work.state.expecting.kind == "yes_no"
    in_middle = work.task is not None or bool(work.recall("suggestion"))
    if "human" in wishes and found.question is None and work.state.task != work.agent.human_task:
        begin_human(work)
    elif found.values or found.said_task:
        return False
    elif wishes & {"repeat", "pardon"} and found.question is None:
        _repeat(work)
    elif wishes & {"hello", "thanks"}:
        advance(work)
    elif "reference" in wishes and work.recall("reference"):
        work.say("told_reference")
        advance(work)
    elif "hold" in wishes and found.answer is not Answer.YES and found.question is None:
        work.say("hold")
    elif "never_mind" in wishes:
        _forget_task(work)
    elif "goodbye" in wishes and found.question is None and not (asking and in_middle and found.answer is Answer.NO):
        work.finish(outcome(work))
    else:
        return False
    return True


def _forget_task(work: Work) -> None:
    offers.drop(work)
    for note in ("between", "confirming", "confirmed", "question", "changing"):
        work.note(note, "")
    work.propose(OpenTask(""))
    work.say("what_then")
    work.expect("open")


def _repeat(work: Work) -> None:
    last = last_said(work)
    if last and not last.cut:
        work.speak(last.text.replace("{", "").replace("}", ""))
    else:
        advance(work)


def _closing(work: Work, found: Findings) -> bool:
    """A bare "no" to "anything else?" ends the call; a bare "yes" asks what."""
    expecting = work.state.expecting
    if work.task is not None or expecting is None or expecting.kind != "open":
        return False
    if found.answer is Answer.NO:
        work.finish(outcome(work))
        return True
    if found.answer is Answer.YES:
        work.say("what_then")
        work.expect("open")
        return True
    return False


# --- applying what was found -------------------------------------------------------------------------------------------


def _apply(work: Work, found: Findings, said: CallerSaid) -> bool:
    """Choose, settle, fill, confirm, begin; whether the turn moved anything."""
    if work.recall("question") and questions.asked_back(work, found):
        return True
    task, changing = work.task, work.recall("changing")
    if task is None and found.task:
        clear_finished(work)
    moved = _on_offer(work, task, found, said) if task else False
    moved = _settle_between(work, found, said) or moved
    moved = (_on_suggestion(work, task, found, said) if task else False) or moved
    changed = slots.take_findings(work, found, said)
    if changed:
        work.note("about", "")
    moved = moved or found.values
    moved = _same(work, task, found, said) or moved
    if work.recall("confirming"):
        moved = _on_read_back(work, task, found, changed) or moved
    elif task and found.labels and not found.values and not moved:
        moved = _change(work, found)
    elif task and changing and not moved and (found.answer is Answer.NO or "none" in found.wishes):
        moved = True  # nothing is to be changed after all
    if moved and changing:
        work.note("changing", "")
    moved = moved or (found.said_task and found.task == work.state.task)
    if found.task and not work.over and (task is None or _another(work, found)):
        _take_up(work, found, said)
        begin(work, found.task)
        moved = True
    return moved


def _on_offer(work: Work, task: Task, found: Findings, said: CallerSaid) -> bool:
    if not offers.offered(work):
        return False
    return offers.choose(work, task, said.text, found) or offers.turn_down(work, task, said.text, found)


def _settle_between(work: Work, found: Findings, said: CallerSaid) -> bool:
    """Two names that could not be told apart: ask, or take the answer."""
    for slot, entries in found.between.items():
        work.note("between", json.dumps([slot, *entries]))
        return True
    if not work.recall("between"):
        return False
    slot, *entries = json.loads(work.recall("between"))
    chosen = which(said.text, len(entries))
    if chosen is not None and slot not in found.fills:
        found.fills[slot] = (entries[chosen], said.text)
    if slot in found.fills or found.answer is Answer.NO or found.values:
        work.note("between", "")
        return True
    return False


def _on_suggestion(work: Work, task: Task, found: Findings, said: CallerSaid) -> bool:
    """ "yes please" or its name takes what was suggested beside the last question; anything else lets it be."""
    noted, suggestion = work.recall("suggestion"), task.suggestion
    if not noted or suggestion is None or work.recall("suggested") != "said":
        return False
    work.note("suggestion", "")
    row = json.loads(noted)
    named = any(says(said.text, (str(value),)) for value in row.values() if isinstance(value, str))
    if found.answer is Answer.YES or (named and found.answer is not Answer.NO):
        slots.fill(work, suggestion.slot, str(row[suggestion.id]), said.text, said.turn)
        work.say("added")
        found.fills.pop(next((slot for slot in task.slots if work.agent.slots[slot].type == "service"), ""), None)
        return True
    if found.answer is Answer.NO and not found.values:
        work.say("declined")
        return True
    return False


def _on_read_back(work: Work, task: Task | None, found: Findings, changed: bool) -> bool:
    """The answer to the read-back. A yes counts only for what was heard and has not changed since."""
    asked = work.recall("confirming")
    work.note("confirming", "")
    insists = found.answer is Answer.NO and found.values  # "no, I said daniel", and daniel it was
    misheard = slots.misheard_name(work, found) if insists and not changed else ""
    if misheard:
        work.note("spelling", "1")
        work.say("spell_name")
        work.expect("name", misheard)
        return False
    if changed or insists or found.between or found.parts:
        return True
    if found.answer is Answer.YES:
        if task and was_heard(work, task.confirm) and slots.agreed_key(work, task) == asked:
            work.note("confirmed", asked)
        return True
    if found.labels:
        return _change(work, found)
    if found.answer is Answer.NO:
        work.say("change")
        work.expect("open")
        work.note("changing", "1")
        return True
    return found.values


def _same(work: Work, task: Task | None, found: Findings, said: CallerSaid) -> bool:
    """ "the same time": as in what was looked up."""
    if task is None or "same" not in found.wishes:
        return False
    for slot in found.labels:
        noted = next((value for key, value in work.state.notes.items() if key.endswith(f"_{slot}") and value), "")
        if noted and slot not in work.state.slots:
            slots.fill(work, slot, noted, said.text, said.turn)
    taken = bool(found.labels)
    found.labels = ()
    return taken


def _change(work: Work, found: Findings) -> bool:
    """ "the time": asked for anew."""
    for slot in found.labels:
        slots.forget(work, slot)
    return True


def _another(work: Work, found: Findings) -> bool:
    """Whether a named task is another one than is open, and said so by its own phrase."""
    own = set(work.task.slots if work.task else ())
    leaving = not set(found.fills) & own or work.state.task == work.agent.human_task
    return found.said_task and found.task != work.state.task and leaving and found.question is None


def _take_up(work: Work, found: Findings, said: CallerSaid) -> None:
    """ "then I'd like to book that": what was just asked about is what is wanted."""
    about, task = work.recall("about"), work.agent.tasks[found.task or ""]
    slot = next((name for name in task.slots if work.agent.slots[name].type == "service"), None)
    if about and slot and slot not in found.fills and says(said.text, ("that", "one", "it", "this")):
        slots.fill(work, slot, about, said.text, said.turn)
    work.note("about", "")
