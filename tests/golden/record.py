"""Records the calls of `tests/golden/calls` anew: real storage, the salon's own brain and tools, by text and aloud.

python -m tests.golden.record            # a minute; only when the old ones no longer make sense, such as after a new event
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from antiphon.config.server import read_settings
from antiphon.ports.reception import Visitor
from antiphon.testing.caller import CallerPlan, Interruption, SimulatedCaller
from antiphon.testing.dialler import open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.text_leg import TextLeg
from antiphon.testing.voices import Voices
from antiphon.wiring.house import open_house
from tests.calls.text_caller import have_call
from tests.golden.calls import path
from tests.golden.written import write

ANSWERS = {
    "service": "a haircut",
    "person": "maria please",
    "date": "next tuesday",
    "time": "half past two",
    "choice": "the first one",
    "name": "john smith",
    "phone": "two one two five five five zero one four seven",
    "confirm": "yes please",
    "anything_else": "no thank you",
}
TYPED = CallerPlan("by text", "I'd like a haircut with Maria next Tuesday at 2:30pm", ANSWERS)
SPOKEN = CallerPlan(
    "aloud",
    "i'd like a haircut with maria next tuesday at half past two",
    ANSWERS,
    interruption=Interruption("confirm", "no make it half past three"),
    expect={"name": "John Smith"},
)
AUDIBLE_PACKETS = 60
"""Packets of 20 ms that the caller has heard when breaking in: more than a word."""


async def booked_by_text(folder: Path) -> str:
    """A booking by text; its journal."""
    settings = read_settings(
        {"ANTIPHON_HTTP": "127.0.0.1:0", "ANTIPHON_UDP": "127.0.0.1:0", "ANTIPHON_DATA": str(folder / "data")}
    )
    async with open_house(settings, "demo") as house:
        leg = TextLeg(house.clock)
        call = await house.desk.admit(Visitor("demo", "salon"), leg)
        await have_call(leg, SimulatedCaller(TYPED))
        await leg.closed.wait()
        while call in house.desk.running("demo"):
            await asyncio.to_thread(lambda: None)
        return "".join([entry.line + "\n" async for entry in house.journal.read("demo", call)])


async def booked_aloud(folder: Path) -> str:
    """A booking aloud, with a caller who breaks in; its journal."""
    voices, caller = Voices(folder / "voices"), SimulatedCaller(SPOKEN)
    async with server_process(folder) as server, open_dialler(server.base, TEST_KEY) as dialler:
        call = await dialler.dial("salon")

        async def say(words: str) -> None:
            await call.say_all(voices.say(words))

        async def overheard() -> None:
            before = len(call.ear.stretches)
            await call.until(lambda: len(call.ear.stretches) > before + AUDIBLE_PACKETS)

        await have_dialogue(caller, call.news, say, overheard)
        return await _journal(server, call.call_id)


async def _journal(server: ServerProcess, call: str) -> str:
    """What was written down, once the call has ended."""
    async with httpx2.AsyncClient(base_url=server.base, headers=server.bearer) as client, asyncio.timeout(10):
        while not (await client.get(f"/api/calls/{call}")).json()["ended"]:
            pass
        return (await client.get(f"/api/calls/{call}/journal")).text


async def record() -> None:
    """Both calls."""
    for take in (booked_by_text, booked_aloud):
        with TemporaryDirectory() as folder:
            journal = await take(Path(folder))
        write(path(take.__name__), journal.splitlines())


if __name__ == "__main__":
    asyncio.run(record())
