"""What a call is made of: the agent's parts, the house's engines, and who is calling."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from antiphon.core.agent import Agent
from antiphon.core.endpointing import EndingJudge
from antiphon.core.policy import ConversationPolicy
from antiphon.ports.brain import Brain
from antiphon.ports.journal import Journal
from antiphon.ports.records import Records
from antiphon.ports.stt import Stt, SttVocabulary
from antiphon.ports.tool import Toolbox
from antiphon.ports.tts import Tts
from antiphon.ports.vad import Vad


@dataclass(frozen=True, slots=True)
class AgentParts:
    """An agent ready for calls; shared by all its calls until its file changes."""

    agent: Agent
    brain: Brain
    toolbox: Toolbox
    vocabulary: SttVocabulary
    policy: ConversationPolicy
    judge: EndingJudge


@dataclass(frozen=True, slots=True)
class Engines:
    """Speech engines, shared by all calls of the process."""

    vad: Vad
    stt: Stt
    tts: Tts


@dataclass(frozen=True, slots=True)
class Books:
    """Where calls are written down."""

    journal: Journal
    records: Records


@dataclass(frozen=True, slots=True)
class CallIdentity:
    """Which call this is. `wall` is the UTC instant of call time 0."""

    call: str
    tenant: str
    channel: str
    wall: datetime
    caller: str | None = None

    def local_time(self, at_ms: int, zone: str) -> datetime:
        """The business's own local time at `at_ms` of call time."""
        return (self.wall + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
