"""A server with a language model: a whole call by text, over the model's real protocol."""

import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from antiphon.config.server import read_settings
from antiphon.core.proposal import Json
from antiphon.ports.reception import Visitor
from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.text_leg import TextLeg
from antiphon.wiring.house import House, open_house
from tests.brains.fake_llm import Reply, fake_llm
from tests.calls.test_salon_by_text import finished
from tests.calls.text_caller import have_call

PLAN = CallerPlan(
    "by model",
    "a haircut with maria on tuesday at half past two",
    {
        "person": "maria",
        "date": "tuesday",
        "time": "half past two",
        "name": "john smith",
        "phone": "212-555-0147",
        "confirm": "yes please",
        "anything_else": "no thanks",
    },
)


def house_with(folder: Path, base_url: str) -> AbstractAsyncContextManager[House]:
    """A house whose language model is at `base_url`; a server of that kind may want no key."""
    environment = {
        "ANTIPHON_HTTP": "127.0.0.1:0",
        "ANTIPHON_UDP": "127.0.0.1:0",
        "ANTIPHON_DATA": str(folder / "data"),
        "ANTIPHON_AGENTS": str(folder / "agents"),
        "OPENAI_BASE_URL": base_url,
    }
    return open_house(read_settings(environment), "demo")


def next_tuesday() -> str:
    from antiphon.adapters.clock import SystemClock

    today = SystemClock().utc().astimezone(ZoneInfo("America/New_York")).date()
    return (today + timedelta(days=(1 - today.weekday() - 1) % 7 + 1)).isoformat()


async def test_a_model_books_a_haircut_and_the_record_has_it(tmp_path: Path) -> None:
    day = next_tuesday()
    asked: dict[str, Json] = {"service_ids": ["haircut"], "stylist_id": "maria", "date_from": day, "date_to": day}
    book: dict[str, Json] = {
        "slot_id": f"maria@{day}T14:30",
        "service_ids": ["haircut"],
        "stylist_id": "maria",
        "client_name": "John Smith",
        "callback_number": "2125550147",
    }
    who = (
        ("remember", {"slot": "name", "value": "John Smith"}),
        ("remember", {"slot": "phone", "value": "212 555 0147"}),
    )
    replies = (
        Reply("", (("hand_off", {"to": "booking"}),)),
        Reply("", (("begin", {"task": "book"}), ("check_availability", {**asked, "time": "14:30"}))),
        Reply("That is free. What is your name?", (("remember", {"slot": "service", "value": "haircut"}),)),
        Reply("And your number?", who[:1]),
        Reply("", (who[1], ("book_appointment", book))),
        Reply("", (("book_appointment", book),)),
        Reply("You are booked. Anything else?"),
        Reply("Goodbye!", (("finish", {"outcome": "done"}),)),
    )
    async with fake_llm(*replies) as vendor, house_with(tmp_path, vendor.base_url) as house:
        leg = TextLeg(house.clock)
        call = await house.desk.admit(Visitor("demo", "salon"), leg)
        await have_call(leg, SimulatedCaller(PLAN))
        await leg.closed.wait()
        await finished(house, call)
        record = await house.records.get("demo", call)
    assert 8 == len(vendor.requests)
    assert ("done", "book") == (record["outcome"], record["task"])
    assert str(record["reference"]).startswith("GB-")
    slots = {name: slot["value"] for name, slot in record["slots"].items()}  # type: ignore[union-attr,call-overload,index]
    assert {
        "date": day,
        "time": "14:30",
        "person": "maria",
        "name": "John Smith",
        "phone": "2125550147",
    }.items() <= slots.items()
    assert ["check_availability", "book_appointment"] == [used["tool"] for used in record["tools"]]  # type: ignore[union-attr,call-overload,index]


async def test_a_vendor_that_breaks_in_mid_call_ends_nothing(tmp_path: Path) -> None:
    replies = (Reply("", (("hand_off", {"to": "booking"}),)), Reply("Let me", fault="cut"))
    async with fake_llm(*replies) as vendor, house_with(tmp_path, vendor.base_url) as house:
        leg = TextLeg(house.clock)
        call = await house.desk.admit(Visitor("demo", "salon"), leg)
        await have_call(leg, SimulatedCaller(PLAN))
        await leg.closed.wait()
        await finished(house, call)
        record = await house.records.get("demo", call)
    assert ["cut", "cut"] == vendor.landed, "twice, and then the link rests"
    assert ("done", "book") == (record["outcome"], record["task"])


def test_without_a_key_nothing_of_a_vendors_is_imported() -> None:
    code = (
        "import sys, antiphon.wiring.server, antiphon.wiring.checkup\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('openai', 'pydantic_ai')))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "[]" == printed.strip()
