"""A haircut booked in headless Chromium: the demo page, its microphone fed with speech, what it received recognised."""

import re
import sqlite3
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from playwright.async_api import Browser

from antiphon.adapters.clock import SystemClock
from antiphon.spoken.moments import find_when
from antiphon.testing.caller import CallerPlan, Interruption, SimulatedCaller
from antiphon.testing.ears import level_dbfs, longest_prefix, spoken_digits
from antiphon.testing.server import ServerProcess, server_process
from antiphon.testing.voices import Voices
from antiphon.wiring.speech import recognise_with_grammar
from tests.browser.chromium_caller import PageCaller, chromium, page_that_calls

pytestmark = [pytest.mark.realtime, pytest.mark.spoken, pytest.mark.browser]

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
OPENING = "i'd like a haircut with maria next tuesday at half past two"
PLAN = CallerPlan("in one breath", OPENING, ANSWERS, expect={"name": "John Smith"})


DATES = (
    "<low> = one | two | three | four | five | six | seven | eight | nine; <digit> = zero | <low>; "
    "<month> = zero <low> | one zero | one one | one two; "
    "<day> = zero <low> | one <digit> | two <digit> | three zero | three one; "
)
"""What the date of a reference may be; every digit of it is open."""


async def call_in(browser: Browser, server: ServerProcess, plan: CallerPlan, voices: Voices, voice: str) -> PageCaller:
    """A whole call through the page."""
    page = await page_that_calls(browser, server.page)
    caller = PageCaller(page, SimulatedCaller(plan), lambda words: np.frombuffer(voices.say(words, voice), np.int16))
    await caller.have_call()
    return caller


def at_16k(pcm: "np.ndarray[Any, np.dtype[np.int16]]") -> bytes:
    """48 kHz to 16 kHz, averaging each three samples (the voice has nothing above 8 kHz)."""
    whole = pcm[: len(pcm) // 3 * 3].reshape(-1, 3)
    return bytes(whole.mean(axis=1).astype(np.int16).tobytes())


def rows(server: ServerProcess, query: str) -> list[tuple[Any, ...]]:
    """What the server's own database says."""
    with sqlite3.connect(server.log.parent / "data" / "records.db") as database:
        return database.execute(query).fetchall()


async def test_a_haircut_is_booked_aloud_and_the_row_is_in_the_database(warm_path: Path) -> None:
    voices = Voices(warm_path / "voices")
    async with server_process(warm_path) as server, chromium() as browser:
        caller = await call_in(browser, server, PLAN, voices, "rms")
        shown = await caller.page.text_content("[data-testid=reference]")
        heard = at_16k(await caller.heard())
        turns = [message for message in caller.messages if message["type"] == "final"]
        booking = rows(
            server,
            "SELECT b.reference, i.service_id, b.stylist_id, b.date, b.time, b.client_name, b.callback_number "
            "FROM salon_bookings b JOIN salon_booking_items i USING (tenant, reference)",
        )
    day = find_when("next tuesday", SystemClock().utc().astimezone(ZoneInfo("America/New_York"))).date
    assert [(shown, "haircut", "maria", str(day), "14:30", "John Smith", "+12125550147")] == booking
    assert len(turns) >= 5
    assert level_dbfs(heard) > -45
    assert shown is not None
    assert re.sub(r"\D", "", shown) in spoken_digits(_reference_said(heard, caller.messages))


def _reference_said(heard: bytes, messages: list[dict[str, Any]]) -> str:
    """The reply that says the reference, as a recogniser hears it whose grammar leaves every digit of the reference open."""
    reply = next(message for message in messages if message["type"] == "heard" and "reference" in message["text"])
    words = re.sub(r"[^a-z ]+", " ", reply["text"].lower()).split()
    first = words.index("reference") + 4  # "reference is g b"
    last = first + 11
    shape = [*words[:first], "two zero <digit> <digit> <month> <day> <digit> <digit> <digit>", *words[last:]]
    grammar = f"#JSGF V1.0; grammar said; {DATES} public <said> = {' '.join(shape)};"
    return recognise_with_grammar(_audio_of(heard, messages, reply["reply"]), grammar)


def _sample_at(messages: list[dict[str, Any]], at_ms: int) -> int:
    """Bytes of 16 kHz audio from the start of the recording, which begins with the track, to call time `at_ms`."""
    hello = next(message for message in messages if message["type"] == "hello")
    return 2 * 16 * (at_ms - int(hello["at_ms"]))


async def test_an_interrupted_agent_stops_and_the_transcript_ends_where_the_caller_heard_it_end(
    warm_path: Path,
) -> None:
    voices = Voices(warm_path / "voices")
    plan = CallerPlan(
        "interrupting", PLAN.opening, ANSWERS, interruption=Interruption("confirm", "wait make it with daniel please")
    )
    async with server_process(warm_path) as server, chromium() as browser:
        caller = await call_in(browser, server, plan, voices, "rms")
        heard = at_16k(await caller.heard())
        people = rows(server, "SELECT stylist_id FROM salon_bookings")
    cut = next(message for message in caller.messages if message["type"] == "heard" and message["cut"])
    said = "".join(m["text"] for m in caller.messages if m["type"] == "say" and m["reply"] == cut["reply"])
    assert [("daniel",)] == people
    assert len(cut["text"]) < len(said.strip())
    clip = _audio_of(heard, caller.messages, cut["reply"])
    found = longest_prefix(clip, said.split())
    assert abs(len(found) - len(cut["text"].split())) <= 1, f"heard {found}, transcript {cut['text']!r}"


def _audio_of(heard: bytes, messages: list[dict[str, Any]], reply: int) -> bytes:
    """What was received while `reply` was audible, with a little before and after."""
    place = next(at for at, m in enumerate(messages) if m["type"] == "heard" and m["reply"] == reply)
    began = [m for m in messages[:place] if m["type"] == "state" and m["state"] == "speaking"][-1]
    start = _sample_at(messages, began["at_ms"] - 100)
    return heard[max(0, start) : _sample_at(messages, messages[place]["at_ms"] + 400)]
