"""`_media.pyi` is written by hand; mypy's stubtest compares it with the compiled module."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(60)
def test_stub_and_compiled_core_agree() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "antiphon._media", "--concise"],
        cwd=ROOT,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin", "MYPYPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
