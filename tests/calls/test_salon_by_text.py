"""A whole call by text: the booking, its record, its journal, and the replay of it."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from antiphon.core.commands import Command
from antiphon.core.conversation import Conversation
from antiphon.core.errors import ConfigError
from antiphon.core.events import Event
from antiphon.core.journal import replay
from antiphon.core.record import RecordFold
from antiphon.ports.reception import Visitor
from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.text_leg import TextLeg
from antiphon.wiring.house import House, open_house
from tests.calls.conftest import settings_in
from tests.calls.text_caller import have_call

PLAN = CallerPlan(
    "by text",
    "I'd like a haircut with Maria on {date} at 2:30pm",
    {
        "name": "John Smith",
        "phone": "212-555-0147",
        "confirm": "yes please",
        "anything_else": "no thanks",
    },
)


def in_days(house: House, days: int) -> str:
    """A working day's ISO date that far ahead in the salon's zone; never a Sunday."""
    day = (house.clock.utc().astimezone(ZoneInfo("America/New_York")) + timedelta(days=days)).date()
    return (day + timedelta(days=day.weekday() == 6)).isoformat()


async def finished(house: House, call: str) -> None:
    while call in house.desk.running("demo"):
        await asyncio.wait_for(asyncio.to_thread(lambda: None), 1)


async def test_a_haircut_is_booked_recorded_and_replayed(house: House, warm_path: Path) -> None:
    day = in_days(house, 4)
    plan = CallerPlan(PLAN.name, PLAN.opening.replace("{date}", day), PLAN.answers)
    leg, caller = TextLeg(house.clock), SimulatedCaller(plan)
    call = await house.desk.admit(Visitor("demo", "salon"), leg)
    await have_call(leg, caller)
    await leg.closed.wait()
    await finished(house, call)

    record = await house.records.get("demo", call)
    assert ("done", "text", "book") == (record["outcome"], record["channel"], record["task"])
    wanted = {"service": "haircut", "person": "maria", "date": day, "time": "14:30", "name": "John Smith"}
    slots = {name: slot["value"] for name, slot in record["slots"].items()}  # type: ignore[union-attr,call-overload,index]
    assert {**wanted, "phone": "2125550147"} == slots
    assert [1, 1, 1, 1] == [record["slots"][name]["turn"] for name in ("service", "person", "date", "time")]  # type: ignore[call-overload,index]
    assert str(record["reference"]).startswith("GB-")
    assert any(str(record["reference"]) in str(message) for message in leg.messages)
    assert ["check_availability", "book_appointment"] == [used["tool"] for used in record["tools"]]  # type: ignore[union-attr,call-overload,index]

    lines = [entry.line async for entry in house.journal.read("demo", call)]
    fold = RecordFold()
    for line in lines:
        fold.line(line)
    assert record == fold.record().to_json()

    parts = await house.agents.find("demo", "salon")
    conversation = Conversation(parts.policy, parts.agent.first_specialist, parts.judge)

    def orders(event: Event) -> Iterator[Command]:
        conversation.handle(event)
        while (command := conversation.poll()) is not None:
            yield command

    again = replay(lines, orders)
    assert ((), True) == (again.differences, again.commands > 10)


async def test_a_call_in_progress_is_in_the_list_and_its_journal_can_be_read(house: House) -> None:
    leg = TextLeg(house.clock)
    call = await house.desk.admit(Visitor("demo", None), leg)
    await leg.turn(0)
    assert [(call, None)] == [(row.call, row.ended) for row in await house.records.list("demo")]
    await house.desk.hang_up("demo", call, "enough")
    await leg.closed.wait()
    await finished(house, call)
    assert "HangUpAsked" in "".join([entry.line async for entry in house.journal.read("demo", call)])


async def test_a_caller_who_leaves_is_written_down_as_abandoned(house: House) -> None:
    leg = TextLeg(house.clock)
    call = await house.desk.admit(Visitor("demo", None), leg)
    await leg.turn(0)
    leg.type("I'd like a manicure")
    await leg.turn(len(leg.messages))
    leg.hang_up()
    await leg.closed.wait()
    await finished(house, call)
    assert "abandoned" == (await house.records.get("demo", call))["outcome"]
    assert () == house.desk.running("demo")


async def test_a_person_asked_for_ends_in_a_message_and_a_call_back(house: House) -> None:
    answers = {"name": "Anna Baker", "phone": "212 555 0188", "reason": "a complaint about my color"}
    caller = SimulatedCaller(
        CallerPlan("human", "can I speak to a real person", {**answers, "confirm": "yes", "anything_else": "no"})
    )
    leg = TextLeg(house.clock)
    call = await house.desk.admit(Visitor("demo", "salon"), leg)
    await have_call(leg, caller)
    await leg.closed.wait()
    await finished(house, call)
    record = await house.records.get("demo", call)
    assert ("callback", True) == (record["outcome"], str(record["reference"]).startswith("GB-"))


async def test_an_agent_whose_file_is_wrong_does_not_keep_the_others_from_answering(warm_path: Path) -> None:
    broken = warm_path / "agents" / "aaa" / "agent.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text('[agent]\ntitel = "Mine"\n')
    async with open_house(settings_in(warm_path), "demo") as house:
        assert "salon" == (await house.agents.find("demo", None)).agent.name
        leg = TextLeg(house.clock)
        call = await house.desk.admit(Visitor("demo", None), leg)
        await leg.turn(0)
        leg.hang_up()
        await leg.closed.wait()
        await finished(house, call)
        assert "salon" == (await house.records.get("demo", call))["agent"]
        with pytest.raises(ConfigError, match="did you mean 'title'"):
            await house.agents.find("demo", "aaa")
