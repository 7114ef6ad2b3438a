"""A caller who wants what cannot be had: offered the same twice, then something that may help. Now is Friday 2026-11-20, 15:00."""

from dataclasses import replace

import pytest

from antiphon.agents import load_options, read_agent
from antiphon.brains.dialogue import DialogueBrain
from antiphon.core.agent import Agent
from antiphon.testing.text_dialogue import TextDialogue
from tests.brains.fake_salon import FOLDER, NOW, FakeSalon, open_desk
from tests.brains.test_dialogues import ASK, WHO, have

TAKEN = "maria 2026-11-24 14:30"
INSISTS = ("half past two", "no i want half past two on tuesday")


def full_but_for(day: str) -> FakeSalon:
    """Half past two is taken on every day but one."""
    days = [f"2026-11-{number}" for number in (20, 21, 23, 24, 25, 26, 27)]
    return FakeSalon(busy={f"maria {other} 14:30" for other in days if other != day})


async def test_the_same_times_are_offered_twice_and_then_the_wanted_one_on_other_days() -> None:
    desk = await open_desk(FakeSalon(busy={TAKEN}))
    first = await desk.say(ASK)
    assert first == await desk.say(INSISTS[0])
    third = await desk.say(INSISTS[1])
    assert "other days" in third
    assert 3 == third.count("two thirty pm with Maria")
    assert "Tuesday" not in third
    await have(desk, "wednesday", *WHO)
    read_back = desk.history[-1]
    assert "on Wednesday, November twenty fifth at two thirty pm" in str(read_back)


@pytest.mark.parametrize("still", ["no tuesday", "no i want half past two on tuesday", "tuesday at half past two"])
async def test_who_insists_even_then_is_called_back(still: str) -> None:
    salon = FakeSalon(busy={TAKEN})
    desk = await open_desk(salon)
    said = await have(desk, ASK, *INSISTS, still)
    assert "nothing else to offer" in said
    assert "call you back" in said
    assert ("message", "name") == (desk.state.task, desk.asked)
    await have(desk, *WHO, "about a haircut", "yes")
    assert 1 == len(salon.messages)


async def test_the_time_alone_does_not_choose_among_days_that_all_have_it_and_is_not_asked_for_ever() -> None:
    desk = await open_desk(FakeSalon(busy={TAKEN}))
    await have(desk, ASK, *INSISTS)
    for _ in range(2):
        again = await desk.say("half past two")
        assert ("choice", "message") != (desk.asked, desk.state.task)
        if desk.state.task == "message":
            break
        assert "Which would you like?" in again
    assert "message" == desk.state.task
    assert "book_appointment" not in desk.tools


async def test_where_the_time_is_taken_on_other_days_too_the_nearest_ones_are_named() -> None:
    salon = full_but_for("2026-11-27")
    salon.busy.add("maria 2026-11-27 14:30")
    desk = await open_desk(salon)
    said = await have(desk, ASK, *INSISTS)
    assert "other days" in said
    assert "not free" in said
    assert "Which would you like?" in said


async def test_another_wish_in_between_begins_anew() -> None:
    desk = await open_desk(FakeSalon(busy={TAKEN, "maria 2026-11-24 16:00"}))
    await have(desk, ASK, INSISTS[0])
    offer = await desk.say("then four o'clock")
    assert "other days" not in offer
    assert "not free" in offer
    assert "other days" not in await desk.say("half past two then")


async def test_a_booking_after_the_message_is_as_patient_as_the_first() -> None:
    desk = await open_desk(FakeSalon(busy={TAKEN}))
    await have(desk, ASK, *INSISTS, "no tuesday", *WHO, "about a haircut", "yes")
    said = await have(desk, ASK)
    assert "not free" in said
    assert "other days" not in said


async def test_where_only_one_day_will_do_a_message_is_taken_at_once() -> None:
    agent, salon = read_agent(FOLDER), FakeSalon(busy={TAKEN})
    fixed: Agent = replace(agent, slots={**agent.slots, "date": replace(agent.slots["date"], any=False)})
    desk = TextDialogue(fixed, DialogueBrain(fixed, await load_options(fixed, salon, "demo")), salon, NOW)
    await desk.greet()
    said = await have(desk, ASK, *INSISTS)
    assert "other days" not in said
    assert ("message", "name") == (desk.state.task, desk.asked)
