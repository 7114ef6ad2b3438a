"""The lab, for tests on a machine that can have one."""

from collections.abc import AsyncIterator

import pytest

from tests.network.lab import Lab, network_lab
from tests.network.namespace import why_not


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A server's network, a client's, and a perfect wire between them."""
    if reason := why_not():
        pytest.skip(reason)
    async with network_lab() as opened:
        yield opened
