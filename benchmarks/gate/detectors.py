"""The detectors of `benchmarks.gate`. Each gives the edges of a track: sample, and whether it opened. An edge is where its packet
of 20 ms ends, because no detector hears a sample before its packet has come.
"""

import os
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import webrtcvad

from antiphon.adapters.silero.network import WINDOW, Memory, SileroNetwork
from antiphon.audio.activity import Activity, ActivityPolicy, Started
from benchmarks.gate.material import HZ, Track

ROOT = Path(__file__).parents[2]
PACKET = HZ // 50
PREROLL = 300 * HZ // 1000
"""What the network hears of the time before a candidate, as the recogniser does (`call/hear.py`)."""
CLOSES_AFTER = 13
"""Packets: WebRTC's own verdict has no hold-over, so it gets that of our gate."""
BATCH = 32
Edges = list[tuple[int, bool]]


@dataclass
class Found:
    """What a detector made of a track."""

    edges: Edges
    cpu_ms: float
    """For each second of audio."""
    muted_ms: int = 0
    doubts: frozenset[int] = frozenset()
    """Where packets end that may be the beginning of a voice."""


def build() -> Path:
    """The example's program."""
    command = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "media", "--example", "gates"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "gates"


def int16(track: Track) -> bytes:
    return bytes((track.pcm * 32_768).clip(-32_768, 32_767).astype("<i2").tobytes())


def save(tracks: Sequence[Track], folder: Path) -> list[str]:
    """The files the program reads."""
    files = []
    for number, track in enumerate(tracks):
        file = folder / f"{number}.pcm"
        file.write_bytes(int16(track))
        if track.spoken is not None:
            spoken = (track.spoken * 32_768).clip(-32_768, 32_767).astype("<i2")
            file.with_name(f"{number}.pcm.spoken").write_bytes(spoken.tobytes())
        files.append(str(file))
    return files


def gates(program: Path, names: Sequence[str], tracks: Sequence[Track], files: Sequence[str]) -> dict[str, list[Found]]:
    """The core's gate in each of these settings, over each track."""
    lines = subprocess.run(
        [program, *names, "--", *files], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found: dict[str, list[Found]] = {name: [] for name in names}
    for line in lines:
        name, _, cpu, muted, *edges = line.split()
        told = [(int(at), edge) for at, edge in zip(edges[::2], edges[1::2], strict=True)]
        pairs = [(at, edge == "1") for at, edge in told if edge != "2"]
        doubts = frozenset(at for at, edge in told if edge == "2")
        seconds = tracks[len(found[name])].seconds
        found[name].append(Found(pairs, int(cpu) / 1e6 / seconds, int(muted), doubts))
    return found


def packet_end(sample: int) -> int:
    return -(-sample // PACKET) * PACKET


def silero(pcms: Sequence[bytes]) -> list[Found]:
    """The network over every window, in batches of calls as the server runs it, and the server's own hysteresis."""
    network, found = SileroNetwork(), []
    for first in range(0, len(pcms), BATCH):
        batch = pcms[first : first + BATCH]
        windows = [len(pcm) // 2 // WINDOW for pcm in batch]
        memories, activities = [Memory() for _ in batch], [Activity(ActivityPolicy()) for _ in batch]
        edges: list[Edges] = [[] for _ in batch]
        spent, judged = 0.0, 0
        for number in range(max(windows)):
            live = [n for n, count in enumerate(windows) if number < count]
            cut = [batch[n][2 * WINDOW * number : 2 * WINDOW * (number + 1)] for n in live]
            started = time.process_time()
            verdicts = network.judge(cut, [memories[n] for n in live])
            spent, judged = spent + time.process_time() - started, judged + len(live)
            for n, probability in zip(live, verdicts, strict=True):
                end = WINDOW * (number + 1)
                edges[n] += [
                    (packet_end(end), isinstance(edge, Started)) for edge in activities[n].push(end, probability)
                ]
        cpu_ms = 1000 * spent / judged * HZ / WINDOW
        found += [Found(track, cpu_ms) for track in edges]
    return found


def confirmed(gate: Sequence[Found], pcms: Sequence[bytes], network_ms: float) -> list[Found]:
    """The network only where the gate is open, its second opinion needed for an edge. Its CPU is its share of a batch's."""
    network, found = SileroNetwork(), []
    for track, pcm in zip(gate, pcms, strict=True):
        edges: Edges = []
        heard = 0
        for opened, closed in spans(track.edges, len(pcm) // 2):
            begin = max(0, opened - PREROLL) // WINDOW
            memory, activity = Memory(), Activity(ActivityPolicy())
            for number in range(begin, closed // WINDOW):
                (probability,) = network.judge([pcm[2 * WINDOW * number : 2 * WINDOW * (number + 1)]], [memory])
                heard += 1
                end = WINDOW * (number + 1)
                for edge in activity.push(end, probability):
                    edges.append((max(opened, packet_end(end)), isinstance(edge, Started)))
            if edges and edges[-1][1]:
                edges.append((closed, False))
        share = heard * WINDOW / (len(pcm) / 2)
        found.append(Found(edges, track.cpu_ms + share * network_ms))
    return found


def spans(edges: Edges, end: int) -> list[tuple[int, int]]:
    """Where it is open."""
    opened, found = None, []
    for at, opens in edges:
        if opens:
            opened = at
        elif opened is not None:
            found.append((opened, at))
            opened = None
    return found if opened is None else [*found, (opened, end)]


def webrtc(pcms: Sequence[bytes], mode: int, hits: int, window: int) -> list[Found]:
    """WebRTC's detector: `hits` packets in `window` open, so many without close as with our gate."""
    found = []
    for pcm in pcms:
        vad = webrtcvad.Vad(mode)
        packets = [pcm[at : at + 2 * PACKET] for at in range(0, len(pcm) - 2 * PACKET + 1, 2 * PACKET)]
        started = time.process_time()
        voiced = [vad.is_speech(packet, HZ) for packet in packets]
        spent = time.process_time() - started
        found.append(Found(hysteresis(voiced, hits, window), 1000 * spent / (len(packets) / 50)))
    return found


def hysteresis(voiced: Sequence[bool], hits: int, window: int) -> Edges:
    edges: Edges = []
    last: deque[bool] = deque(maxlen=window)
    is_open, misses = False, 0
    for number, hit in enumerate(voiced, 1):
        last.append(hit)
        misses = 0 if hit else misses + 1
        if not is_open and sum(last) >= hits:
            is_open = True
            edges.append((number * PACKET, True))
        elif is_open and misses >= CLOSES_AFTER:
            is_open = False
            edges.append((number * PACKET, False))
    return edges
