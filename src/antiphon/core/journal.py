"""The journal's codec: an event or a command becomes one JSON line and comes back equal.

A line is {"v": version, "k": "event" | "command", "t": call time in ms, "n": class name, "d": {fields}}. Values nest: proposals
carry their class name, enums their value, tuples and mappings their items. Decoding is strict: an unknown name or field is an
error, and lines of older versions are lifted by an upcaster first.
"""

import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from antiphon.core import commands, events, proposal
from antiphon.core.commands import Command
from antiphon.core.errors import InvariantBroken
from antiphon.core.events import Event

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1
UPCASTERS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From version n to n + 1. None yet: this is the first."""

EVENTS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(events.Event)}
COMMANDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(commands.Command)}
PROPOSALS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(proposal.Proposal)}
_DUMP = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Line:
    """One decoded line."""

    at_ms: int
    item: Event | Command

    @property
    def event(self) -> Event | None:
        """The item if it is an event."""
        return self.item if type(self.item).__name__ in EVENTS else None  # type: ignore[return-value]  # by the test beside it


def encode(item: Event | Command, at_ms: int | None = None) -> str:
    """One line, without a line end. Commands carry no time of their own: `at_ms` is when they were ordered."""
    name = type(item).__name__
    body = _plain_fields(item)
    time = body.pop("at_ms", at_ms)
    kind = "event" if name in EVENTS else "command"
    return _DUMP({"v": VERSION, "k": kind, "t": time, "n": name, "d": body})


def decode(line: str) -> Line:
    """The line's event or command. Raises InvariantBroken naming what is wrong."""
    try:
        raw = json.loads(line)
        while raw["v"] < VERSION:
            raw = UPCASTERS[raw["v"]](raw)
        kinds = EVENTS if raw["k"] == "event" else COMMANDS
        kind, body = kinds[raw["n"]], raw["d"]
        if raw["k"] == "event":
            body = {"at_ms": raw["t"], **body}
        return Line(raw["t"], _build(kind, body))
    except (KeyError, TypeError, ValueError) as error:
        raise InvariantBroken(f"not a line of journal version {VERSION} ({error!r}): {line[:200]}") from error


# --- to plain values -------------------------------------------------------------------------------------------------


@cache
def _names(kind: type["DataclassInstance"]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _plain_fields(item: Any) -> dict[str, Any]:
    return {name: _plain(getattr(item, name)) for name in _names(type(item))}  # type: ignore[arg-type]  # classes are hashable


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if type(value).__name__ in PROPOSALS:
        return {"n": type(value).__name__, **_plain_fields(value)}
    return _plain_fields(value)


# --- and back --------------------------------------------------------------------------------------------------------


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _build(kind: type, body: Mapping[str, Any]) -> Any:
    hints = _types(kind)
    return kind(**{name: _value(hints[name], value) for name, value in body.items()})


def _value(hint: Any, value: Any) -> Any:
    if hint == proposal.Proposal:
        body = dict(value)
        return _build(PROPOSALS[body.pop("n")], body)
    origin = get_origin(hint)
    if origin is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in value)
    if origin is types.UnionType and value is not None:
        inner = [each for each in get_args(hint) if each is not types.NoneType]
        return _value(inner[0], value) if len(inner) == 1 else value
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return _build(hint, value)
    return value


# --- replay ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A command that the machine orders otherwise than it was recorded; None where one side has no more."""

    at_ms: int
    recorded: Command | None
    replayed: Command | None

    def __str__(self) -> str:
        return f"{self.at_ms} ms: recorded {self.recorded}, replayed {self.replayed}"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found."""

    events: int
    commands: int
    differences: tuple[Difference, ...]


def replay(lines: Iterable[str], orders: Callable[[Event], Iterable[Command]]) -> Replay:
    """Feed the lines' events to `orders` (a fresh conversation's handle and poll) and compare its commands with the lines'."""
    seen, made, recorded = 0, 0, list[tuple[int, Command]]()
    replayed: list[tuple[int, Command]] = []
    for line in map(decode, lines):
        if (event := line.event) is not None:
            seen += 1
            replayed += [(event.at_ms, command) for command in orders(event)]
        else:
            made += 1
            recorded.append((line.at_ms, line.item))  # type: ignore[arg-type]  # not an event: a command
    return Replay(seen, made, tuple(_differences(recorded, replayed)))


def _differences(recorded: list[tuple[int, Command]], replayed: list[tuple[int, Command]]) -> Iterator[Difference]:
    for index in range(max(len(recorded), len(replayed))):
        then = recorded[index] if index < len(recorded) else (0, None)
        now = replayed[index] if index < len(replayed) else (0, None)
        if then != now:
            yield Difference(max(then[0], now[0]), then[1], now[1])
