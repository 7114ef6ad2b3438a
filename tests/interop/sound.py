"""Sound as peers carry it, by FFmpeg: Opus packets of those that leave content to others, recordings of those that do not."""

import base64
import io

import av
import numpy as np

from tests.interop.peer import NEAR_HZ
from tests.media.tones import Pcm, level_db, strongest_hz, tone

RATE_HZ = 48_000
FRAME = RATE_HZ // 50
QUIET_DB = -50.0
"""The tones of these tests have -15 to -25 dB; comfort noise has less than -60."""


def tone_packets(hz: float) -> list[str]:
    """A second of a tone in packets of 20 ms, base64."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "mono", "s16"
    encoder.bit_rate = 48_000
    pcm = np.frombuffer(tone(hz, 1.2, RATE_HZ, level=0.3), np.int16).reshape(-1, 1, FRAME)
    packets = []
    for samples in pcm:
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    # The first packets hold the encoder's start.
    return [base64.b64encode(packet).decode() for packet in packets[8:58]]


def decoded(packets: list[str]) -> Pcm:
    """48 kHz mono of packets in base64."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
    return _mono([frame for packet in packets for frame in decoder.decode(av.Packet(base64.b64decode(packet)))])


def recorded(file: str) -> Pcm:
    """48 kHz mono of a browser's recording in base64; nothing if it holds nothing."""
    if not file:
        return np.zeros(0, np.int16)
    with av.open(io.BytesIO(base64.b64decode(file)), "r") as container:
        return _mono(list(container.decode(audio=0)))


def _mono(frames: list[av.AudioFrame]) -> Pcm:
    to_mono = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    parts = [part.to_ndarray()[0] for frame in frames for part in to_mono.resample(frame)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def is_tone(pcm: Pcm, hz: float) -> bool:
    """Whether the latter half of 48 kHz PCM is this tone."""
    latter = pcm[len(pcm) // 2 :]
    return (
        len(latter) > RATE_HZ // 10
        and level_db(latter) > QUIET_DB
        and abs(strongest_hz(latter, RATE_HZ) - hz) < NEAR_HZ
    )
