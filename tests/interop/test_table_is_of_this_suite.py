"""The table in the documentation has the rows and the stacks of the suite, and was written by a run in which nothing failed."""

from tests.interop.stacks import STACKS
from tests.interop.table import BESIDE, FAILED, PAGE, PASSED, Timed, render, rows


def table() -> list[list[str]]:
    """The cells of the committed table."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_committed_table_has_the_suites_rows() -> None:
    """If this fails: `make interop`."""
    assert [row.replace("_", " ") for row in rows()] + [BESIDE] == [line[0] for line in table()[2:]]


def test_committed_table_has_the_suites_stacks() -> None:
    """If this fails: `make interop`, where all of them are."""
    named = [cell.rpartition(" ")[0] for cell in table()[0][1:]]
    assert [stack.name for stack in STACKS] == named


def test_committed_table_has_no_failure_and_says_why_a_cell_is_empty() -> None:
    lacking = {(row.replace("_", " "), stack.name) for stack in STACKS for row in stack.lacks}
    for line in table()[2:-1]:
        for stack, cell in zip(STACKS, line[1:], strict=True):
            assert ((line[0], stack.name) in lacking) == (cell != PASSED), f"{line[0]} with {stack.name}: {cell}"


def test_a_row_that_failed_is_written_as_failed() -> None:
    cells = {(rows()[0], stack.name): FAILED for stack in STACKS}
    page = render(cells, {"aiortc": Timed("aiortc 1.2.3", [1.0, 2.0, 3.0])})
    assert f"| {rows()[0].replace('_', ' ')} |{f' {FAILED} |' * len(STACKS)}" in page
    assert "| aiortc 1.2.3 |" in page
    assert "2 / 3 ms" in page


def test_what_a_stack_lacks_is_a_row() -> None:
    assert set() == {row for stack in STACKS for row in stack.lacks} - set(rows())
