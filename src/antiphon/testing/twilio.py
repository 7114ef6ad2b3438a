"""A double of Twilio: asks the signed webhook what to do with a call, opens the media stream, plays what it is sent in real time,
and gives marks back when it has played up to them or a `clear` has dropped them. Written from Twilio's pages; faults on demand.
"""

import asyncio
import base64
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import httpx2
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from antiphon.core.errors import AntiphonError
from antiphon.gateway.twilio_account import signature_of
from antiphon.testing.g711 import SILENCE, from_ulaw, narrowband, to_ulaw

FRAME_BYTES = 160
FRAME_MS = 20


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of the caller's packets that get lost, come twice, or change places with the next; marks that never come back. With
    `echo_db` the caller's telephone hears what it plays, `echo_ms` later and so much quieter. Each time the telephone has played
    for `held_every_ms`, the way to it stops for `held_ms`: what was sent then comes in a burst."""

    lost: float = 0.0
    twice: float = 0.0
    swapped: float = 0.0
    silent_marks: bool = False
    echo_db: float | None = None
    echo_ms: int = 240
    held_ms: int = 0
    held_every_ms: int = 1_200
    seed: int = 1


@dataclass
class Twilio:
    """An account: `base` is where the server really listens, `public_url` what the account's console says."""

    base: str
    auth_token: str
    public_url: str
    faults: Faults = field(default_factory=Faults)

    async def ask(
        self, agent: str | None = None, signature: str | None = None, caller: str = "+12125550147"
    ) -> httpx2.Response:
        """The webhook of an incoming call. `signature` overrides the right one."""
        form = [("AccountSid", "AC0"), ("CallSid", "CA0"), ("From", caller), ("To", "+12125550100"), ("CallerName", "")]
        path = "/twilio/voice" + (f"?agent={agent}" if agent else "")
        signed = signature_of(self.auth_token, self.public_url + path, form) if signature is None else signature
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
        async with httpx2.AsyncClient() as client:
            return await client.post(self.base + path, content=urlencode(form), headers=headers)

    @asynccontextmanager
    async def call(self, agent: str | None = None) -> AsyncIterator["PhoneCall"]:
        """A phone call. Leaving the block hangs up. Raises AntiphonError when the TwiML is not a stream."""
        answer = await self.ask(agent)
        verb = ET.fromstring(answer.text).find("Connect/Stream") if answer.is_success else None  # noqa: S314  # our own server's
        if verb is None:
            raise AntiphonError(f"no stream: {answer.status_code} {answer.text}")
        parameters = {item.get("name"): item.get("value") for item in verb.iter("Parameter")}
        address = self.base.replace("http", "ws", 1) + urlsplit(verb.get("url") or "").path
        async with connect(address, compression=None) as socket, asyncio.TaskGroup() as tasks:
            call = PhoneCall(socket, self.faults)
            await call.begin(parameters)
            running = tasks.create_task(call.run(), name="phone call")
            try:
                yield call
            finally:
                await call.hang_up()
                running.cancel()


class PhoneCall:
    """One call, from Twilio's side. `heard` is what the caller has really heard, 8 kHz."""

    def __init__(self, socket: ClientConnection, faults: Faults) -> None:
        self.heard = bytearray()
        self.marks_back: list[str] = []
        self.clears = 0
        self.ended = False
        self.faults_landed = 0
        self.loudest_echo = 0
        self.hold_ups = 0
        self.longest_wait_ms = 0
        """What has come and is not played yet, at its most: it grows by every hold-up that has left the telephone silent."""
        self._socket, self._faults, self._dice = socket, faults, random.Random(faults.seed)  # seeded faults
        self._frames: deque[bytes] = deque()
        self._playing: deque[bytes | str] = deque()
        self._held: deque[dict[str, Any]] = deque()
        self._held_until: int | None = None  # the chunk at which the way is free again
        self._next_hold_up = 8 * faults.held_every_ms
        self._news = asyncio.Event()
        self._sequence = 0
        self._chunk = 0
        self._returning: deque[bytes] = deque([SILENCE * FRAME_BYTES] * (faults.echo_ms // FRAME_MS))
        self._behind: dict[str, str] | None = None  # waits for its successor to go first

    async def begin(self, parameters: dict[str | None, str | None]) -> None:
        """`connected` and `start`."""
        await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        shape = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"streamSid": "MZ0", "accountSid": "AC0", "callSid": "CA0", "tracks": ["inbound"], "mediaFormat": shape}
        await self._event("start", start | {"customParameters": parameters})

    async def run(self) -> None:
        """Speak, play and listen until one side ends the call."""
        try:
            async with asyncio.TaskGroup() as tasks:
                pace = tasks.create_task(self._pace(), name="phone pace")
                await self._listen()
                pace.cancel()
        finally:
            self.ended = True
            self._news.set()

    async def _listen(self) -> None:
        try:
            while True:
                message = json.loads(await self._socket.recv())
                if self._held_until is None:
                    self._take(message)
                else:
                    self._held.append(message)
        except ConnectionClosed:
            pass

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"event": "media", "streamSid": "MZ0", "media": {"payload": payload}}:
                audio = base64.b64decode(payload)
                self._playing.extend(audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES))
                self.longest_wait_ms = max(self.longest_wait_ms, FRAME_MS * len(self._playing))
            case {"event": "mark", "streamSid": "MZ0", "mark": {"name": str(name)}}:
                self._playing.append(name)
            case {"event": "clear", "streamSid": "MZ0"}:
                self.clears += 1
                self._playing = deque(item for item in self._playing if isinstance(item, str))
            case _:
                raise AssertionError(f"Twilio knows no such message: {message}")

    async def _pace(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                self._hold_up()
                await self._play()
                await self._speak()
                self._news.set()
                due += FRAME_MS / 1000
                await asyncio.sleep(due - loop.time())
        except ConnectionClosed:
            pass

    def _hold_up(self) -> None:
        if self._held_until is not None and self._held_until <= self._chunk:
            self._held_until = None
            while self._held:
                self._take(self._held.popleft())
        if self._faults.held_ms and len(self.heard) >= self._next_hold_up:
            self._next_hold_up += 8 * self._faults.held_every_ms
            self._held_until = self._chunk + self._faults.held_ms // FRAME_MS
            self.hold_ups += 1

    async def _play(self) -> None:
        while self._playing and isinstance(self._playing[0], str):
            name = str(self._playing.popleft())
            if not self._faults.silent_marks:
                self.marks_back.append(name)
                await self._event("mark", {"name": name})
        frame = SILENCE * FRAME_BYTES
        if self._playing:
            frame = bytes(self._playing.popleft())  # type: ignore[arg-type]  # the marks before it are gone
            self.heard += frame
        self._returning.append(frame)

    async def _speak(self) -> None:
        self._chunk += 1
        frame = self._frames.popleft() if self._frames else SILENCE * FRAME_BYTES
        message = self._media(self._chunk, self._with_echo(frame))
        if self._strikes(self._faults.lost):
            return
        if self._behind is None and self._strikes(self._faults.swapped):
            self._behind = message
            return
        await self._event("media", message)
        if self._behind is not None:
            await self._event("media", self._behind)
            self._behind = None
        if self._strikes(self._faults.twice):
            await self._event("media", message)

    def _with_echo(self, frame: bytes) -> bytes:
        """What the microphone has: the caller, and what the telephone played a while ago."""
        played = self._returning.popleft()
        if self._faults.echo_db is None:
            return frame
        echo = (from_ulaw(played) * 10 ** (-self._faults.echo_db / 20)).astype(np.int16)
        self.loudest_echo = max(self.loudest_echo, int(np.abs(echo).max()))
        return to_ulaw((from_ulaw(frame).astype(np.int32) + echo).clip(-32_768, 32_767).astype(np.int16))

    def _strikes(self, share: float) -> bool:
        strikes = self._dice.random() < share
        self.faults_landed += strikes
        return strikes

    def _media(self, chunk: int, frame: bytes) -> dict[str, str]:
        at_ms = (chunk - 1) * FRAME_MS
        payload = base64.b64encode(frame).decode()
        return {"track": "inbound", "chunk": str(chunk), "timestamp": str(at_ms), "payload": payload}

    async def _event(self, event: str, body: dict[str, Any]) -> None:
        self._sequence += 1
        await self._send({"event": event, "sequenceNumber": str(self._sequence), "streamSid": "MZ0", event: body})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message))

    # --- what the caller does

    async def say_all(self, pcm: bytes) -> None:
        """Speak 16 kHz PCM, and return when the last of it has left."""
        audio = to_ulaw(narrowband(np.frombuffer(pcm, "<i2")))
        audio += SILENCE * (-len(audio) % FRAME_BYTES)
        self._frames.extend(audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES))
        await self.until(lambda: not self._frames, within_s=10 + len(pcm) / 32_000)

    async def press(self, digits: str) -> None:
        """Press keys."""
        for digit in digits:
            await self._event("dtmf", {"track": "inbound_track", "digit": digit})

    async def send_raw(self, item: str | bytes) -> None:
        """Anything at all."""
        await self._socket.send(item)

    async def hang_up(self) -> None:
        """Twilio says `stop` and closes."""
        try:
            await self._event("stop", {"accountSid": "AC0", "callSid": "CA0"})
            await self._socket.close()
        except ConnectionClosed:
            pass

    def heard_pcm(self) -> bytes:
        """16-bit PCM at 8 kHz of what the caller has heard."""
        return from_ulaw(bytes(self.heard)).tobytes()

    async def until(self, condition: Callable[[], object], within_s: float = 10) -> None:
        """Wait for something this call knows; looked at every 20 ms. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._news.clear()
                await self._news.wait()
