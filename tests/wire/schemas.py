"""Validators for protocol/, by file and definition."""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

PROTOCOL = Path(__file__).resolve().parents[2] / "protocol"


@cache
def registry() -> Registry:
    """All schema files, by their $id."""
    contents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(PROTOCOL.glob("*.schema.json"))]
    return Registry().with_resources([(each["$id"], Resource.from_contents(each)) for each in contents])


@cache
def validator(file: str, definition: str) -> Draft202012Validator:
    """Of `protocol/{file}.schema.json#/$defs/{definition}`."""
    return Draft202012Validator({"$ref": f"{file}.schema.json#/$defs/{definition}"}, registry=registry())


def faults(file: str, definition: str, value: object) -> list[str]:
    """What is wrong with `value`, nothing if it is right."""
    return [f"{error.json_path}: {error.message}" for error in validator(file, definition).iter_errors(value)]
