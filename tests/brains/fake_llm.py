"""A server that speaks OpenAI's streamed chat completions on a real socket, and breaks when told to."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: words, then calls; or a fault instead of the rest. `fault` is stall, cut, garbage or a status as text."""

    words: str = ""
    calls: tuple[tuple[str, dict[str, Any] | str], ...] = ()
    fault: str = ""
    reason: str = ""  # why it ended, if not as usual


@dataclass(slots=True)
class FakeLlm:
    """Answers in turn with `replies`, the last one for ever. `landed` tells which faults really happened."""

    replies: list[Reply]
    base_url: str = ""
    models: list[str] = field(default_factory=lambda: ["fake"])
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    landed: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """A client left in mid-answer."""
    stop: Callable[[], object] = lambda: None

    def next(self) -> Reply:
        """The reply to this request."""
        return self.replies[min(len(self.requests), len(self.replies)) - 1]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Of the last request."""
        found: list[dict[str, Any]] = self.requests[-1]["messages"]
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                self.headers.append(text)
                if text.startswith("GET"):
                    _send(writer, "200", {"object": "list", "data": [_model(name) for name in self.models]})
                    continue
                length = next(
                    int(line.split(":")[1]) for line in text.split("\r\n") if line.lower().startswith("content-length")
                )
                self.requests.append(json.loads(await reader.readexactly(length)))
                await self._answer(self.next(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()

    async def _answer(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reply.fault.isdigit():
            self.landed.append(reply.fault)  # before the client can know
            said = reply.words or "no"
            error = {"message": said, "type": "server_error", "code": None, "param": None}
            _send(writer, reply.fault, {"error": error})
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in _events(reply):
            await _chunk(writer, f"data: {json.dumps(event)}\n\n".encode())
        if reply.fault == "garbage":
            self.landed.append("garbage")
            await _chunk(writer, b'data: {"id": "x", "choices": [{"del\n\n')
        if reply.fault == "cut":
            self.landed.append("cut")
            writer.transport.abort()
            return
        if reply.fault == "stall":
            self.landed.append("stall")
            await reader.read(1)  # until the client leaves
            self.left.set()
            raise ConnectionResetError
        if reply.fault != "garbage":
            await _chunk(writer, b"data: [DONE]\n\n")
        await _chunk(writer, b"")


def _events(reply: Reply) -> list[dict[str, Any]]:
    deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": ""}, None)]
    words = reply.words.split(" ") if reply.words else []
    deltas += [({"content": word if at == 0 else f" {word}"}, None) for at, word in enumerate(words)]
    for at, (name, arguments) in enumerate(reply.calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        begun = {"index": at, "id": f"c{at}", "type": "function", "function": {"name": name, "arguments": ""}}
        deltas.append(({"tool_calls": [begun]}, None))
        deltas += [
            ({"tool_calls": [{"index": at, "function": {"arguments": part}}]}, None) for part in (text[:7], text[7:])
        ]
    if not reply.fault:
        deltas.append(({}, reply.reason or ("tool_calls" if reply.calls else "stop")))
    return [
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "fake",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }
        for delta, reason in deltas
    ]


def _send(writer: asyncio.StreamWriter, status: str, content: object) -> None:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} So\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "us"}


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


@asynccontextmanager
async def fake_llm(*replies: Reply) -> AsyncIterator[FakeLlm]:
    """A server on a free port, in a thread with a loop of its own: the loop under test holds nothing of it."""
    fake, up = FakeLlm(list(replies)), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(fake, up)), name="fake llm")
    thread.start()
    await asyncio.to_thread(up.wait)
    try:
        yield fake
    finally:
        fake.stop()
        await asyncio.to_thread(thread.join)


async def _serve(fake: FakeLlm, up: threading.Event) -> None:
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    fake.stop = lambda: loop.call_soon_threadsafe(stopping.set)
    async with asyncio.TaskGroup() as tasks:
        serving: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.add(tasks.create_task(fake.serve(reader, writer), name="connection"))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        fake.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        up.set()
        await stopping.wait()
        server.close()
        for task in serving:
            task.cancel()
