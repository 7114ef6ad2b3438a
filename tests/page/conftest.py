"""What the page's tests share."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.page.visitor import chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all visits: each has a context of its own, so that nothing of one is known to the next."""
    async with chromium() as opened:
        yield opened
