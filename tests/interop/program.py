"""A program of peers, spoken to in JSON lines: `{id, peer, do, args}` in, `{id, ok}` or `{id, error}` out."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from tests.interop.remote_peer import PacketPeer

LONGEST_LINE = 16 * 1024 * 1024


class PeerProgram:
    """Implements Stack over a program that carries Opus packets."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.version = ""
        self._process = process
        self._numbers = itertools.count(1)
        self._peers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}

    @classmethod
    @asynccontextmanager
    async def run(cls, command: Sequence[str | Path], name: str) -> AsyncIterator[Self]:
        """The program, running; it ends when its input does."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LONGEST_LINE)
        program = cls(process)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(program._read(), name=name)
            program.version = f"{name} {str(await program._ask(0, 'version')).removeprefix('v')}"
            yield program
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[PacketPeer]:
        number = next(self._peers)
        peer = PacketPeer(lambda do, *args: self._ask(number, do, *args))
        try:
            yield peer
        finally:
            await peer.close()

    async def _ask(self, peer: int, do: str, *args: Any) -> Any:
        assert self._process.stdin is not None
        number = next(self._numbers)
        line = json.dumps({"id": number, "peer": peer, "do": do, "args": args})
        self._asked[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(line.encode() + b"\n")
        try:
            return await self._asked[number]
        finally:
            del self._asked[number]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            waiting = self._asked.get(said["id"])
            if waiting is None or waiting.done():
                continue  # nobody waits any more
            if "error" in said:
                waiting.set_exception(RuntimeError(said["error"]))
            else:
                waiting.set_result(said.get("ok"))
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(EOFError("the program has ended"))
