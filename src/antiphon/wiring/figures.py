"""What a process says of itself at /metrics."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from antiphon.call.reception import FrontDesk, Room

MEDIA_GAUGES = frozenset(
    {"threads", "legs", "addresses", "user_fragments", "timers", "tcp_connections", "clips", "clip_bytes"}
)
"""Counts of the media core that go down again; the others only grow."""


def process_figures(desk: FrontDesk, media: Callable[[], Mapping[str, float]], room: Room) -> dict[str, float]:
    """Figures by name, as they are now. Seconds and bytes, as Prometheus has it."""
    legs = {
        f"antiphon_media_{name}{'' if name in MEDIA_GAUGES else '_total'}": value for name, value in media().items()
    }
    return {
        "antiphon_calls": desk.count,
        "antiphon_calls_limit": room.calls,
        "antiphon_strained": room.strained(),
        "antiphon_tasks": len(asyncio.all_tasks()),
        **desk.quality(),
        **legs,
        "process_cpu_seconds_total": time.process_time(),
        "process_resident_memory_bytes": _resident_bytes(),
    }


def _resident_bytes() -> float:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0.0
