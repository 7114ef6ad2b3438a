"""One house and one start of each stack for all its rows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.interop.desk import Desk, open_desk
from tests.interop.peer import Peer, Stack, UnobtainableError
from tests.interop.stacks import STACKS, Contender


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    """Where the peers call."""
    async with open_desk() as opened:
        yield opened


@pytest.fixture(scope="module", params=STACKS, ids=lambda contender: contender.name)
def contender(request: pytest.FixtureRequest) -> Contender:
    """Each stack in turn."""
    chosen: Contender = request.param
    return chosen


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(contender: Contender) -> AsyncIterator[Stack]:
    """The stack, started."""
    async with AsyncExitStack() as opened:
        try:
            started = await opened.enter_async_context(contender.open())
        except UnobtainableError as missing:
            pytest.skip(str(missing))
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def peer(request: pytest.FixtureRequest, contender: Contender, stack: Stack) -> AsyncIterator[Peer]:
    """A call's far end, for the rows that its interface allows."""
    row = request.node.originalname.removeprefix("test_")
    if row in contender.lacks:
        pytest.skip(contender.lacks[row])
    async with stack.peer() as made:
        yield made
