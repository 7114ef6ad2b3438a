"""Draw the floor's transition table as docs/reference/floor.md.

python tools/draw_floor.py
"""

from pathlib import Path

from antiphon.core.commands import Floor
from antiphon.core.floor import TABLE, Cue

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "floor.md"
HEAD = """# Who holds the floor

Drawn from the table in `src/antiphon/core/floor.py` by `tools/draw_floor.py`. From everywhere, *call over* leads to *closed*.

"""


def page() -> str:
    """The page's text: a Mermaid state diagram and the table."""
    arrows = {pair: to for pair, to in TABLE.items() if pair[1] is not Cue.HUNG_UP}
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> open"]
    lines += [f"    {floor.value} --> {to.value}: {cue.value}" for (floor, cue), to in arrows.items()]
    lines += ["```", "", "| floor | cue | then |", "|---|---|---|"]
    lines += [f"| {floor.value} | {cue.value} | {to.value} |" for (floor, cue), to in arrows.items()]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    assert set(Floor) == {floor for floor, _ in TABLE}
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
