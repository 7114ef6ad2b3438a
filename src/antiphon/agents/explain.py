"""What is wrong with an agent file, in words its author can act on: file, line, key, cure."""

import difflib
import re
from pathlib import Path

from pydantic import BaseModel, ValidationError

from antiphon.agents import schema

MOST = 5
"""Complaints shown at once; the rest are likely to follow from them."""
Place = tuple[int | str, ...]


def explain(path: Path, text: str, error: ValidationError) -> str:
    """One sentence a complaint."""
    complaints = []
    for each in error.errors(include_url=False)[:MOST]:
        place = tuple(part for part in each["loc"] if part not in ("str", "list[str]"))
        complaints.append(f"line {line_of(text, place)}: {_complaint(place, each['type'], each['msg'])}")
    return f"{path}: " + "; ".join(dict.fromkeys(complaints)) + ". See docs/reference/agent-file.md."


def _complaint(place: Place, kind: str, message: str) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
    if kind == "extra_forbidden":
        return f"{where} is not known{_did_you_mean(str(place[-1]))}"
    if kind == "missing":
        return f"{where} is missing"
    return f"{where}: {message[:1].lower()}{message[1:]}"


def _did_you_mean(key: str) -> str:
    models = [kind for kind in vars(schema).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]
    known = sorted({name for model in models for name in model.model_fields})
    close = difflib.get_close_matches(key, known, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def line_of(text: str, place: Place) -> int:
    """The line of a key, or of the nearest table around it; 1 if there is neither."""
    lines = text.splitlines()
    begin = _table(lines, place)
    key = re.compile(rf"\s*\"?{re.escape(str(place[-1]))}\"?\s*=") if place else re.compile("$^")
    for number in range(begin, len(lines)):
        if number > begin and lines[number].lstrip().startswith("["):
            break
        if key.match(lines[number]):
            return number + 1
    return begin + 1


def _table(lines: list[str], place: Place) -> int:
    """The index of the innermost [header] on the way to `place`."""
    at = 0
    names: list[str] = []
    for part in place:
        if isinstance(part, str):
            names.append(part)
        header = re.compile(rf"\s*\[\[?\s*{re.escape('.'.join(names))}\s*\]")
        found = [number for number in range(at, len(lines)) if header.match(lines[number])]
        if isinstance(part, int) and part < len(found) + 1:
            at = found[part] if part < len(found) else at
        elif found:
            at = found[0]
    return at
