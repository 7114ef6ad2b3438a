"""The far end of a stream over WebSocket: what goes out, in order."""

import asyncio
import json
from collections import deque

from fastapi import WebSocket

from antiphon.wire.stream_messages import Clear, Mark, Pong, StreamOpened

MOST_WAITING = 250
"""Packets: 5 s of audio. Whoever reads so slowly hears an agent that is long past it. Other messages do not count: a page that
comes back is told the whole call at once."""


class Pipe:
    """The far end of one stream: what goes out waits here, in order, for the one task that writes it."""

    def __init__(self) -> None:
        self.reason = ""
        self._waiting: deque[bytes | str] = deque()
        self._packets = 0
        self._wake = asyncio.Event()
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def open(self, opened: StreamOpened) -> None:
        """The first message, before whatever was said while the call began."""
        self._waiting.appendleft(json.dumps(opened))
        self._wake.set()

    def packet(self, payload: bytes) -> None:
        """See `ports.stream.FarEnd`. What nobody reads is dropped: it would be heard too late."""
        if not self.is_choked():
            self._packets += 1
            self._put(payload)

    def message(self, text: str) -> None:
        """See the port."""
        self._put(text)

    def mark(self, reply: int, position_ms: int) -> None:
        """See the port."""
        self._put(json.dumps(Mark(type="mark", reply=reply, position_ms=position_ms)))

    def clear(self, reply: int) -> None:
        """See the port."""
        self._put(json.dumps(Clear(type="clear", reply=reply)))

    def answer(self, ping: int) -> None:
        """The far end has asked whether we are there."""
        self._put(json.dumps(Pong(type="pong", n=ping)))

    def closed(self, reason: str) -> None:
        """See the port."""
        self._closed, self.reason = True, reason
        self._wake.set()

    def is_choked(self) -> bool:
        """Whether the far end reads too slowly to be talked to."""
        return self._packets > MOST_WAITING

    def _put(self, item: bytes | str) -> None:
        self._waiting.append(item)
        self._wake.set()

    async def write(self, socket: WebSocket) -> None:
        """Send until the leg is over and everything is sent."""
        while self._waiting or not self._closed:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            item = self._waiting.popleft()
            if isinstance(item, bytes):
                self._packets -= 1
                await socket.send_bytes(item)
            else:
                await socket.send_text(item)
