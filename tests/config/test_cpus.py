"""How many CPUs a process may use."""

import os
from pathlib import Path

import pytest

from antiphon.config.cpus import available_cpus
from antiphon.config.server import read_settings
from antiphon.core.errors import ConfigError


@pytest.fixture
def quota(tmp_path: Path) -> Path:
    return tmp_path / "cpu.max"


def test_without_a_quota_those_of_the_scheduler_count(quota: Path) -> None:
    assert len(os.sched_getaffinity(0)) == available_cpus(quota)
    quota.write_text("max 100000\n")
    assert len(os.sched_getaffinity(0)) == available_cpus(quota)


@pytest.mark.parametrize("text", ["100000 100000\n", "50000 100000\n", "199000 100000\n"])
def test_a_containers_quota_counts_in_whole_cpus_and_at_least_one(quota: Path, text: str) -> None:
    quota.write_text(text)
    assert 1 == available_cpus(quota)


def test_a_quota_beyond_the_machine_gives_no_more_than_the_machine(quota: Path) -> None:
    quota.write_text("100000000 100000\n")
    assert len(os.sched_getaffinity(0)) == available_cpus(quota)


def test_media_has_a_thread_for_each_cpu_unless_told_otherwise() -> None:
    assert min(64, available_cpus()) == read_settings({}).media_threads
    assert 3 == read_settings({"ANTIPHON_MEDIA_THREADS": "3"}).media_threads


@pytest.mark.parametrize("text", ["0", "65", "two"])
def test_a_number_of_threads_nobody_can_mean_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match="ANTIPHON_MEDIA_THREADS"):
        read_settings({"ANTIPHON_MEDIA_THREADS": text})
