"""A real server in a process of its own, for tests that come from outside."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TEST_KEY = "test-key-of-this-run-only"
START_S = 60.0
"""Longest start: engines are warmed before the server listens, and the first start compiles the voice (0.4 s) and builds the domain
model of each agent (seconds)."""


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that takes calls. `base` is its address, `page` the one-time address it printed."""

    base: str
    page: str
    pid: int
    log: Path

    @property
    def bearer(self) -> dict[str, str]:
        """The header scripts send."""
        return {"Authorization": f"Bearer {TEST_KEY}"}


@asynccontextmanager
async def server_process(folder: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[ServerProcess]:
    """`antiphon serve` on free loopback ports with its data in `folder`; stopped by SIGTERM at the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240  # a test that starts a server may touch the disk
    environment = {
        **os.environ,
        "ANTIPHON_HTTP": "127.0.0.1:0",
        "ANTIPHON_UDP": "127.0.0.1:0",
        "ANTIPHON_DATA": str(folder / "data"),
        "ANTIPHON_KEY": TEST_KEY,
        **(settings or {}),
    }
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "antiphon", "serve", env=environment, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
        try:
            page = await _address(process, log)
            base = page.partition("/demo")[0]
            yield ServerProcess(base, page, process.pid, log)
        finally:
            await _stop(process)


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            async for line in process.stdout:
                if found := re.search(r"https?://\S+#key=\S+", line.decode()):
                    return found.group()
    except TimeoutError:
        pass
    raise AssertionError(f"the server did not start; its log says: {log.read_text()[-2000:]}")  # noqa: ASYNC240  # at the end of a test


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(15):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError("the server did not stop within 15 s of SIGTERM") from None
