"""The loss benchmark's calls, small: our core at both ends of a bad line, over real sockets."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.media.tones import strongest_hz, tone

ROOT = Path(__file__).parents[2]


@pytest.mark.realtime
def test_a_short_call_over_a_bad_line_leaves_what_was_heard_and_what_was_lost(tmp_path: Path) -> None:
    clips = {}
    for way, hz in (("up", 440), ("down", 880)):
        clip = tmp_path / f"{way}.pcm"
        clip.write_bytes(tone(hz, 3, 16_000))
        clips[way] = [str(clip)]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(clips))
    subprocess.run(
        [sys.executable, "-m", "benchmarks.load.bad_line", "antiphon-antiphon", "0.2", "0", "0", "1", plan, tmp_path],
        cwd=ROOT,
        env={"PYTHONPATH": "src:.", "PATH": "/usr/bin:/bin"},
        check=True,
    )
    counts = json.loads((tmp_path / "counts.json").read_text())["1"]
    for way, hz in (("up", 440), ("down", 880)):
        link, listener = counts[way]["link"], counts[way]["listener"]
        assert link["lost"] > 10, "the loss must have happened"
        assert link["lost"] == pytest.approx(
            listener["lost"] + listener["recovered_by_red"] - listener["outrun_by_red"], abs=4
        )
        heard = np.frombuffer((tmp_path / f"1-{way}-0.pcm").read_bytes(), "<i2")
        assert hz == pytest.approx(strongest_hz(heard, 16_000), abs=3)
