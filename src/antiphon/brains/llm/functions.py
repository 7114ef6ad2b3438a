"""The functions every model gets besides its tools: remember, begin, hand_off, finish."""

from collections.abc import Mapping
from datetime import date, time

from antiphon.brains.llm.model import Function
from antiphon.core.agent import Agent, Options, Slot, Specialist
from antiphon.core.proposal import Fill, Finish, HandOff, Json, OpenTask, Outcome, Proposal
from antiphon.core.task import TaskState
from antiphon.ports.tool import ToolDeclaration
from antiphon.spoken.match import Catalogue, Verdict
from antiphon.spoken.phones import complete, find_digits

ENDINGS = (Outcome.DONE, Outcome.ANSWERED, Outcome.CALLBACK, Outcome.ABANDONED)
EVERYBODY = frozenset({"take_message"})


class BadArguments(ValueError):
    """A call that cannot be carried out; the message is for the model."""


def functions(agent: Agent, specialist: Specialist, tools: Mapping[str, ToolDeclaration]) -> list[Function]:
    """What a model in this role may call; the allow-list is the declaration's, and it is kept here, not by the prompt."""
    allowed = EVERYBODY | set(specialist.tools)
    mine = [Function(each.name, each.description, each.parameters) for each in tools.values() if each.name in allowed]
    own = [task.name for task in agent.tasks.values() if task.specialist == specialist.name]
    others = [each.name for each in agent.specialists if each.name != specialist.name]
    if agent.slots:
        mine.append(_function("remember", "Keep what you learnt about a slot. Call it together with your words.",
                              slot=[*agent.slots], value=None))  # fmt: skip
    if own:
        mine.append(
            _function("begin", "Begin one of your tasks, as soon as you know that the caller wants it.", task=own)
        )
    if others:
        mine.append(_function("hand_off", "Let another role go on; it sees everything you know.", to=others))
    endings = [outcome.value for outcome in ENDINGS]
    mine.append(_function("finish", "End the call, after your goodbye.", outcome=endings))
    return mine


def _function(name: str, description: str, **arguments: list[str] | None) -> Function:
    properties: dict[str, Json] = {
        key: {"type": "string"} if values is None else {"type": "string", "enum": [*values]}
        for key, values in arguments.items()
    }
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": [*arguments]}
    return Function(name, description, schema | {"additionalProperties": False})


def carry_out(
    name: str, arguments: Mapping[str, Json], agent: Agent, options: Options, state: TaskState, turn: int
) -> Proposal | None:
    """The proposal that one of our own functions means; None if `name` is not one. Raises BadArguments."""
    match name:
        case "remember":
            slot = agent.slots.get(_text(arguments, "slot"))
            if slot is None:
                raise BadArguments(f"there is no such slot; slots are {', '.join(agent.slots)}")
            said = _text(arguments, "value")
            return Fill(slot.name, canonical(slot, said, options), said, turn)
        case "begin":
            return OpenTask(_one_of(arguments, "task", agent.tasks))
        case "hand_off":
            return HandOff(_one_of(arguments, "to", [each.name for each in agent.specialists]))
        case "finish":
            claimed = Outcome(_one_of(arguments, "outcome", [each.value for each in ENDINGS]))
            done = state.notes.get("outcome")
            if not done and claimed in (Outcome.DONE, Outcome.CALLBACK):
                claimed = Outcome.ANSWERED  # no tool says so
            return Finish(Outcome(done) if done else claimed, state.notes.get("reference") or None)
        case _:
            return None


def _text(arguments: Mapping[str, Json], key: str) -> str:
    value = arguments.get(key)
    if value is None or isinstance(value, dict):
        raise BadArguments(f"{key} is missing")
    return ",".join(map(str, value)) if isinstance(value, list) else str(value).strip()


def _one_of(arguments: Mapping[str, Json], key: str, known: object) -> str:
    value = _text(arguments, key)
    allowed = list(known) if isinstance(known, Mapping | list) else []
    if value not in allowed:
        raise BadArguments(f"{key} is one of {', '.join(allowed)}")
    return value


def canonical(slot: Slot, value: str, options: Options) -> str:
    """A slot's value as the rest of the house has it. Raises BadArguments."""
    if slot.any and value.lower() in ("any", "anyone", "anytime", "any time"):
        return "any"
    if entries := options.get(slot.name):
        parts = value.split(",") if slot.many else [value]
        return ",".join(_entry(slot, part.strip(), entries) for part in parts)
    try:
        match slot.type:
            case "date":
                return date.fromisoformat(value).isoformat()
            case "time":
                return f"{time.fromisoformat(value):%H:%M}"
            case _:
                pass
    except ValueError:
        form = "YYYY-MM-DD" if slot.type == "date" else "HH:MM"
        raise BadArguments(f"write the {slot.type} as {form}") from None
    if slot.type == "phone":
        digits = find_digits(value)
        if not complete(digits):
            raise BadArguments("that is no whole phone number: ask for all ten digits")
        return digits
    if not value:
        raise BadArguments("the value is empty")
    return value


def _entry(slot: Slot, value: str, entries: Mapping[str, tuple[str, ...]]) -> str:
    if value in entries:
        return value
    match = Catalogue(entries).find(value)
    if match.best is None or match.verdict is not Verdict.CERTAIN:
        raise BadArguments(f"{slot.name} is one of {', '.join(entries)}")
    return match.best.entry
