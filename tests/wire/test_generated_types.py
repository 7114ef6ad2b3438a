"""The types in the tree are those of the schemas, and the schemas mean what they say."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from jsonschema import Draft202012Validator

from antiphon.wire import call_record, http_bodies, page_messages
from tests.wire.schemas import PROTOCOL, faults

ROOT = PROTOCOL.parent
FILES = sorted(path.name.removesuffix(".schema.json") for path in PROTOCOL.glob("*.schema.json"))


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """tools/generate_protocol.py, which is a program and no package."""
    spec = importlib.util.spec_from_file_location("generate_protocol", ROOT / "tools" / "generate_protocol.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generating_again_changes_nothing(generator: ModuleType) -> None:
    """If this fails: `python tools/generate_protocol.py`."""
    written: dict[Path, str] = generator.generated()
    stale = [path.relative_to(ROOT) for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    assert (2 * len(FILES), []) == (len(written), stale)


def test_a_keyword_the_generator_would_drop_stops_it(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"title": "t", "$defs": {"Odd": {"type": "string", "pattern": "x"}}}
    (tmp_path / "odd.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    monkeypatch.setattr(generator, "PROTOCOL", tmp_path)
    with pytest.raises(ValueError, match="pattern"):
        generator.load("odd")


@pytest.mark.parametrize("name", FILES)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((PROTOCOL / f"{name}.schema.json").read_text(encoding="utf-8")))


def test_fields_that_carry_what_a_caller_said_are_marked() -> None:
    assert ("value", "said") == page_messages.PERSONAL["Slot"]
    assert {"FinalWords", "TypedText", "Heard"} <= page_messages.PERSONAL.keys()
    assert {"RecordedTurn", "RecordedSlot", "RecordedTool"} <= call_record.PERSONAL.keys()
    assert not hasattr(http_bodies, "PERSONAL")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": "a haircut"},
        {"type": "playout", "reply": 0, "position_ms": 1200},
        {"type": "mute", "muted": True},
        {"type": "hangup"},
    ],
)
def test_a_page_may_say(message: dict[str, object]) -> None:
    assert [] == faults("page", "CallerMessage", message)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": ""},
        {"type": "text"},
        {"type": "playout", "reply": -1, "position_ms": 0},
        {"type": "shout", "text": "a"},
    ],
)
def test_a_page_may_not_say(message: dict[str, object]) -> None:
    assert faults("page", "CallerMessage", message)
