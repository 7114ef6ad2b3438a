"""Every number the conversation turns on, with its unit and where it comes from."""

from dataclasses import dataclass, field

from antiphon.core.barge_in import BargeInPolicy
from antiphon.core.endpointing import EndpointingPolicy


@dataclass(frozen=True, slots=True)
class ConversationPolicy:
    """One agent's manners. All times are milliseconds."""

    endpointing: EndpointingPolicy = field(default_factory=EndpointingPolicy)
    barge_in: BargeInPolicy = field(default_factory=BargeInPolicy)
    caller_silence_ms: int = 8_000  # callers say "hello?" after about 5 s; LiveKit calls them away after 15 s
    most_silences: int = 3  # reprompts in a row before hanging up
    digits_pause_ms: int = 2_000  # keys pressed this close together are one answer
    brain_stall_ms: int = 8_000  # nothing from a run this long: it has failed (call/think gives up after 6 s by itself)
    tool_stall_ms: int = 30_000  # longer than any tool's own timeout
    audible_ms: int = 6_000  # a reply with all its text must be audible by then (reference: 1.5 s for a vendor's voice)
    flush_ms: int = 300  # a leg that does not say where it cut is taken at its last known position
    farewell_ms: int = 400  # from the last packet of a goodbye to the hang-up: the far end's playout delay
    longest_call_ms: int = 30 * 60_000
