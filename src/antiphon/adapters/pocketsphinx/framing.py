"""Messages between the serving process and a worker: a kind, a length, a body; JSON in all but the audio."""

import json
import struct
from collections.abc import Iterator
from enum import IntEnum

_HEADER = struct.Struct("<BI")


class Kind(IntEnum):
    """The first five go to the worker, the rest come from it."""

    LOAD = 1  # {"domain"}: have this domain model ready
    BEGIN = 2  # {"domain", "means": {decoder: cepstral mean}, "most_surprise": nats a second}
    AUDIO = 3  # 16 kHz int16
    FINISH = 4
    ABANDON = 5
    READY = 10
    INTERIM = 11  # {"text"}
    PROGRESS = 12
    HEARD = 13  # {"text", "score", "alternative", "means"}
    IDLE = 14  # after an ABANDON
    FAILED = 15  # {"message"}
    UNUSABLE = 16  # {"domain", "message"}: the general decoder goes on alone


def frame(kind: Kind, body: bytes = b"") -> bytes:
    """One message."""
    return _HEADER.pack(kind, len(body)) + body


def frame_json(kind: Kind, body: object) -> bytes:
    """One message with a JSON body."""
    return frame(kind, json.dumps(body).encode())


class FrameReader:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """The messages that are whole now."""
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._pending)
            if len(self._pending) < _HEADER.size + length:
                return
            body = bytes(self._pending[_HEADER.size : _HEADER.size + length])
            del self._pending[: _HEADER.size + length]
            yield Kind(kind), body
