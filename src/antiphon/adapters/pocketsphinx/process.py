"""A worker process as the event loop sees it: messages go out without blocking, answers come back as a callback.

`subprocess.Popen` with loop readers and writers rather than asyncio's subprocesses: nothing here needs a task, and a process can be
replaced from a callback. A fresh interpreter is started (no fork of a process that has threads).
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import antiphon
from antiphon.adapters.pocketsphinx.framing import FrameReader, Kind

PACKAGES = Path(antiphon.__file__).parent.parent
WORKER = "antiphon.adapters.pocketsphinx.worker"
BACKLOG = 4_000_000  # bytes a worker may be behind: 2 minutes of audio; beyond that it is not coming back


class WorkerProcess:
    """One process. `on_message(kind, body)` and, once, `on_death()` are called on the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_message: Callable[[Kind, bytes], None], on_death: Callable[[], None]
    ) -> None:
        """Start it (2 ms); it says READY when its decoder is loaded."""
        self._loop, self._on_message, self._on_death = loop, on_message, on_death
        # The worker finds the same package as we do: `-m` puts the working folder first on its path.
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER], cwd=PACKAGES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._reader = FrameReader()
        self._unsent = bytearray()
        self._dead = False
        loop.add_reader(self._out, self._readable)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: bytes) -> None:
        """Queue a message; a worker too far behind is killed, which `on_death` reports."""
        if self._dead:
            return
        if not self._unsent:
            self._loop.add_writer(self._in, self._writable)
        self._unsent += message
        if len(self._unsent) > BACKLOG:
            self.kill()
        else:
            self._writable()

    def kill(self) -> None:
        """End it now, whatever it does; `on_death` follows."""
        self._process.kill()

    async def aclose(self) -> None:
        """End it and wait until it is gone; `on_death` is not called any more."""
        self._stop()
        self._process.kill()
        await self._loop.run_in_executor(None, self._process.wait)

    def _writable(self) -> None:
        try:
            while self._unsent:
                sent = os.write(self._in, self._unsent[: 1 << 16])
                del self._unsent[:sent]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent.clear()  # dying: its output closes next
        self._loop.remove_writer(self._in)

    def _readable(self) -> None:
        try:
            data = os.read(self._out, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._process.kill()  # it closed its output without ending: end it
            self._stop()
            self._on_death()
            return
        for kind, body in self._reader.feed(data):
            self._on_message(kind, body)

    def _stop(self) -> None:
        if self._dead:
            return
        self._dead = True
        self._loop.remove_reader(self._out)
        self._loop.remove_writer(self._in)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
