"""The command line answers at once and names what it does not know."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from antiphon.cli import VERBS, run


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["--help"])
    output = capsys.readouterr().out
    assert [] == [name for name in VERBS if f"\n  {name} " not in output]


def test_help_imports_no_library() -> None:
    """`antiphon --help` is instant because it loads none of what the verbs need."""
    code = "import sys; from antiphon.cli import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = ("asyncio", "argparse", "numpy", "fastapi", "sqlalchemy", "pydantic", "onnxruntime")
    assert [] == [name for name in heavy if f"'{name}'" in done.stderr]


def test_unknown_verb_is_named_and_the_known_ones_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["sing"])
    said = capsys.readouterr().err
    assert "'sing'" in said
    assert "doctor" in said


def test_no_verb_is_not_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run([])
    assert capsys.readouterr().out.startswith("usage:")


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        import_module(f"antiphon.cli.{name}").main(["--help"])
    assert 0 == left.value.code
    assert f"antiphon {name}" in capsys.readouterr().out


def test_a_call_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTIPHON_DATA", str(tmp_path / "data"))
    assert 2 == run(["replay", "call_nope"])
    assert "antiphon: There is no call call_nope.\n" == capsys.readouterr().err
