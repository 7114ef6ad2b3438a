"""The bridge: a process that carries packets between two TUN devices, each the only way out of its network.

    python bridge.py SERVER_FD CLIENT_FD SEED

The devices are inherited; the process needs no privilege of its own. Orders come as JSON lines on its input, each answered by one
line on its output; it ends with its input. Times are CLOCK_MONOTONIC in ms, the same clock in every process.

    {"order": "set", "toward": "server", "conditions": {"delay_ms": 40}}   → {"at_ms": …}
    {"order": "blackout", "for_ms": 4000}   → {"began_ms": …, "ended_ms": …, "blocked": {…}}, at its end
    {"order": "count"}                      → {"server": {…}, "client": {…}}
"""

import json
import os
import selectors
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.network.wire import Conditions, Direction

LARGEST_PACKET = 65_535
ENDS = ("server", "client")


@dataclass
class Bridge:
    """Both directions, named for the end that packets travel to; `devices` are named for the end they stand at."""

    devices: dict[str, int]
    seed: int
    directions: dict[str, Direction] = field(default_factory=dict)
    _blackout: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.directions = {end: Direction(Random(f"{self.seed} {end}")) for end in ENDS}

    def run(self) -> None:
        """Carry packets until the input ends."""
        waiting = selectors.EpollSelector()
        for end, device in self.devices.items():
            os.set_blocking(device, False)
            waiting.register(device, selectors.EVENT_READ, end)
        waiting.register(0, selectors.EVENT_READ, "orders")
        orders = b""
        while True:
            ready = {key.data for key, _ in waiting.select(self._patience_s())}
            for end in ready & set(ENDS):
                self._read(end)
            if "orders" in ready:
                told = os.read(0, LARGEST_PACKET)
                if not told:
                    return
                *whole, orders = (orders + told).split(b"\n")
                for line in whole:
                    self._obey(json.loads(line))
            self._turn_over(_now_ms())

    def _read(self, end: str) -> None:
        """Everything that waits at one end starts towards the other."""
        toward = self.directions[_other(end)]
        while True:
            try:
                packet = os.read(self.devices[end], LARGEST_PACKET)
            except BlockingIOError:
                return
            if (
                packet[0] >> 4 == 4
            ):  # the kernel asks around by IPv6 whenever it likes, which would shift the packets' fates
                toward.take(_now_ms(), packet)

    def _turn_over(self, now_ms: float) -> None:
        if self._blackout and self._blackout["ends_ms"] <= now_ms:
            self._light(now_ms)
        for end, direction in self.directions.items():
            for packet in direction.due(now_ms):
                os.write(self.devices[end], packet)

    def _patience_s(self) -> float | None:
        """Until the next packet leaves or the blackout ends."""
        times = [due for direction in self.directions.values() if (due := direction.next_ms()) is not None]
        times += [self._blackout["ends_ms"]] if self._blackout else []
        return max(0.0, (min(times) - _now_ms()) / 1000) if times else None

    def _obey(self, order: dict[str, Any]) -> None:
        now_ms = _now_ms()
        match order:
            case {"order": "set", "toward": toward, "conditions": conditions}:
                self.directions[toward].conditions = Conditions(**conditions)
                _tell({"at_ms": now_ms})
            case {"order": "blackout", "for_ms": for_ms}:
                self._blackout = {"began_ms": now_ms, "ends_ms": now_ms + for_ms, "before": self._blocked()}
                self._let_down(True)
            case {"order": "count"}:
                _tell({end: asdict(direction.counts) for end, direction in self.directions.items()})
            case _:
                raise ValueError(f"no such order: {order}")

    def _light(self, now_ms: float) -> None:
        assert self._blackout is not None
        began, before = self._blackout["began_ms"], self._blackout["before"]
        self._blackout = None
        for direction in self.directions.values():
            direction.due(now_ms)  # what was still under way dies with the blackout, not after it
        self._let_down(False)
        blocked = {end: count - before[end] for end, count in self._blocked().items()}
        _tell({"began_ms": began, "ended_ms": now_ms, "blocked": blocked})

    def _let_down(self, down: bool) -> None:
        for direction in self.directions.values():
            direction.conditions = replace(direction.conditions, down=down)

    def _blocked(self) -> dict[str, int]:
        return {end: direction.counts.blocked for end, direction in self.directions.items()}


def _other(end: str) -> str:
    return "client" if end == "server" else "server"


def _tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _now_ms() -> float:
    return time.monotonic_ns() / 1e6


if __name__ == "__main__":
    server, client, seed = (int(argument) for argument in sys.argv[1:])
    Bridge({"server": server, "client": client}, seed).run()
