"""What a WebSocket says, in text, and what it is told last."""

from starlette.websockets import WebSocket, WebSocketDisconnect

LONGEST_REASON = 123
"""Bytes of a close reason (RFC 6455 5.5): with a longer one the server's own library refuses to close."""


def reason_of(text: object) -> str:
    """As much of it as a close frame holds."""
    return str(text).encode("utf-8", "replace")[:LONGEST_REASON].decode("utf-8", "ignore")


async def next_text(socket: WebSocket) -> str:
    """The next message; nothing for a binary one, which starlette's own `receive_text` trips over. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
    return message.get("text") or ""
