"""Audio over WebSocket. Made from protocol/stream.schema.json by tools/generate_protocol.py; change it there."""

from typing import Literal, TypedDict


class StreamOpened(TypedDict):
    """The call has been admitted, or come back to; always the first message. `resume` brings a caller who loses
    this socket back to the call, once.
    """

    type: Literal["stream"]
    call_id: str
    format: Literal["pcm16", "opus"]
    rate_hz: int
    frame_ms: int
    resume: str


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


class Pong(TypedDict):
    """The answer to a ping, with its number."""

    type: Literal["pong"]
    n: int


class Ping(TypedDict):
    """From the page: is anybody there? A client that sends one a second is told to be lost when nothing comes
    for three; one that sends none may be silent for as long as it likes.
    """

    type: Literal["ping"]
    n: int


StreamMessage = StreamOpened | Mark | Clear | Pong
"""What only a WebSocket says to the page."""
