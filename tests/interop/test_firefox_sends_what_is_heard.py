"""Firefox encodes no more than the server hears, because the answer says what that is. Chromium's test is in tests/media."""

import asyncio
import json

import pytest

from tests.interop.browsers import BrowserStack, open_firefox
from tests.interop.desk import Desk, open_desk
from tests.interop.peer import UnobtainableError
from tests.media.opus_configurations import ABOVE_WIDEBAND, WIDEBAND

WITHIN_S = 20
SECOND = 50
"""Packets."""
HINT = ";maxplaybackrate=16000;maxaveragebitrate=24000"
WATCH = """{
  const script = `onrtctransform = ({ transformer: { readable, writable } }) => {
    const transform = (frame, out) => {
      postMessage(new Uint8Array(frame.data)[0] >> 3);
      out.enqueue(frame);
    };
    readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
  };`;
  const worker = new Worker(URL.createObjectURL(new Blob([script])));
  globalThis.configurations = [];
  worker.onmessage = ({ data }) => configurations.push(data);
  const addTrack = RTCPeerConnection.prototype.addTrack;
  RTCPeerConnection.prototype.addTrack = function (...tracks) {
    const sender = addTrack.apply(this, tracks);
    sender.transform = new RTCRtpScriptTransform(worker, {});
    return sender;
  };
}"""
"""From now on `configurations` has that of every packet (RFC 6716 3.1)."""


async def configurations(firefox: BrowserStack, desk: Desk, deaf_to: str) -> set[int]:
    """Of two seconds of a tone, the first second's left out: Firefox begins before it has read the answer's every word."""
    await firefox.evaluate("configurations.length = 0")
    async with firefox.peer() as peer:
        answer, _ = await desk.post(await peer.offer())
        assert HINT in answer
        await peer.accept(answer.replace(deaf_to, ""))
        await peer.connected()
        await peer.play()
        while len(packets := json.loads(await firefox.evaluate("JSON.stringify(configurations)"))) < 2 * SECOND:
            pass
    return set(packets[SECOND:])


@pytest.mark.browser
@pytest.mark.realtime
async def test_firefox_encodes_no_more_than_we_hear_because_the_answer_says_so() -> None:
    try:
        async with open_firefox() as firefox, open_desk() as desk, asyncio.timeout(WITHIN_S):
            await firefox.evaluate(WATCH)
            told = await configurations(firefox, desk, deaf_to="")
            assert told <= WIDEBAND, f"{told} of a caller who was told"
            untold = await configurations(firefox, desk, deaf_to=HINT)
            assert untold & ABOVE_WIDEBAND, f"{untold} of one who was not"
    except UnobtainableError as missing:
        pytest.skip(str(missing))
