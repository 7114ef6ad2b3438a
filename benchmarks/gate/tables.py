"""What the detectors' edges come to, by the kind of sound: onsets, misses, openings where nobody speaks."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.gate.detectors import PACKET, Edges, Found, spans
from benchmarks.gate.material import HZ, Track
from benchmarks.gate.pauses import pauses

AFTER = HZ // 5
"""An opening so soon after the last sample is still the utterance's."""
Detectors = dict[str, list[Found]]


def onset(tracks: Sequence[Track], found: Sequence[Found]) -> dict[str, Any]:
    """Ms from the first loud sample to the opening; utterances missed, and those at which it was open already."""
    waits, missed, already = [], 0, 0
    for track, result in zip(tracks, found, strict=True):
        opened = spans(result.edges, len(track.pcm))
        for begin, end in track.words:
            if any(first <= begin < last for first, last in opened):
                already += 1
            elif after := [first for first, _ in opened if begin < first < end + AFTER]:
                waits.append((after[0] - begin) * 1000 / HZ)
            else:
                missed += 1
    waits.sort()
    told = {"p50": round(statistics.median(waits)), "p95": round(waits[int(0.95 * (len(waits) - 1))])} if waits else {}
    return {"utterances": len(waits) + missed + already, **told, "missed": missed, "already_open": already}


def false_starts(track: Track, edges: Edges) -> int:
    """Openings where nobody speaks."""
    return sum(opens and not any(begin <= at < end + AFTER for begin, end in track.words) for at, opens in edges)


def own_voice_table(tracks: Sequence[Track], found: Detectors) -> dict[str, Any]:
    """Openings a minute at the agent's own voice alone, and the onsets of a caller over it, by detector and way back."""
    table: dict[str, Any] = {}
    for name, results in found.items():
        row: dict[str, Any] = {}
        for track, result in zip(tracks, results, strict=True):
            place = row.setdefault(track.kind, {})
            starts = round(60 * false_starts(track, result.edges) / track.seconds, 1)
            if track.words:
                place["double_talk"] = onset([track], [result]) | {"false_starts": starts}
            else:
                place["own_voice_starts"] = starts
        table[name] = row
    return table


def by_kind(tracks: Sequence[Track], measure: Callable[[Sequence[int]], Any]) -> dict[str, Any]:
    """`measure` of the tracks of each kind, by their numbers."""
    kinds = dict.fromkeys(track.kind for track in tracks)
    return {kind: measure([n for n, track in enumerate(tracks) if track.kind == kind]) for kind in kinds}


def per_minute(tracks: Sequence[Track], of: Sequence[int], count: Callable[[int], float]) -> float:
    return round(60 * sum(map(count, of)) / sum(tracks[n].seconds for n in of), 1)


def noise_table(tracks: Sequence[Track], found: Detectors) -> dict[str, Any]:
    """What each detector does while nobody speaks to the agent."""
    judge = found["Silero alone"]

    def row(results: Sequence[Found]) -> dict[str, Any]:
        paused = [
            pauses(one.edges, other.edges, len(track.pcm))
            for track, one, other in zip(tracks, results, judge, strict=True)
        ]
        return {
            "false_starts": by_kind(
                tracks, lambda of: per_minute(tracks, of, lambda n: false_starts(tracks[n], results[n].edges))
            ),
            "false_pauses": by_kind(tracks, lambda of: per_minute(tracks, of, lambda n: paused[n].false)),
            "cuts": by_kind(tracks, lambda of: per_minute(tracks, of, lambda n: paused[n].cuts)),
            "open_percent": by_kind(tracks, lambda of: open_percent(tracks, results, of)),
        }

    return {name: row(results) for name, results in found.items()}


def open_percent(tracks: Sequence[Track], found: Sequence[Found], of: Sequence[int]) -> int:
    opened = sum(end - begin for n in of for begin, end in spans(found[n].edges, len(tracks[n].pcm)))
    return round(100 * opened / sum(len(tracks[n].pcm) for n in of))


def speech_table(tracks: Sequence[Track], found: Detectors) -> dict[str, Any]:
    """How soon each hears a caller."""

    def row(results: Sequence[Found]) -> dict[str, Any]:
        onsets = by_kind(tracks, lambda of: onset([tracks[n] for n in of], [results[n] for n in of]))
        starts = by_kind(tracks, lambda of: per_minute(tracks, of, lambda n: false_starts(tracks[n], results[n].edges)))
        return {"onset": onsets, "false_starts": starts}

    return {name: row(results) for name, results in found.items()}


def foreseen(found: Found) -> Found:
    """As the agent's queue has it: what is due after a doubtful packet waits for the next one, and is not sent if that opens."""
    edges = [(at - PACKET if opens and at - PACKET in found.doubts else at, opens) for at, opens in found.edges]
    return Found(edges, found.cpu_ms)


def late_frames(found: Found) -> int:
    """Frames of an agent that always speaks, which waited for a packet that did not open."""
    opened = {at for at, opens in found.edges if opens}
    return sum(at + PACKET not in opened for at in found.doubts)


def doubt_table(
    quiet: Sequence[Track], spoken: Sequence[Track], gate: Sequence[Found], callers: Sequence[Found]
) -> dict[str, Any]:
    """What it gains that a frame waits in doubt, and how many wait in vain: of the gate that is used, by kind."""
    heard = [foreseen(one) for one in callers]
    return {
        "onset": by_kind(spoken, lambda of: onset([spoken[n] for n in of], [heard[n] for n in of])),
        "late_frames": by_kind(quiet, lambda of: per_minute(quiet, of, lambda n: late_frames(gate[n]))),
    }
