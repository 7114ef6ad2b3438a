"""One direction of a wire in user space: what happens to each packet, with time and randomness as arguments.

Built because kernels without `sch_netem` have no delay of their own. Times are ms of any steady clock.
"""

import heapq
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a direction treats packets. `jitter_ms` is the most that the delay differs from `delay_ms`, either way, evenly spread;
    `loss` is a share, 0 to 1; without `reorder` no packet overtakes another; `down` lets nothing through."""

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    reorder: bool = False
    down: bool = False


@dataclass(slots=True)
class Counts:
    """What became of the packets of one direction. Each that arrived is lost, blocked, delivered or still under way."""

    arrived: int = 0
    delivered: int = 0
    lost: int = 0
    """Thrown away at random."""
    blocked: int = 0
    """Thrown away because the wire was down."""
    overtaken: int = 0
    """Delivered after a packet that had arrived later."""
    delay_ms: float = 0.0
    """Time that the delivered ones spent on the wire, in sum."""


@dataclass(slots=True)
class Direction:
    """Packets from one end to the other. The same seed and the same packets give the same fates."""

    chance: Random
    conditions: Conditions = field(default_factory=Conditions)
    counts: Counts = field(default_factory=Counts)
    _under_way: list[tuple[float, int, float, bytes]] = field(default_factory=list)
    _last_due_ms: float = 0.0
    _newest: int = 0

    def take(self, now_ms: float, packet: bytes) -> None:
        """A packet enters the wire."""
        self.counts.arrived += 1
        # Both numbers are drawn for every packet, so that one condition does not shift the fates under another.
        luck, spread = self.chance.random(), self.chance.uniform(-1, 1)
        if self.conditions.down:
            self.counts.blocked += 1
        elif luck < self.conditions.loss:
            self.counts.lost += 1
        else:
            due_ms = now_ms + max(0.0, self.conditions.delay_ms + spread * self.conditions.jitter_ms)
            if not self.conditions.reorder:
                due_ms = max(due_ms, self._last_due_ms)
            self._last_due_ms = due_ms
            heapq.heappush(self._under_way, (due_ms, self.counts.arrived, now_ms, packet))

    def due(self, now_ms: float) -> list[bytes]:
        """The packets that leave the wire now. What is under way when the wire goes down is blocked too."""
        out = []
        while self._under_way and self._under_way[0][0] <= now_ms:
            _, number, entered_ms, packet = heapq.heappop(self._under_way)
            if self.conditions.down:
                self.counts.blocked += 1
                continue
            self.counts.delivered += 1
            self.counts.overtaken += number < self._newest
            self.counts.delay_ms += now_ms - entered_ms
            self._newest = max(self._newest, number)
            out.append(packet)
        return out

    def next_ms(self) -> float | None:
        """When the next packet leaves."""
        return self._under_way[0][0] if self._under_way else None
