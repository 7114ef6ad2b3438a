"""Calls over a bad line, one process: caller and server talk at once, clip after clip, and what each heard of each clip is kept.

    python -m benchmarks.load.bad_line CALLER-SERVER LOSS DELAY_MS JITTER_MS SEEDS PLAN OUT

CALLER and SERVER are `antiphon` or `aiortc`. PLAN is JSON: {"up": [files of 16 kHz PCM], "down": […]}. OUT gets a
file of PCM for each seed, direction and clip, and `counts.json`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from antiphon.testing.lossy_link import Weather, first_address, hide, lossy_link
from benchmarks.load.ends import AiortcEnd, End, OurCaller, OurDesk, open_exchange

PAUSE_S = 1.4
"""Between clips: aiortc's buffer may be 320 ms behind and the window that catches a clip is open for `AFTER_MS` more."""
BEFORE_MS = 40
AFTER_MS = 1_000


async def say_all(speaker: End, listener: End, clips: Sequence[bytes]) -> list[bytes]:
    """What `listener` heard of each clip."""
    times: list[tuple[float, float]] = []
    loop = asyncio.get_running_loop()
    due = loop.time()
    for clip in clips:
        await asyncio.sleep(max(0.0, due - loop.time()))
        began_ms, length_s = time.monotonic() * 1000, len(clip) / 32_000
        speaker.say(clip)
        times.append((began_ms - BEFORE_MS, began_ms + length_s * 1000 + AFTER_MS))
        due += length_s + PAUSE_S
    await asyncio.sleep(max(0.0, due - loop.time()))
    return [listener.heard.between(*place) for place in times]


async def one_call(
    pair: str, weather: Weather, seed: int, clips: dict[str, list[bytes]], out: Path
) -> dict[str, dict[str, Any]]:
    """Dial through the weather, talk, write down; the counts of link and ends."""
    caller_kind, server_kind = pair.split("-")
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        desk = OurDesk(await open_exchange(stack)) if server_kind == "antiphon" else AiortcEnd(tasks)
        caller = OurCaller(await open_exchange(stack)) if caller_kind == "antiphon" else AiortcEnd(tasks)
        answer = await desk.answer(hide(await caller.offer()))
        link = await stack.enter_async_context(lossy_link(first_address(answer), seed, weather, weather))
        async with asyncio.timeout(30):
            await caller.accept(link.lead_through(answer))
        await asyncio.sleep(1)
        up, down = await asyncio.gather(say_all(caller, desk, clips["up"]), say_all(desk, caller, clips["down"]))
        for direction, heard in (("up", up), ("down", down)):
            for number, pcm in enumerate(heard):
                (out / f"{seed}-{direction}-{number}.pcm").write_bytes(pcm)
        counts: dict[str, dict[str, Any]] = {
            "up": {"link": asdict(link.up), "listener": desk.stats(), "speaker": caller.stats()},
            "down": {"link": asdict(link.down), "listener": caller.stats(), "speaker": desk.stats()},
        }
        for end in (caller, desk):
            if isinstance(end, AiortcEnd):
                await end.peer.close()
        return counts


async def all_calls(pair: str, weather: Weather, seeds: int, clips: dict[str, list[bytes]], out: Path) -> None:
    """All seeds at once."""
    numbers = range(1, seeds + 1)
    counts = await asyncio.gather(*(one_call(pair, weather, seed, clips, out) for seed in numbers))
    (out / "counts.json").write_text(json.dumps(dict(zip(numbers, counts, strict=True))))


def main(pair: str, loss: str, delay_ms: str, jitter_ms: str, seeds: str, plan: str, out: str) -> None:
    files = json.loads(Path(plan).read_text())
    clips = {way: [Path(name).read_bytes() for name in names] for way, names in files.items()}
    weather = Weather(float(loss), float(delay_ms), float(jitter_ms))
    Path(out).mkdir(exist_ok=True)
    asyncio.run(all_calls(pair, weather, int(seeds), clips, Path(out)))


if __name__ == "__main__":
    main(*sys.argv[1:])
