"""What every test shares: the longer limit of tests in real time, one at a time of those that speak, what engines have compiled."""

import fcntl
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

REALTIME_LIMIT_S = 120
COMPILED = ("data/cache", "voices")
settings.register_profile("house", deadline=None)  # a busy machine is no finding: 20 s a test are limit enough
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give realtime tests their limit, and run them last, so that a plain failure shows within seconds. Those that speak lie
    together before them, because lanes take tests from each other's ends: so one can speak while the other has the rest."""
    for item in items:
        if item.get_closest_marker("realtime") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(REALTIME_LIMIT_S))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker("spoken"):
        return 1
    return 2 if item.get_closest_marker("realtime") else 0


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """One spoken test at a time, in whichever lane: on a busy host one of the embedded recogniser's two decoders took 2.3 s of CPU
    for 4.6 s of speech. Waiting is not of the test's time, whose limit begins within."""
    if not item.get_closest_marker("spoken"):
        return (yield)
    with Path(__file__).open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return (yield)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What this run's engines have compiled so far."""
    folder = tmp_path_factory.mktemp("compiled")
    for place in COMPILED:
        (folder / place).mkdir(parents=True)
    return folder


@pytest.fixture
def warm_path(tmp_path: Path, compiled: Path) -> Path:
    """`tmp_path` for a server's `data` and callers' `voices`. Of other tests it has only what engines compile from the same words
    anyway: 2.4 s of CPU at a server's first start."""
    for place in COMPILED:
        link = tmp_path / place
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(compiled / place)
    return tmp_path
