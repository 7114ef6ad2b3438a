"""Records the calls of `tests/golden/calls` anew: real storage, the salon's own brain and tools, by text and aloud.

python -m tests.golden.record            # some two minutes; only when the old ones no longer make sense, such as after a new event
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np

from antiphon.config.server import read_settings
from antiphon.ports.reception import Visitor
from antiphon.testing.caller import CallerPlan, Interruption, SimulatedCaller
from antiphon.testing.dialler import RATE_HZ, DialledCall, open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.text_leg import TextLeg
from antiphon.testing.voices import Voices
from antiphon.wiring.house import open_house
from tests.calls.text_caller import have_call
from tests.golden.calls import FOLDER

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
THUD_MS = 120


async def by_text(folder: Path) -> str:
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


async def aloud(folder: Path) -> str:
    """A booking aloud, with a thud over the greeting and a caller who breaks in; its journal."""
    voices, caller = Voices(folder / "voices"), SimulatedCaller(SPOKEN)
    async with server_process(folder) as server, open_dialler(server.base, TEST_KEY) as dialler:
        call = await dialler.dial("salon")

        async def say(words: str) -> None:
            await call.say_all(voices.say(words))

        async def overheard() -> None:
            await _hear(call)

        await _hear(call)
        await call.say_all(_thud())
        await have_dialogue(caller, call.news, say, overheard)
        return await _journal(server, call.call_id)


async def _hear(call: DialledCall) -> None:
    before = len(call.ear.stretches)
    await call.until(lambda: len(call.ear.stretches) > before + AUDIBLE_PACKETS)


def _thud() -> bytes:
    """A sound that is no voice, loud enough for the reflex."""
    samples = THUD_MS * RATE_HZ // 1000
    noise = np.random.default_rng(1).normal(0, 6_000, samples) * np.hanning(samples)
    return noise.astype(np.int16).tobytes() + bytes(RATE_HZ)


async def _journal(server: ServerProcess, call: str) -> str:
    """What was written down, once the call has ended."""
    async with httpx2.AsyncClient(base_url=server.base, headers=server.bearer) as client, asyncio.timeout(10):
        while not (await client.get(f"/api/calls/{call}")).json()["ended"]:
            pass
        return (await client.get(f"/api/calls/{call}/journal")).text


async def record() -> None:
    """Both calls."""
    for take in (by_text, aloud):
        with TemporaryDirectory() as folder:
            journal = await take(Path(folder))
        (FOLDER / f"{take.__name__}.jsonl").write_text(journal, encoding="utf-8")  # noqa: ASYNC240  # nothing else runs


if __name__ == "__main__":
    asyncio.run(record())
