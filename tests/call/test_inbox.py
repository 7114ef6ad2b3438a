"""Events wait for the call's loop, and none is overtaken by a deadline."""

import asyncio

from antiphon.call.inbox import Inbox
from antiphon.core.events import LegConnected, TextTyped


async def test_events_come_in_the_order_in_which_they_were_posted() -> None:
    inbox = Inbox()
    inbox.post(LegConnected(1))
    inbox.post(TextTyped(2, "hello"))
    assert await inbox.wait(None)
    assert [LegConnected(1), TextTyped(2, "hello"), None] == [inbox.take(), inbox.take(), inbox.take()]


async def test_time_that_passes_without_an_event_is_told() -> None:
    assert not await Inbox().wait(0)


async def test_an_event_wakes_who_waits() -> None:
    inbox = Inbox()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(inbox.wait(None), name="waiting")
        await asyncio.sleep(0)
        inbox.post(LegConnected(1))
    assert waiting.result()


async def test_an_event_that_comes_just_as_the_time_is_up_goes_first() -> None:
    """The deadline would be stamped later than the event behind it, and a conversation whose time goes back is broken off."""
    inbox, happened = Inbox(), list[str]()

    def post() -> None:
        happened.append("waits" if not waiting.done() else "has been told")
        inbox.post(LegConnected(1))

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(inbox.wait(0), name="waiting")
        await asyncio.sleep(0)  # the time is up in the loop's next turn, and the task runs again in the one after
        asyncio.get_running_loop().call_soon(post)
    assert ["waits"] == happened
    assert waiting.result()
