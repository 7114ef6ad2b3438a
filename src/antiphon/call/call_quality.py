"""How a call's two voices travel: what the leg tells becomes events of the call, and figures of the process."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from antiphon.core.e_model import G711, OPUS
from antiphon.core.events import QualityMeasured, Speaker
from antiphon.core.quality import PACKET_MS, Arrival, Path, VoiceQuality
from antiphon.ports.leg import LegProfile, Quality

CODINGS: Final = {"opus": OPUS, "ulaw": G711, "pcm16": G711}
"""The core puts silence for what a plain format lost."""


class CallQuality:
    """Both voices of one call. The caller's is heard by a machine at once, the agent's after the client's playout delay."""

    def __init__(self, profile: LegProfile) -> None:
        caller, agent = _paths(profile)
        self.caller, self.agent = VoiceQuality(Speaker.CALLER, caller), VoiceQuality(Speaker.AGENT, agent)

    def move(self, profile: LegProfile, at_ms: int) -> None:
        """The call goes on over another connection, which may be of another kind."""
        for voice, path in zip(self.voices, _paths(profile), strict=True):
            voice.change_path(path, at_ms)

    @property
    def voices(self) -> tuple[VoiceQuality, VoiceQuality]:
        """Caller, agent."""
        return self.caller, self.agent

    def tell(self, at_ms: int, fact: Quality) -> list[QualityMeasured]:
        """What the leg knows; events for a change of grade."""
        told = [self.caller.tell(at_ms, fact.rtt_ms, fact.caller)]
        if fact.agent is None:
            self.agent.begin_anew()
        else:
            told.append(self.agent.tell(at_ms, fact.rtt_ms, fact.agent))
        return [event for event in told if event]

    def last_word(self, at_ms: int) -> list[QualityMeasured]:
        """The whole call, for its record."""
        return [event for voice in self.voices if (event := voice.last_word(at_ms))]


def _paths(profile: LegProfile) -> tuple[Path, Path]:
    """The caller's voice's and the agent's."""
    coding, ordered = CODINGS[profile.codec], not profile.datagrams
    return Path(coding, PACKET_MS, ordered), Path(coding, PACKET_MS + profile.client_buffer_ms, ordered)


@dataclass(slots=True)
class QualityFigures:
    """What a process says of its calls' voices: scores of those that are running, counts of all. Names no call."""

    ended: dict[Speaker, Arrival] = field(default_factory=dict)

    def end(self, quality: CallQuality) -> None:
        """A call is over; what it has counted remains."""
        for voice in quality.voices:
            self.ended[voice.speaker] = _sum([self.ended.get(voice.speaker, NOTHING), voice.arrival])

    def now(self, running: Iterable[CallQuality]) -> dict[str, float]:
        """Figures by name and label. No score while nobody is calling."""
        figures: dict[str, float] = {}
        calls = list(running)
        for speaker in Speaker:
            label = f'{{speaker="{speaker}"}}'
            voices = [voice for call in calls for voice in call.voices if voice.speaker is speaker]
            scores = [voice.recent_mos for voice in voices if voice.recent_mos is not None]
            if scores:
                figures[f"antiphon_call_mos_lowest{label}"] = min(scores)
                figures[f"antiphon_call_mos_median{label}"] = median(scores)
            all_calls = _sum([self.ended.get(speaker, NOTHING), *(voice.arrival for voice in voices)])
            figures[f"antiphon_voice_packets_lost_total{label}"] = all_calls.lost
            figures[f"antiphon_voice_packets_received_total{label}"] = all_calls.received
            if speaker is Speaker.CALLER:  # what is done for the caller's ear, only the far end knows
                figures[f"antiphon_voice_packets_recovered_total{label}"] = all_calls.recovered or 0
                figures[f"antiphon_voice_concealed_seconds_total{label}"] = (all_calls.concealed_ms or 0) / 1000
        return figures


NOTHING: Final = Arrival(0.0, 0, 0)


def _sum(arrivals: Iterable[Arrival]) -> Arrival:
    lost = received = recovered = concealed_ms = 0
    for arrival in arrivals:
        lost, received = lost + arrival.lost, received + arrival.received
        recovered += arrival.recovered or 0
        concealed_ms += arrival.concealed_ms or 0
    return Arrival(0.0, lost, received, recovered, concealed_ms)
