"""Whole calls to a real server over networks nobody would choose."""

import asyncio
from pathlib import Path

import pytest

from antiphon.testing.caller import CallerPlan
from antiphon.testing.voices import Voices
from tests.browser.test_booking_in_chromium import ANSWERS, OPENING, rows
from tests.network.lab import Blackout, Lab
from tests.network.served import (
    Served,
    differences_in_replay,
    overlap_ms,
    served_call,
    speaking,
    typing,
)
from tests.network.wire import Conditions

pytestmark = [pytest.mark.browser, pytest.mark.realtime, pytest.mark.spoken]

MOBILE = Conditions(delay_ms=20)
BAD = Conditions(delay_ms=40, jitter_ms=30, loss=0.1, reorder=True)
PLAN = CallerPlan("in one breath", OPENING, ANSWERS, expect={"name": "John Smith"})
BARGE_IN_MS = 1_000
"""Two who begin at once notice within so long, and one of them stops."""


async def test_a_booking_is_made_by_text_where_every_tenth_packet_is_lost_and_the_agent_is_heard(
    lab: Lab, warm_path: Path
) -> None:
    async with served_call(lab, warm_path) as served:
        await lab.set(BAD)
        await typing(served, PLAN).have_call()
        record = await served.complete_record()
        spans = await served.ear.audible()
        counts = await lab.counts()
        booked = rows(served.server, "SELECT client_name, time FROM salon_bookings")
    assert [("John Smith", "14:30")] == booked, record["transcript"]
    assert "done" == record["outcome"]
    assert sum(end - start for start, end in spans) > 10_000
    for count in counts.values():
        assert 0.1 == pytest.approx(count.lost / count.arrived, abs=0.04)
        assert count.overtaken > 10


async def test_a_booking_goes_on_after_a_blackout_and_nobody_talks_over_anybody(lab: Lab, warm_path: Path) -> None:
    await lab.set(MOBILE)
    async with served_call(lab, warm_path) as served:
        async with asyncio.TaskGroup() as tasks:
            fault = tasks.create_task(blackout_in_the_second_answer(lab, served, 8), name="blackout")
            tasks.create_task(speaking(served, PLAN, Voices(warm_path / "voices")).have_call(), name="caller")
        record = await served.complete_record()
        caller, agent = await served.caller_spoke(), await served.ear.audible()
        booked = rows(served.server, "SELECT count(*) FROM salon_bookings")
    dark = fault.result()
    assert dark.blocked["server"] > 100
    # Booked is what the recogniser understood; that it understands is for tests on a quiet network.
    assert ([(1,)], "done") == (booked, record["outcome"]), record["transcript"]
    assert overlap_ms(caller, agent) < BARGE_IN_MS
    assert [] == await differences_in_replay(warm_path, record["call"])


async def blackout_in_the_second_answer(lab: Lab, served: Served, seconds: float) -> Blackout:
    """The network goes away while the agent says its first sentence after the greeting."""
    thinking = await served.state("thinking", after=await served.state("listening"))
    await served.state("speaking", after=thinking)
    return await lab.blackout(seconds)
