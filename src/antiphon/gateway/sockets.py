"""What a WebSocket says, in text."""

from starlette.websockets import WebSocket, WebSocketDisconnect


async def next_text(socket: WebSocket) -> str:
    """The next message; nothing for a binary one, which starlette's own `receive_text` trips over. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
    return message.get("text") or ""
