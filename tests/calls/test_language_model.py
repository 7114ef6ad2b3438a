"""A server with a language model: whole calls over the model's real protocol, in this process and in one of the server's own."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from antiphon.adapters.clock import SystemClock
from antiphon.config.server import read_settings
from antiphon.core.proposal import Json
from antiphon.ports.reception import Visitor
from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.dialler import open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.text_leg import TextLeg
from antiphon.wiring.house import House, open_house
from tests.brains.fake_llm import FakeLlm, Reply, fake_llm
from tests.calls.test_salon_by_text import finished
from tests.calls.test_salon_by_voice import record_of
from tests.calls.text_caller import have_call

SECRET = "sk-marked-secret-of-the-vendor"
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
    """A house whose language model is at `base_url`."""
    environment = {
        "ANTIPHON_HTTP": "127.0.0.1:0",
        "ANTIPHON_UDP": "127.0.0.1:0",
        "ANTIPHON_DATA": str(folder / "data"),
        "ANTIPHON_AGENTS": str(folder / "agents"),
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": SECRET,
    }
    return open_house(read_settings(environment), "demo")


def next_tuesday() -> str:
    today = SystemClock().utc().astimezone(ZoneInfo("America/New_York")).date()
    return (today + timedelta(days=(1 - today.weekday() - 1) % 7 + 1)).isoformat()


def booking(day: str) -> tuple[Reply, ...]:
    """What a model answers that books PLAN's haircut."""
    asked: dict[str, Json] = {"service_ids": ["haircut"], "stylist_id": "maria", "date_from": day, "date_to": day}
    book: dict[str, Json] = {
        "slot_id": f"maria@{day}T14:30",
        "service_ids": ["haircut"],
        "stylist_id": "maria",
        "client_name": "John Smith",
        "callback_number": "2125550147",
    }
    name = ("remember", {"slot": "name", "value": "John Smith"})
    phone = ("remember", {"slot": "phone", "value": "212 555 0147"})
    return (
        Reply("", (("hand_off", {"to": "booking"}),)),
        Reply("", (("begin", {"task": "book"}), ("check_availability", {**asked, "time": "14:30"}))),
        Reply("That is free. What is your name?", (("remember", {"slot": "service", "value": "haircut"}),)),
        Reply("And your number?", (name,)),
        Reply("", (phone, ("book_appointment", book))),
        Reply("You are booked. Anything else?"),
        Reply("Goodbye!", (("finish", {"outcome": "done"}),)),
    )


def check(record: Mapping[str, Any], day: str) -> None:
    assert ("done", "book") == (record["outcome"], record["task"])
    assert record["reference"].startswith("GB-")
    slots = {name: slot["value"] for name, slot in record["slots"].items()}
    wanted = {"service": "haircut", "person": "maria", "date": day, "time": "14:30"}
    wanted |= {"name": "John Smith", "phone": "2125550147"}
    assert wanted == {name: slots[name] for name in wanted}
    used = [each["tool"] for each in record["tools"]]
    assert ("check_availability", 1) == (used[0], used.count("book_appointment"))


async def call_by_text(house: House) -> Mapping[str, Any]:
    """PLAN's call; its record."""
    leg = TextLeg(house.clock)
    call = await house.desk.admit(Visitor("demo", "salon"), leg)
    await have_call(leg, SimulatedCaller(PLAN))
    await leg.closed.wait()
    await finished(house, call)
    return await house.records.get("demo", call)


async def test_a_model_books_a_haircut_and_the_record_has_it(warm_path: Path) -> None:
    day = next_tuesday()
    async with fake_llm(*booking(day)) as vendor, house_with(warm_path, vendor.base_url) as house:
        record = await call_by_text(house)
    check(record, day)
    assert 7 == len(vendor.requests)


@pytest.mark.parametrize("fault", ["cut", "500", "garbage"])
async def test_a_vendor_that_breaks_in_mid_call_ends_nothing(warm_path: Path, fault: str) -> None:
    replies = (*booking(next_tuesday())[:3], Reply(f"Let me {SECRET}", fault=fault))
    with capture_logs() as logs:
        async with fake_llm(*replies) as vendor, house_with(warm_path, vendor.base_url) as house:
            record = await call_by_text(house)
    assert [fault, fault] == vendor.landed, "twice, and then the link rests"
    check(record, next_tuesday())
    assert 2 == len([each for each in logs if each["event"] == "brain_failed"])
    assert SECRET not in str(logs)


async def test_a_refused_key_is_tried_once_and_the_embedded_brain_takes_the_call(warm_path: Path) -> None:
    with capture_logs() as logs:
        async with (
            fake_llm(Reply(f"no {SECRET}", fault="401")) as vendor,
            house_with(warm_path, vendor.base_url) as house,
        ):
            record = await call_by_text(house)
    check(record, next_tuesday())
    assert ["401"] == vendor.landed
    failures = [each["category"] for each in logs if each["event"] == "brain_failed"]
    assert (["credentials"], False) == (failures, SECRET in str(logs))


# --- from outside: a real server process, its real media, a real socket to the model ------------------------------------


async def call_by_typing(server: ServerProcess) -> Mapping[str, Any]:
    """PLAN's call, typed on the page's channel while the agent is heard; its record."""
    async with open_dialler(server.base, TEST_KEY) as dialler:
        call = await dialler.dial("salon")

        async def say(words: str) -> None:
            call.type(words)

        await have_dialogue(SimulatedCaller(PLAN), call.news, say)
        return await record_of(server, call.call_id)


def booked(folder: Path) -> list[tuple[str, ...]]:
    """The salon's own rows."""
    with closing(sqlite3.connect(folder / "data" / "records.db")) as rows:
        return rows.execute("SELECT reference, stylist_id, date, time, status FROM salon_bookings").fetchall()


def server_with(folder: Path, base_url: str) -> AbstractAsyncContextManager[ServerProcess]:
    return server_process(folder, {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": SECRET, "OPENAI_MODEL": "fake"})


@pytest.mark.realtime
async def test_a_server_process_books_by_its_language_model(warm_path: Path) -> None:
    day = next_tuesday()
    async with fake_llm(*booking(day)) as vendor, server_with(warm_path, vendor.base_url) as server:
        record = await call_by_typing(server)
    check(record, day)
    assert (7, {f"authorization: bearer {SECRET}"}) == (len(vendor.requests), authorizations(vendor))
    assert [(record["reference"], "maria", day, "14:30", "booked")] == booked(warm_path)
    assert SECRET not in server.log.read_text()


@pytest.mark.realtime
async def test_a_server_process_finishes_the_booking_when_the_vendor_dies_in_mid_call(warm_path: Path) -> None:
    day = next_tuesday()
    replies = (*booking(day)[:3], Reply(f"And {SECRET}", fault="cut"))
    async with fake_llm(*replies) as vendor, server_with(warm_path, vendor.base_url) as server:
        record = await call_by_typing(server)
    assert ["cut", "cut"] == vendor.landed
    check(record, day)
    assert [(record["reference"], "maria", day, "14:30", "booked")] == booked(warm_path)


def authorizations(vendor: FakeLlm) -> set[str]:
    lines = "\r\n".join(vendor.headers).lower().split("\r\n")
    return {line for line in lines if line.startswith("authorization:")}


HOUSE_WITHOUT_A_KEY = """
import asyncio, sys
from pathlib import Path
from antiphon.config.server import read_settings
from antiphon.wiring.house import open_house

async def main():
    folder = Path(sys.argv[1])
    settings = {"ANTIPHON_HTTP": "127.0.0.1:0", "ANTIPHON_UDP": "127.0.0.1:0", "ANTIPHON_DATA": str(folder)}
    async with open_house(read_settings(settings), "demo") as house:
        await house.agents.find("demo", "salon")

asyncio.run(main())
print(sorted(name for name in sys.modules if name.split(".")[0] in ("openai", "pydantic_ai")))
"""


def test_without_a_key_nothing_of_a_vendors_is_imported(warm_path: Path) -> None:
    """In a house that is open and has an agent ready."""
    asked = [sys.executable, "-c", HOUSE_WITHOUT_A_KEY, str(warm_path / "data")]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "[]" == printed.strip().splitlines()[-1]
