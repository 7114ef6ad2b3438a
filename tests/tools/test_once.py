"""tools/once.sh skips a step by the content it reads, and never by a time."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT

ONCE = ROOT / "tools" / "once.sh"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one input; each run of the step writes a line to `ran`."""
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "a").write_text("first")
    return tmp_path


def step(folder: Path, *more_inputs: str, command: str = "echo x >> ran") -> int:
    """Run the step through once.sh; its exit code."""
    order = ["sh", str(ONCE), "step", "ran", "input", *more_inputs, "--", "sh", "-c", command]
    return subprocess.run(order, cwd=folder, capture_output=True, check=False).returncode


def runs(folder: Path) -> int:
    """How often the step has run."""
    return len((folder / "ran").read_text().splitlines())


def test_done_step_is_skipped(folder: Path) -> None:
    assert (0, 0) == (step(folder), step(folder))
    assert 1 == runs(folder)


def test_new_time_without_new_content_is_no_reason(folder: Path) -> None:
    step(folder)
    os.utime(folder / "input" / "a", (0, 0))
    step(folder)
    assert 1 == runs(folder)


def test_changed_content_runs_the_step_again(folder: Path) -> None:
    step(folder)
    (folder / "input" / "a").write_text("second")
    step(folder)
    assert 2 == runs(folder)


def test_new_name_for_the_same_content_runs_the_step_again(folder: Path) -> None:
    step(folder)
    (folder / "input" / "a").rename(folder / "input" / "b")
    step(folder)
    assert 2 == runs(folder)


def test_another_interpreter_runs_the_step_again(folder: Path) -> None:
    step(folder, "=Python 3.11")
    step(folder, "=Python 3.13")
    assert 2 == runs(folder)


def test_another_command_runs_the_step_again(folder: Path) -> None:
    step(folder)
    step(folder, command="echo y >> ran")
    assert 2 == runs(folder)


def test_deleted_output_is_made_again(folder: Path) -> None:
    step(folder)
    (folder / "ran").unlink()
    step(folder)
    assert 1 == runs(folder)


def test_failed_step_is_tried_again(folder: Path) -> None:
    assert 3 == step(folder, command="echo x >> ran; exit 3")
    assert 3 == step(folder, command="echo x >> ran; exit 3")
    assert 2 == runs(folder)


def test_step_that_fails_after_a_change_forgets_its_earlier_success(folder: Path) -> None:
    command = "echo x >> ran; test ! -e input/bad"
    assert 0 == step(folder, command=command)
    (folder / "input" / "bad").touch()
    assert 1 == step(folder, command=command)
    (folder / "input" / "bad").unlink()
    assert 0 == step(folder, command=command)
    assert 3 == runs(folder)


def test_what_was_built_inside_an_input_is_not_read(folder: Path) -> None:
    step(folder)
    for built in ("node_modules", "dist", "target"):
        (folder / "input" / built).mkdir()
        (folder / "input" / built / "file").write_text("made by a build")
    step(folder)
    assert 1 == runs(folder)
