"""What is measured, in which order, and about how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load.cycle import CYCLE_S, Shape

WARM_S = 2.0
WINDOW_S = 6.0
FEW = 20
"""With fewer calls the window is longer: a call is on one side of its 20 s cycle, and ticks of the CPU clock are 10 ms."""
FEW_WINDOW_S = 8.0
START_S = 2.0
"""Two Python processes."""
CONNECT_S = 0.04
"""A call's handshakes, one after another."""
SWEEP = (1, 10, 20, 50, 100, 150, 200, 250, 300)


@dataclass(frozen=True, slots=True)
class Run:
    """One window to come."""

    server: str
    shape: Shape
    calls: int
    window_s: float

    @property
    def key(self) -> tuple[str, Shape, int]:
        """What it is about, whatever the round."""
        return self.server, self.shape, self.calls

    @property
    def warm_s(self) -> float:
        """How long callers have talked before it begins. Where clauses are shared, most of them have been said by
        then, as on a server that has run for a while."""
        return CYCLE_S if self.server.startswith("share-") else WARM_S

    def seconds(self) -> float:
        """About how long it takes."""
        return START_S + self.calls * CONNECT_S + self.warm_s + self.window_s


def runs(server: str, shape: Shape, *sizes: int) -> list[Run]:
    """Windows of growing size."""
    return [Run(server, shape, calls, FEW_WINDOW_S if calls < FEW else WINDOW_S) for calls in sizes]


def take_turns(*lists: Sequence[Run]) -> tuple[Run, ...]:
    """All runs, systems alternating, so that other work on the machine falls on all alike."""
    longest = max(len(one) for one in lists)
    return tuple(one[at] for at in range(longest) for one in lists if at < len(one))


QUICK = (Run("antiphon", "talking", 3, 2.0),)
FULL = take_turns(
    runs("antiphon", "talking", *SWEEP),
    runs("aiortc", "talking", 10, 20),
    runs("pipecat", "talking", 10, 20),
    runs("fastrtc", "talking", 10, 20),
    runs("antiphon2", "talking", 10, 50, 100, 150),
    runs("antiphon", "conversation", *SWEEP[1:]),
    runs("aiortc", "conversation", 10, 20),
    runs("pipecat", "conversation", 10),
    runs("fastrtc", "conversation", 10),
    runs("antiphon2", "conversation", 100),
    runs("decode-silence", "conversation", 50, 100),
    runs("gate-silence", "conversation", 50, 100),
    runs("no-gate", "conversation", 50, 100),
    runs("share-most", "conversation", 10, 50, 100, 200),
    runs("share-clauses", "conversation", 50, 100),
    runs("reflect", "talking", 10, 50, 100),
    runs("pion", "talking", 10, 50, 100),
)
