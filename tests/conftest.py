"""What every test shares: the longer limit of tests that run media in real time, and what engines have compiled."""

from pathlib import Path

import pytest
from hypothesis import settings

REALTIME_LIMIT_S = 120
COMPILED = ("data/cache", "voices")
settings.register_profile("house", deadline=None)  # a busy machine is no finding: 20 s a test are limit enough
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give realtime tests their limit, and run them last, so that a plain failure shows within seconds."""
    for item in items:
        if item.get_closest_marker("realtime") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(REALTIME_LIMIT_S))
    items.sort(key=lambda item: item.get_closest_marker("realtime") is not None)


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
