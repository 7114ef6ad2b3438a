"""Audio over WebSocket. Made from protocol/stream.schema.json by tools/generate_protocol.py; change it there."""

from typing import Literal, TypedDict


class StreamOpened(TypedDict):
    """The call has been admitted; always the first message."""

    type: Literal["stream"]
    call_id: str
    format: Literal["pcm16", "opus"]
    rate_hz: int
    frame_ms: int


class Mark(TypedDict):
    """The audio sent so far ends `position_ms` into `reply`. When it has been played, say so with a `playout`
    message.
    """

    type: Literal["mark"]
    reply: int
    position_ms: int


class Clear(TypedDict):
    """Drop what has not been played of `reply`: the agent was interrupted."""

    type: Literal["clear"]
    reply: int


StreamMessage = StreamOpened | Mark | Clear
"""What only a WebSocket says to the page."""
