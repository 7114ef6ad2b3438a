"""The processes of a benchmark, as the one that starts them sees them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import psutil


class UnservedError(Exception):
    """The callers did not come through."""


@asynccontextmanager
async def program(command: Sequence[str], cpus: set[int] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is gone when the block is left, on these CPUs from its first instruction on."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def child(*arguments: str, cpus: set[int] | None = None) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """A Python module as a process."""
    return program([sys.executable, "-m", *arguments], cpus)


async def line_of(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """What it says next."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise UnservedError("A benchmark process ended early; its own words are above.")
    return dict(json.loads(line))


async def ask(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """What it says when asked."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
    return await line_of(process)


async def counts_of(base: str) -> dict[str, Any]:
    """What a server has counted."""
    async with httpx2.AsyncClient(base_url=base, timeout=30) as client:
        return dict((await client.get("/counts")).json())


def cpu_s(process: psutil.Process) -> float:
    """User and system."""
    times = process.cpu_times()
    return float(times.user + times.system)
