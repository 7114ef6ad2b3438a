"""What the page's tests share."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.page.visitor import chromium


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of its own for each test: nothing of one visit is known to the next."""
    async with chromium() as opened:
        yield opened
