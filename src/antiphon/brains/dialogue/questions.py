"""Questions a caller asks in between: answered from the agent's file or by the tool that knows, never guessed."""

from antiphon.brains.dialogue.rows import rows_of
from antiphon.brains.dialogue.slots import arguments
from antiphon.brains.dialogue.understand import Findings
from antiphon.brains.dialogue.work import Work
from antiphon.core.agent import ANY, Knowledge
from antiphon.core.history import ToolAnswered


def take(work: Work, entry: Knowledge, found: Findings) -> None:
    """Answer at once, ask the tool that knows, or ask what the question is about."""
    work.note("helped", "1")
    times = int(work.recall(f"told:{entry.name}") or 0)
    if entry.tool is None:
        work.note(f"told:{entry.name}", str(times + 1))
        work.speak(entry.answer[times % len(entry.answer)])
        return
    known = work.state.slots.get(entry.about or "")
    value = found.about or work.recall("about") or (known.value.split(",")[0] if known else "")
    if entry.about and entry.ask and value in ("", ANY):
        work.note("question", entry.name)
        work.speak(entry.ask)
        work.expect(work.agent.slots[entry.about].type, entry.about)
        return
    order(work, entry, value)


def order(work: Work, entry: Knowledge, value: str) -> None:
    """Ask the tool about `value`, or about everything."""
    assert entry.tool is not None, "only a question with a tool is ordered"
    work.note("question", "")
    work.note("about", value)
    work.call(entry.tool, arguments(work, entry.arguments), f"question:{entry.name}={value}")


def asked_back(work: Work, found: Findings) -> bool:
    """Whether the turn says what an open question is about."""
    entry = _entry(work, work.recall("question"))
    work.note("question", "")
    if entry is None or entry.about is None or entry.about not in found.fills:
        return False
    value, _ = found.fills.pop(entry.about)
    order(work, entry, value.split(",")[0])
    return True


def _entry(work: Work, name: str) -> Knowledge | None:
    return next((each for each in work.agent.knowledge if each.name == name), None)


def answer(work: Work, name: str, answered: ToolAnswered) -> None:
    """Say what the tool knows."""
    wanted, _, value = name.partition("=")
    entry = _entry(work, wanted)
    rows = rows_of(answered.result, entry.items) if entry else []
    if entry is None or not answered.ok or not rows:
        work.say("no_answer")
        return
    today = work.moment.now.date()
    row = next((row for row in rows if str(row.get(entry.key or "")) == value), None) if entry.key else None
    if row is not None:
        work.speak(work.words.row(entry.answer[0], row, today))
    elif entry.all:
        listed = [work.words.row(entry.all, row, today) for row in rows]
        work.speak(entry.listed.replace("{list}", work.words.listed(listed, "and")))
    else:
        work.say("no_answer")
