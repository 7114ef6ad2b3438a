"""What every test shares: the longer limit of tests that run media in real time."""

import pytest

REALTIME_LIMIT_S = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give realtime tests their limit, and run them last, so that a plain failure shows within seconds."""
    for item in items:
        if item.get_closest_marker("realtime") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(REALTIME_LIMIT_S))
    items.sort(key=lambda item: item.get_closest_marker("realtime") is not None)
