"""The benchmark itself, small: both of its processes, one window."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.realtime
def test_a_quick_window_measures_three_calls_that_hear_and_are_heard() -> None:
    command = [sys.executable, "-m", "benchmarks.media", "--quick"]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": "src:.", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    row = json.loads(ran.stdout)["table"][0]
    assert ("antiphon", 3) == (row["server"], row["calls"])
    assert 50 == pytest.approx(row["frames_in_per_call_second"], rel=0.1)
    assert 50 == pytest.approx(row["packets_out_per_call_second"], rel=0.1)
    assert 0 < row["ms_per_call_second"] < 100
    assert row["sounding"] > 0.5
    assert sum(row["stages"].values()) == pytest.approx(row["ms_per_call_second"], rel=0.3)
