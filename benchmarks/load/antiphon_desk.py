"""Our core as a benchmark's server, through eventfd and drain. Options: the number of threads, then what it shall not spare."""

import asyncio
import itertools
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from antiphon.adapters.media import Exchange, open_core
from antiphon.adapters.media.leg import MediaLeg
from antiphon.ports.leg import Closed, Leg, Play
from benchmarks.load.cycle import AHEAD_S, CHUNK_S, Shape, agent_talks, agent_voice, pieces_of
from benchmarks.load.desk import Answer, Counts

RATE_HZ = 24_000
CLAUSE_S = 2.0
"""What an agent that says the same to everybody hands over in one piece, with a name."""


class Heard:
    """How much all callers have said."""

    def __init__(self) -> None:
        self.samples = 0


class Listener:
    """A sink that only counts: Python is attached, and does nothing with what it gets."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self.over = False

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self._heard.samples += len(pcm) // 2

    def fact(self, fact: object) -> None:
        self.over |= isinstance(fact, Closed)


async def open_desk(
    shape: Shape, folder: Path, stack: AsyncExitStack, threads: str = "1", *extra: str
) -> tuple[Answer, Counts]:
    """`extra`: `decode-silence`, `gate-silence`, `no-gate`; of the agents' clauses `share-most`, as in a salon, or
    `share-clauses`, all (benchmarks/README.md, "Clauses that everybody hears")."""
    core = open_core("127.0.0.1:0", [], int(threads))
    exchange = await stack.enter_async_context(Exchange(core, lambda where, error: sys.exit(f"{where}: {error}")))
    shared_of_four = 4 if "share-clauses" in extra else 3 if "share-most" in extra else 0
    piece_s = CLAUSE_S if shared_of_four else CHUNK_S
    pieces = pieces_of(agent_voice(RATE_HZ, folder), RATE_HZ, piece_s)
    heard, calls = Heard(), itertools.count(1)
    loop = asyncio.get_running_loop()

    def keep_talking(leg: Leg, listener: Listener, call: int, number: int, fed_until: float) -> None:
        if listener.over:
            return
        now = loop.time()
        if agent_talks(shape, now, call):
            fed_until = max(fed_until, now)
            while fed_until < now + AHEAD_S:
                place = number % len(pieces)
                name = f"clause {place}" if number % 4 < shared_of_four else None
                leg.order(Play(1, number, pieces[place], RATE_HZ, clip=name))
                number, fed_until = number + 1, fed_until + piece_s
        loop.call_later(CHUNK_S, keep_talking, leg, listener, call, number, fed_until)

    async def answer(sdp: str) -> str:
        # As the door does it, with what only a measurement wants.
        leg_id, answered = await asyncio.to_thread(
            core.answer,
            sdp,
            gate="no-gate" not in extra,
            spare_decoder="decode-silence" not in extra,
            spare_gate="gate-silence" not in extra,
        )
        leg = MediaLeg(core, leg_id)
        exchange.add(leg)
        listener, call = Listener(heard), next(calls)
        leg.attach(listener)
        keep_talking(leg, listener, call, call * 3, 0.0)
        return answered

    def counts() -> dict[str, Any]:
        return {"samples": heard.samples, "core": core.stats(), "lateness": core.lateness()}

    return answer, counts
