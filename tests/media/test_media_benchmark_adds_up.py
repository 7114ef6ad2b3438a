"""What the media benchmark makes of its windows."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from benchmarks.cost import plot, table
from benchmarks.cost.plan import FULL, Run
from benchmarks.cost.servers import SERVERS
from benchmarks.cost.window import STAGES, Window, within
from benchmarks.media import Log

FAIR = Window(
    server="antiphon",
    shape="talking",
    calls=10,
    ms_per_call_second=4.0,
    stages={**dict.fromkeys(STAGES, 0.5), "python": 0.5},
    mb_per_call=0.3,
    frames_in_per_call_second=50.0,
    left_out_per_call_second=0.0,
    packets_out_per_call_second=50.0,
    late_per_thousand=0.0,
    p99_late_ms=5.0,
    sounding=0.8,
    forwarded_percent=0.0,
    far_jitter_ms=1.0,
    lost=0,
    server_cpus=0.04,
    load_cpus=0.04,
    others_cpus=0.0,
    stolen_cpus=0.0,
)


def test_a_server_is_beyond_its_limit_when_it_is_late_full_or_hears_too_little() -> None:
    assert FAIR.trouble() is None
    assert "p99 of lateness beyond 5 ms" == replace(FAIR, p99_late_ms=6.0).trouble()
    assert "its CPU is full" == replace(FAIR, server_cpus=0.99).trouble()
    assert "the callers' CPU is full" == replace(FAIR, load_cpus=0.99).trouble()
    assert "40.0 of 50 frames a second were heard" == replace(FAIR, frames_in_per_call_second=40.0).trouble()


def test_silence_that_was_left_out_counts_as_heard() -> None:
    assert replace(FAIR, frames_in_per_call_second=18.0, left_out_per_call_second=32.0).trouble() is None


def test_two_threads_may_fill_more_than_one_cpu() -> None:
    assert replace(FAIR, server="antiphon2", server_cpus=1.4).trouble() is None


def test_what_reflects_is_judged_by_what_came_back() -> None:
    reflected = replace(FAIR, server="pion", frames_in_per_call_second=0.0, p99_late_ms=None)
    assert reflected.trouble() is None
    assert "45.0 of 50 frames a second were heard" == replace(reflected, packets_out_per_call_second=45.0).trouble()


def test_the_median_is_of_windows_that_kept_pace() -> None:
    costs = (4.0, 5.0, 9.0)
    windows = [replace(FAIR, ms_per_call_second=ms) for ms in costs]
    behind = replace(FAIR, ms_per_call_second=1.0, late_per_thousand=500.0)
    row = table.summary([*windows, behind])[0]
    assert (5.0, 3) == (row["ms_per_call_second"], row["windows"])
    assert [1.0] == [row["ms_per_call_second"] for row in table.summary([behind])]


def test_the_limit_is_the_last_size_before_the_first_trouble() -> None:
    late = {200: 20.0, 300: 4.0}
    sizes = [replace(FAIR, calls=calls, p99_late_ms=late.get(calls, 4.0)) for calls in (10, 100, 200, 300)]
    limit = table.limits(table.summary(sizes), [])
    assert [(100, 200, "p99 of lateness beyond 5 ms")] == [(r["carried"], r["not_carried"], r["why"]) for r in limit]


def test_callers_who_did_not_come_through_are_the_limit_too() -> None:
    sizes = [replace(FAIR, calls=calls) for calls in (10, 100)]
    failure = {"server": "antiphon", "shape": "talking", "calls": 200, "failure": "only 180 of 200 callers connected"}
    limit = table.limits(table.summary(sizes), [failure])[0]
    assert (100, 200, failure["failure"]) == (limit["carried"], limit["not_carried"], limit["why"])


def test_ratios_are_to_every_size_of_every_other_system() -> None:
    others = [
        replace(FAIR, server="aiortc", calls=calls, ms_per_call_second=ms) for calls, ms in ((10, 40.0), (20, 48.0))
    ]
    found = table.ratios(table.summary([FAIR, *others]))
    assert {"aiortc at 10": 10.0, "aiortc at 20": 12.0} == found[0]["times"]


def test_cost_is_flat_when_it_is_the_same_with_ten_calls_and_a_hundred() -> None:
    windows = [replace(FAIR, calls=10, ms_per_call_second=4.4), replace(FAIR, calls=100)]
    assert [1.1] == [row["cost_at_10_beside_100"] for row in table.flatness(table.summary(windows))]


@pytest.mark.parametrize("share, edge", [(0.5, 1.0), (0.99, 5.0), (0.999, float("inf"))])
def test_lateness_is_that_of_the_window_alone(share: float, edge: float) -> None:
    before, after = [(1, 1_000), (5, 0), (None, 7)], [(1, 1_900), (5, 95), (None, 12)]
    assert edge == within(share, before, after)


def test_an_interrupted_run_goes_on_after_what_it_has(tmp_path: Path) -> None:
    path, run = tmp_path / "media.part.jsonl", Run("antiphon", "talking", 10, 6.0)
    first = Log(path, resume=False)
    first.add(asdict(FAIR))
    first.add({"server": "antiphon", "shape": "talking", "calls": 200, "failure": "nobody came"})
    again = Log(path, resume=True)
    assert (1, [FAIR]) == (again.times(run), again.windows)
    assert again.is_beyond(Run("antiphon", "talking", 250, 6.0))
    assert not again.is_beyond(Run("antiphon", "talking", 150, 6.0))
    assert (0, []) == (Log(path, resume=False).times(run), Log(path, resume=True).windows)


def test_every_result_of_the_full_plan_is_drawn_and_told(tmp_path: Path) -> None:
    stages = FAIR.stages
    windows = [
        replace(
            FAIR,
            server=run.server,
            shape=run.shape,
            calls=run.calls,
            stages=stages if "antiphon" in run.server else None,
        )
        for run in FULL
    ]
    kept = table.result(windows, [])
    for name in ("cost", "stages", "limit"):
        getattr(plot, name)(kept, tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").stat().st_size > 10_000
    told = table.markdown(kept)
    assert all(server.label in told for server in SERVERS.values())
    assert len({line.count("|") for line in told.split("\n\n")[0].splitlines()}) == 1
