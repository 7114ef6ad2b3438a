"""A caller over WebSocket, as the page is one where nothing but HTTP gets through: 20 ms of PCM each way, silence between words."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from antiphon.core.errors import AntiphonError, CallerGone

FRAME_BYTES = 640
FRAME_S = 0.02
SILENCE = bytes(FRAME_BYTES)
AHEAD_FRAMES = 4
"""The loudspeaker begins when so many frames wait, as the page's does: what may be late without a gap."""
AIR_FRAMES = 2
"""40 ms from the loudspeaker to the microphone: both devices' buffers, and the air."""


class StreamCall:
    """One call. `messages` are the page's messages, `marks` what the server said of its audio, `heard` all of that. With
    `echo_db` the microphone hears the loudspeaker, so much quieter.
    """

    def __init__(self, socket: ClientConnection, call_id: str, echo_db: float | None = None) -> None:
        self.call_id = call_id
        self.messages: list[dict[str, Any]] = []
        self.marks: list[tuple[int, int]] = []
        self.cleared: list[int] = []
        self.heard = bytearray()
        self.closed: tuple[int, str] | None = None
        self._socket = socket
        self._frames: deque[bytes] = deque()
        self._echo_db = echo_db
        self._queued: deque[bytes] = deque()
        self._plays = False
        self._returning: deque[bytes] = deque([SILENCE] * AIR_FRAMES)
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Speak and listen until the socket is closed."""
        async with asyncio.TaskGroup() as tasks:
            microphone = tasks.create_task(self._speak(), name="microphone")
            await self._listen()
            microphone.cancel()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                await self._socket.send(self._with_echo(self._frames.popleft() if self._frames else SILENCE))
                self._news.set()
                due += FRAME_S
                await asyncio.sleep(due - loop.time())
        except ConnectionClosed:
            pass  # `_listen` says why

    def _with_echo(self, frame: bytes) -> bytes:
        """What the microphone has: the caller, and the oldest of what the loudspeaker has played."""
        if self._echo_db is None:
            return frame
        self._returning.append(self._play())
        back = self._returning.popleft()
        mixed = np.frombuffer(frame, "<i2") + np.frombuffer(back, "<i2") * 10 ** (-self._echo_db / 20)
        return bytes(mixed.clip(-32_768, 32_767).astype("<i2").tobytes())

    def _play(self) -> bytes:
        """What the loudspeaker has now: after a gap it lets some frames come before it goes on."""
        self._plays = bool(self._queued) and (self._plays or len(self._queued) >= AHEAD_FRAMES)
        return self._queued.popleft() if self._plays else SILENCE

    async def _listen(self) -> None:
        try:
            while True:
                self._take(await self._socket.recv())
                self._news.set()
        except ConnectionClosed:
            self.closed = (self._socket.close_code or 0, self._socket.close_reason or "")
            self._news.set()

    def _take(self, item: bytes | str) -> None:
        if isinstance(item, bytes):
            self.heard += item
            self._queued.append(item)
            return
        match message := json.loads(item):
            case {"type": "mark", "reply": reply, "position_ms": position_ms}:
                self.marks.append((reply, position_ms))
            case {"type": "clear", "reply": reply}:
                self.cleared.append(reply)
                self._queued.clear()
                self._plays = False
            case _:
                self.messages.append(message)

    # --- what the caller does

    async def say_all(self, pcm: bytes) -> None:
        """Speak 16 kHz PCM, and return when the last of it has left."""
        padded = pcm + bytes(-len(pcm) % FRAME_BYTES)
        self._frames.extend(padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES))
        await self.until(lambda: not self._frames, within_s=10 + len(pcm) / 32_000)

    async def send(self, message: dict[str, Any]) -> None:
        """Any message of a page."""
        await self._socket.send(json.dumps(message))

    async def send_raw(self, item: bytes | str) -> None:
        """Anything at all."""
        await self._socket.send(item)

    async def news(self, seen: int) -> list[dict[str, Any]]:
        """The messages after number `seen`; waits until there are some. Raises CallerGone when none will come."""
        await self.until(lambda: len(self.messages) > seen or self.closed is not None, within_s=60)
        if len(self.messages) <= seen:
            raise CallerGone(f"The call is over: {self.closed}")
        return self.messages[seen:]

    async def until(self, condition: Callable[[], object], within_s: float = 10) -> None:
        """Wait for something this call knows; looked at after everything that happens. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def stream_call(
    base: str, key: str, agent: str | None = None, *, echo_db: float | None = None, echo_cancellation: bool = True
) -> AsyncIterator[StreamCall]:
    """A call to the server at `base`. Leaving the block hangs up. Raises AntiphonError with the server's own words. With
    `echo_db` the caller's microphone hears the loudspeaker; `echo_cancellation` is what the server is told of it.
    """
    said = ([f"agent={agent}"] if agent else []) + ([] if echo_cancellation else ["echo_cancellation=false"])
    query = f"?{'&'.join(said)}" if said else ""
    address = f"{base.replace('http', 'ws', 1)}/api/voice/ws{query}"
    headers = {"Authorization": f"Bearer {key}"}
    async with connect(address, additional_headers=headers, compression=None) as socket:
        try:
            opened = json.loads(await socket.recv())
        except ConnectionClosed as closed:
            raise AntiphonError(f"The server refused the call: {socket.close_reason}") from closed
        async with asyncio.TaskGroup() as tasks:
            call = StreamCall(socket, opened["call_id"], echo_db)
            tasks.create_task(call.run(), name="stream call")
            try:
                yield call
            finally:
                await socket.close()
