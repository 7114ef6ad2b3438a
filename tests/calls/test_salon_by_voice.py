"""A haircut booked aloud, from outside: a real server process, real WebRTC, real speech in a voice that is not the agent's."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from antiphon.testing.caller import CallerPlan, SimulatedCaller
from antiphon.testing.dialler import open_dialler
from antiphon.testing.dialogue import have_dialogue
from antiphon.testing.server import TEST_KEY, ServerProcess, server_process
from antiphon.testing.voices import Voices
from tests.interop.aiortc_caller import AiortcCaller

pytestmark = [pytest.mark.realtime, pytest.mark.spoken]

PLAN = CallerPlan(
    "aloud",
    "i'd like a haircut with maria next tuesday at half past two",
    {
        "service": "a haircut",
        "person": "maria please",
        "date": "next tuesday",
        "time": "half past two",
        "choice": "the first one",
        "name": "john smith",
        "phone": "two one two five five five zero one four seven",
        "confirm": "yes please",
        "anything_else": "no thank you",
    },
    expect={"name": "John Smith"},
)


async def record_of(server: ServerProcess, call: str) -> dict[str, Any]:
    """The call's record once it has ended."""
    async with httpx2.AsyncClient(headers=server.bearer) as client, asyncio.timeout(10):
        while True:
            answer = await client.get(f"{server.base}/api/calls/{call}")
            assert answer.is_success, f"{answer.text}\n{server.log.read_text()[-2000:]}"
            record: dict[str, Any] = answer.json()
            if record["ended"]:
                return record


def check(record: dict[str, Any], channel: str = "webrtc") -> None:
    assert ("done", "book", channel) == (record["outcome"], record["task"], record["channel"])
    slots = {name: slot["value"] for name, slot in record["slots"].items()}
    wanted = {"service": "haircut", "person": "maria", "time": "14:30", "name": "John Smith", "phone": "2125550147"}
    assert wanted == {name: slots[name] for name in wanted}
    assert record["reference"].startswith("GB-")
    assert len([turn for turn in record["transcript"] if turn["who"] == "caller"]) >= 5


async def test_a_haircut_is_booked_by_our_own_dialler(warm_path: Path) -> None:
    voices, caller = Voices(warm_path / "voices"), SimulatedCaller(PLAN)
    async with server_process(warm_path) as server, open_dialler(server.base, TEST_KEY) as dialler:
        call = await dialler.dial("salon")

        async def say(words: str) -> None:
            await call.say_all(voices.say(words, "rms"))

        await have_dialogue(caller, call.news, say)
        check(await record_of(server, call.call_id))


async def test_a_haircut_is_booked_by_an_aiortc_peer(warm_path: Path) -> None:
    voices, simulated = Voices(warm_path / "voices"), SimulatedCaller(PLAN)
    async with server_process(warm_path) as server, asyncio.TaskGroup() as tasks:
        caller = AiortcCaller(tasks)
        await caller.dial(server, "salon")

        async def say(words: str) -> None:
            await caller.track.say(np.frombuffer(voices.say(words, "rms"), np.int16))

        async def news(seen: int) -> Sequence[dict[str, Any]]:
            return await caller.news(seen)

        await have_dialogue(simulated, news, say)
        record = await record_of(server, caller.call)
        await caller.aclose()
    check(record)
    assert np.abs(np.concatenate(caller.heard)).max() > 3_000  # the agent was heard, not only followed
