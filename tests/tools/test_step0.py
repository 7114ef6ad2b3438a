"""tools/step0.sh names all that is missing in one line. Always with --say: no test installs anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT

STEP0 = ROOT / "tools" / "step0.sh"
PLAIN = ("sh", "sed", "sort", "head", "printf", "id", "env")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH on which nothing but the plainest tools is found."""
    for tool in PLAIN:
        if found := shutil.which(tool):
            (tmp_path / tool).symlink_to(found)
    return tmp_path


def has(machine: Path, program: str, says: str) -> None:
    """Put a program there that tells its version, and does all else quietly and well."""
    script = machine / program
    script.write_text(f"#!/bin/sh\n[ \"$1\" != --version ] || echo '{says}'\n")
    script.chmod(0o755)


def complete(machine: Path) -> None:
    """All that `make test` needs."""
    has(machine, "python3", "Python 3.11.2")
    has(machine, "rustc", "rustc 1.96.0 (abc 2026-05-01)")
    for program in ("cc", "cmake", "cargo", "cargo-clippy", "rustfmt", "chromium", "ip"):
        has(machine, program, f"{program} 1.0")


def step0(machine: Path, goal: str) -> tuple[int, str]:
    """Exit code and what was said."""
    order = [str(machine / "sh"), str(STEP0), goal, "--say"]
    done = subprocess.run(order, env={"PATH": str(machine)}, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr + done.stdout


def test_complete_machine_hears_nothing(machine: Path) -> None:
    complete(machine)
    assert (0, "") == step0(machine, "test")


def test_everything_missing_is_one_line(machine: Path) -> None:
    code, said = step0(machine, "test")
    assert 1 == code
    assert 1 == said.count("\n")
    missing = said.partition(" Install with")[0]
    for part in ("Python ≥ 3.11", "a C compiler", "cmake", "rustc ≥ 1.89", "clippy", "rustfmt", "Chromium"):
        assert part in missing
    assert "apt-get install -y" in said


def test_talking_needs_neither_chromium_nor_clippy(machine: Path) -> None:
    complete(machine)
    for program in ("cargo-clippy", "rustfmt", "chromium"):
        (machine / program).unlink()
    assert (0, "") == step0(machine, "demo")
    assert 1 == step0(machine, "test")[0]


@pytest.mark.parametrize(("user", "wanted"), [(0, True), (1000, False)])
def test_networks_for_tests_are_asked_for_where_root_can_have_them(machine: Path, user: int, wanted: bool) -> None:
    complete(machine)
    (machine / "ip").unlink()
    (machine / "id").unlink()
    (machine / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (machine / "id").chmod(0o755)
    code, said = step0(machine, "test")
    assert wanted == (code == 1)
    assert wanted == ("iproute2" in said)


@pytest.mark.parametrize(
    ("version", "enough"), [("1.63.0", False), ("1.88.9", False), ("1.89.0", True), ("1.100.0", True), ("2.0.0", True)]
)
def test_versions_are_compared_as_numbers(machine: Path, version: str, enough: bool) -> None:
    complete(machine)
    has(machine, "rustc", f"rustc {version} (abc 2026-05-01)")
    code, said = step0(machine, "demo")
    assert enough == (code == 0)
    assert enough or f"(found {version})" in said


def test_old_rust_is_answered_with_debians_current_one(machine: Path) -> None:
    complete(machine)
    has(machine, "rustc", "rustc 1.63.0")
    assert "rustc-web cargo-web" in step0(machine, "demo")[1]


def test_old_python_is_named(machine: Path) -> None:
    complete(machine)
    has(machine, "python3", "Python 3.10.13")
    assert "Python ≥ 3.11" in step0(machine, "demo")[1]


def test_python_without_venv_is_named(machine: Path) -> None:
    complete(machine)
    (machine / "python3").write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.11.2" && exit 0\nexit 1\n')
    assert "python3-venv" in step0(machine, "demo")[1]
