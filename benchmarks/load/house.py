"""A whole house for the event-loop benchmark, one process: real media, Silero, journal and records; stub words, voice and brain.

    python -m benchmarks.load.house FOLDER

Prints its address. `GET /lag` gives how late a 5 ms timer of the loop was since it was asked last, in ms, and what the calls did.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from antiphon.adapters.clock import SystemClock
from antiphon.adapters.ids import TimeOrderedIds
from antiphon.adapters.silero import SileroVad
from antiphon.agents import FolderCatalogue
from antiphon.brains.dialogue import ending_judge
from antiphon.call.parts import AgentParts, Books, Engines
from antiphon.call.reception import FrontDesk, Room
from antiphon.core.commands import Cause
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import Expect
from antiphon.ports.leg import WordTime
from antiphon.ports.reception import Visitor
from antiphon.ports.stt import Heard, SttProfile, SttVocabulary
from antiphon.ports.tts import Speech, TtsProfile
from antiphon.testing.scripted_brain import ScriptedBrain
from antiphon.wiring.media import open_media
from antiphon.wiring.storage import open_storage
from benchmarks.load.shapes import speech

TICK_S = 0.005
RATE_HZ = 16_000
WORD_MS = 300
ANSWER = "That is a haircut with Maria on Tuesday at half past two. Shall I book it for you now?"


class StubStt:
    """Hears the same in every utterance, at once."""

    profile = SttProfile("stub", interim=False)

    async def prepare(self, vocabulary: SttVocabulary) -> None:
        """Nothing to prepare."""

    def open(self, vocabulary: SttVocabulary, interim: Callable[[str], None]) -> "StubStream":
        return StubStream()

    async def aclose(self) -> None:
        """Nothing to close."""


class StubStream:
    """Counts nothing, keeps nothing."""

    def begin(self) -> None: ...

    def push(self, pcm: bytes) -> None: ...

    async def finish(self) -> Heard:
        return Heard("a haircut on tuesday please", 0.9)

    def abandon(self) -> None: ...

    async def aclose(self) -> None: ...


class StubTts:
    """Says any text with the same recorded speech, 300 ms a word, made at once."""

    profile = TtsProfile("stub", ("slt",), RATE_HZ, word_times=True, longest_text=500)

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm

    async def speak(self, text: str, voice: str) -> AsyncIterator[Speech]:
        times, at = [], 0
        for number, word in enumerate(text.split()):
            start = text.index(word, at)
            at = start + len(word)
            times.append(WordTime(start, at, number * WORD_MS, (number + 1) * WORD_MS))
        yield Speech(self._pcm[: len(times) * WORD_MS * RATE_HZ // 1_000 * 2], RATE_HZ, tuple(times))

    async def aclose(self) -> None: ...


class LagMeter:
    """How late the loop serves a 5 ms timer."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.late_ms.append((loop.time() - due) * 1e3)

    def take(self) -> list[float]:
        late, self.late_ms = self.late_ms, []
        return late


async def main(folder: Path) -> None:
    """Serve until killed."""
    async with AsyncExitStack() as stack:
        clock, vad = SystemClock(), SileroVad()
        stack.push_async_callback(vad.aclose)
        await vad.warm_up()
        storage = await stack.enter_async_context(open_storage(folder / "data", clock, tenant="demo", keys=()))
        doors = await stack.enter_async_context(open_media("127.0.0.1:0", (), 100))
        catalogue = FolderCatalogue([trade.folder for trade in storage.verticals], [])
        agent = await catalogue.agent("demo", "salon")
        brain = ScriptedBrain({Cause.GREETING: (ANSWER, Expect("open")), Cause.TURN: (ANSWER, Expect("yes_no"))})
        parts = AgentParts(
            agent, brain, storage.toolbox(agent), SttVocabulary("stub"), ConversationPolicy(), ending_judge(agent, {})
        )

        async def find(tenant: str, name: str | None) -> AgentParts:
            return parts

        voice = speech(RATE_HZ, "slt", folder).tobytes()
        engines = Engines(vad, StubStt(), StubTts(voice * 3))
        books = Books(storage.journal, storage.records)
        desk = FrontDesk(find, engines, books, clock, TimeOrderedIds(clock), Room(100))
        meter = LagMeter()

        async def offer(request: Request) -> PlainTextResponse:
            answered = await doors.webrtc.answer((await request.body()).decode())
            await desk.admit(Visitor("demo", "salon"), answered.leg)
            return PlainTextResponse(answered.sdp)

        async def lag(_: Request) -> JSONResponse:
            answers = len(brain.runs)
            brain.runs.clear()
            return JSONResponse({"late_ms": meter.take(), "calls": len(desk.running("demo")), "answers": answers})

        app = Starlette(routes=[Route("/offer", offer, methods=["POST"]), Route("/lag", lag)])
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        open_for_calls = asyncio.Event()
        tasks.create_task(desk.run(open_for_calls.set), name="front desk")
        tasks.create_task(meter.run(), name="lag")
        await open_for_calls.wait()
        tasks.create_task(server.serve(), name="http")
        while not server.started:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)
        print(json.dumps({"port": server.servers[0].sockets[0].getsockname()[1]}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
