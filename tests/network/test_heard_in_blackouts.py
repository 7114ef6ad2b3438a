"""What the journal says a caller heard, the page did hear: the network was gone in between."""

from pathlib import Path

import pytest

from tests.network.lab import Lab
from tests.network.served import differences_in_replay, heard_ms, served_call
from tests.network.wire import Conditions

pytestmark = [pytest.mark.browser, pytest.mark.realtime]

MOBILE = Conditions(delay_ms=20)
INTO_THE_GREETING_MS = 1_500
"""Media must have flowed for a second before its absence says that the network is gone."""
VOICED_SHARE = 0.7
"""Of the agent's greeting 85 % are voice and the rest pauses; a word on either side of the gap may be faint."""


@pytest.mark.parametrize("seconds", [4, 12])
async def test_a_greeting_that_the_network_cut_in_two_is_heard_whole(lab: Lab, warm_path: Path, seconds: int) -> None:
    await lab.set(MOBILE)
    async with served_call(lab, warm_path) as served:
        await served.ear.loud_after(await served.ear.loud_after(0) + INTO_THE_GREETING_MS)
        dark = await lab.blackout(seconds)
        await served.state("listening")
        spans = await served.ear.audible()
        await served.page.evaluate("antiphon.call.hangUp()")
        record = await served.complete_record()
    assert dark.blocked["client"] > 5
    greeting = record["transcript"][0]
    assert not greeting["cut"]
    assert sum(end - start for start, end in spans) > VOICED_SHARE * greeting["heard_ms"]
    assert [] == await differences_in_replay(warm_path, record["call"])


async def test_a_caller_who_cannot_be_heard_is_not_asked_whether_they_are_there(lab: Lab, warm_path: Path) -> None:
    await lab.set(MOBILE)
    async with served_call(lab, warm_path) as served:
        await served.state("listening")
        dark = await lab.blackout(12)
        after_ms = await served.ear.loud_after(dark.ended_ms)
        await served.state("listening", after=await served.state("speaking", after=await served.state("listening")))
        spans = await served.ear.audible()
        await served.page.evaluate("antiphon.call.hangUp()")
        record = await served.complete_record()
    assert dark.blocked["server"] > 100
    assert 1 == record["silences"]
    assert after_ms > dark.ended_ms + 1_000, "the caller has time to speak before being asked"
    assert sum(end - start for start, end in spans) > VOICED_SHARE * heard_ms(record)
