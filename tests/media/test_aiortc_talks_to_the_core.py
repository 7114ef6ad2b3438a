"""A WebRTC stack nobody here wrote, with the media core on either side of the offer."""

import asyncio
import fractions
from typing import Any

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from antiphon.adapters.media import Exchange, dial_leg, open_core
from antiphon.ports.leg import Closed, Connected, Notify, Play, TypedText
from antiphon.testing.dialler import DialledCall
from antiphon.wiring.media import open_media
from tests.media.ear import Ear
from tests.media.tones import Pcm, strongest_hz, tone

pytestmark = pytest.mark.realtime
RATE_HZ = 48_000


class ToneTrack(MediaStreamTrack):
    """An endless tone, paced as aiortc asks of its tracks."""

    kind = "audio"

    def __init__(self, hz: float) -> None:
        super().__init__()
        self._pcm = np.frombuffer(tone(hz, 1, RATE_HZ), np.int16).reshape(50, 1, 960)
        self._number = 0
        self._start = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        wait_s = self._start + self._number / 50 - loop.time()
        if wait_s > 0:
            await asyncio.wait([loop.create_future()], timeout=wait_s)
        frame = AudioFrame.from_ndarray(self._pcm[self._number % 50], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._number * 960, fractions.Fraction(1, RATE_HZ)
        self._number += 1
        return frame


async def take(track: MediaStreamTrack, seconds: float) -> Pcm:
    """Left channel of what a track brings."""
    heard: list[Any] = []
    while len(heard) < seconds * 50:
        frame = await track.recv()
        assert isinstance(frame, AudioFrame)
        heard.append(frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0])
    return np.concatenate(heard)


async def test_aiortc_calls_the_core() -> None:
    async with open_media() as doors:
        peer = RTCPeerConnection()
        peer.addTrack(ToneTrack(440))
        channel = peer.createDataChannel("antiphon")
        news: asyncio.Queue[str] = asyncio.Queue()
        channel.on("message", news.put_nowait)
        channel.on("open", lambda: channel.send('{"type": "text", "text": "hello"}'))
        tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
        peer.on("track", tracks.put_nowait)
        await peer.setLocalDescription(await peer.createOffer())
        answered = await doors.webrtc.answer(peer.localDescription.sdp)
        ear = Ear()
        answered.leg.attach(ear)
        await peer.setRemoteDescription(RTCSessionDescription(answered.sdp, "answer"))
        answered.leg.order(Play(1, 0, tone(880, 4, 24_000), 24_000, last=True))
        answered.leg.order(Notify('{"type": "state"}'))
        heard = await take(await tracks.get(), 2)
        assert 880 == pytest.approx(strongest_hz(heard[-RATE_HZ:], RATE_HZ), abs=3)
        await ear.until(lambda: len(ear.pcm()) > 24_000 and ear.of(TypedText))
        assert 440 == pytest.approx(strongest_hz(ear.pcm()[-16_000:], 16_000), abs=3)
        assert '{"type": "state"}' == await news.get()
        assert 1 == len(ear.of(Connected))
        await peer.close()
        await ear.until(lambda: ear.of(Closed))


async def test_the_core_calls_aiortc() -> None:
    core = open_core("127.0.0.1:0", [])
    async with Exchange(core, lambda where, error: pytest.fail(f"{where}: {error}")) as exchange:
        call = DialledCall()
        leg = await dial_leg(exchange, call.sink())
        call.use(leg)
        peer = RTCPeerConnection()
        peer.addTrack(ToneTrack(330))
        tracks: asyncio.Queue[MediaStreamTrack] = asyncio.Queue()
        peer.on("track", tracks.put_nowait)
        await peer.setRemoteDescription(RTCSessionDescription(leg.offer, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        await leg.accept(peer.localDescription.sdp)
        await call.until(lambda: call.connected_ms)
        call.say(tone(990, 4, 24_000), 24_000)
        heard = await take(await tracks.get(), 2)
        assert 990 == pytest.approx(strongest_hz(heard[-RATE_HZ // 2 :], RATE_HZ), abs=4)
        await call.until(lambda: len(call.ear.pcm()) > 48_000)
        last = np.frombuffer(call.ear.pcm()[-32_000:], np.int16)
        assert 330 == pytest.approx(strongest_hz(last, 16_000), abs=3)
        await peer.close()
