"""What is refused before any route sees it: big bodies and foreign Host names."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from antiphon.gateway.faults import envelope

LARGEST_BODY = 160 * 1024
"""Bytes. The largest honest body is an SDP of at most 64 KiB, whose line ends JSON may double; 1 MB offers are refused unread."""


class Limits:
    """ASGI middleware: Host must be one of ours (against DNS rebinding), bodies stay small."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._ours(headers.get("host", "")):
            await self._refuse(
                scope, receive, send, 421, "wrong_host", "This server does not answer to that Host name."
            )
        elif int(headers.get("content-length") or 0) > LARGEST_BODY:
            message = f"The body is larger than {LARGEST_BODY} bytes; an SDP offer is a few kilobytes."
            await self._refuse(scope, receive, send, 413, "too_large", message)
        else:
            await self._app(scope, _Counted(receive), send)

    def _ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return name.strip("[]").lower() in self._hosts

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, code: str, message: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": code})
            return
        await JSONResponse(envelope(code, message), status)(scope, receive, send)


class _Counted:
    """A receive that stops a chunked body which grows beyond the limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if message["type"] == "http.request" and self._bytes > LARGEST_BODY:
            return {"type": "http.disconnect"}
        return message
