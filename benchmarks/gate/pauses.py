"""What a gate's edges come to while the agent speaks: the conversation pauses first and decides after (`core/barge_in.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.core.barge_in import BargeInPolicy, Reflex
from benchmarks.gate.detectors import Edges, spans
from benchmarks.gate.material import HZ


@dataclass
class Pauses:
    """Over some audio in which nobody speaks to the agent."""

    false: int = 0
    """Pauses that ended because no voice was confirmed: 150 ms of silence each."""
    contests: int = 0
    """Sounds that the detector took for a voice: the agent waits for words."""
    cuts: int = 0
    """Of these, those that lasted: the agent is cut."""


def pauses(gate: Edges, detector: Edges, samples: int, policy: BargeInPolicy | None = None) -> Pauses:
    """An agent that always speaks: `gate` pauses it while its reflex is armed, `detector` confirms, or pauses by itself."""
    policy = policy or BargeInPolicy()
    reflex, found, free_at = Reflex(policy), Pauses(), 0.0
    for at_ms, voice in sounds(gate, detector, samples, policy.confirm_ms):
        if at_ms < free_at or (voice is None and not reflex.armed):
            continue
        if voice is None:
            found.false += 1
            reflex.false_pause(round(at_ms))
            free_at = at_ms + policy.confirm_ms
            continue
        reflex.voice()
        begun, ended = voice
        found.contests += 1
        found.cuts += ended - begun >= policy.voice_ms
        free_at = ended
    return found


def sounds(
    gate: Edges, detector: Edges, samples: int, confirm_ms: int
) -> Sequence[tuple[float, tuple[float, float] | None]]:
    """When each pause would begin, and the voice that is confirmed in time, if one is."""
    voices = [(begin * 1000 / HZ, end * 1000 / HZ) for begin, end in spans(detector, samples)]
    opened = [at * 1000 / HZ for at, opens in gate if opens]
    found: list[tuple[float, tuple[float, float] | None]] = [(voice[0], voice) for voice in voices]
    for at in opened:
        near = [voice for voice in voices if voice[0] <= at + confirm_ms and at < voice[1]]
        found.append((at, near[0] if near else None))
    return sorted(found, key=lambda sound: sound[0])
