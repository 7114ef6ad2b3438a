"""The floor's table, and its picture in the documentation."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from antiphon.core.commands import Floor
from antiphon.core.floor import TABLE, Cue, after

ROOT = Path(__file__).parents[2]


def test_every_floor_can_be_left_and_all_but_the_first_can_be_reached() -> None:
    assert set(Floor) == {floor for floor, _ in TABLE}
    assert set(Floor) == set(TABLE.values())


def test_nothing_follows_the_end_of_a_call() -> None:
    assert {Floor.CLOSED} == {after(Floor.CLOSED, cue) for cue in Cue}


def test_the_documentation_shows_the_table_as_it_is() -> None:
    spec = spec_from_file_location("draw_floor", ROOT / "tools" / "draw_floor.py")
    assert spec is not None
    assert spec.loader is not None
    drawing = module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert drawing.page() == (ROOT / "docs" / "reference" / "floor.md").read_text(encoding="utf-8")
