"""One window: a fresh server, fresh callers, a stretch of time, and what it took."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cost.plan import Run
from benchmarks.cost.servers import LOAD_CPU, SERVER_CPU, SERVERS, cpu_for
from benchmarks.load.process import UnservedError, ask, child, counts_of, cpu_s, line_of, program

STAGES = ("receive", "decode", "gate", "encode", "send", "orders", "timers", "turn", "between")
"""Of a core's threads; `python` is what the process takes besides."""
BEHIND_PER_THOUSAND = 100.0
"""A window with more late frames served nobody: frames are skipped or bunched, and the CPU figure means nothing."""
HEARD_SHARE = 0.95
"""Of what the callers said; a server that hears less has fallen behind."""
FULL_CPU = 0.97
"""Of one CPU: more is none left."""
P99_LATE_MS = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """One measured stretch of one run."""

    server: str
    shape: str
    calls: int
    ms_per_call_second: float
    stages: dict[str, float] | None
    """CPU ms per call and second of each stage, and of Python."""
    mb_per_call: float
    frames_in_per_call_second: float
    left_out_per_call_second: float
    packets_out_per_call_second: float
    late_per_thousand: float | None
    p99_late_ms: float | None
    sounding: float
    """Share of what the first callers got that was no silence."""
    forwarded_percent: float | None
    far_jitter_ms: float
    lost: int
    server_cpus: float
    load_cpus: float
    others_cpus: float
    stolen_cpus: float
    """What the machine's own host kept from it."""

    def trouble(self) -> str | None:
        """Why this server, with so many calls, is beyond its limit."""
        reflecting = not SERVERS[self.server].desk
        heard = self.packets_out_per_call_second if reflecting else (
            self.frames_in_per_call_second + self.left_out_per_call_second
        )  # fmt: skip
        if SERVERS[self.server].pinned and self.server_cpus > FULL_CPU:
            return "its CPU is full"
        if self.load_cpus > FULL_CPU:
            return "the callers' CPU is full"
        if heard < 50 * HEARD_SHARE:
            return f"{heard:.1f} of 50 frames a second were heard"
        if self.p99_late_ms is not None and self.p99_late_ms > P99_LATE_MS:
            return f"p99 of lateness beyond {P99_LATE_MS:.0f} ms"
        return None

    def at_its_end(self) -> bool:
        """Whether more calls could only be worse."""
        return not self.kept_pace() or "full" in (self.trouble() or "")

    def kept_pace(self) -> bool:
        """Whether the CPU figure means something."""
        return (self.late_per_thousand or 0.0) <= BEHIND_PER_THOUSAND and "heard" not in (self.trouble() or "")


@dataclass(frozen=True, slots=True)
class Sides:
    """The two processes of a run."""

    server: psutil.Process
    callers: psutil.Process
    talk: asyncio.subprocess.Process
    base: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All clocks and counters at one moment."""

    at_s: float
    server_cpu_s: float
    callers_cpu_s: float
    machine_cpu_s: float
    stolen_s: float
    desk: dict[str, Any]
    far: dict[str, Any]


async def measure(run: Run, folder: Path) -> Window:
    """Raises UnservedError when the callers cannot be served."""
    server = SERVERS[run.server]
    async with program(server.command(run.shape, folder), cpu_for(SERVER_CPU, server.pinned)) as desk:
        base = f"http://127.0.0.1:{(await line_of(desk))['port']}"
        process = psutil.Process(desk.pid)
        rss_idle = process.memory_info().rss
        arguments = ("benchmarks.load.callers", base, str(run.calls), run.shape, str(folder))
        async with child(*arguments, cpus=cpu_for(LOAD_CPU, server.pinned)) as callers:
            connected = (await line_of(callers))["connected"]
            if connected != run.calls:
                raise UnservedError(f"only {connected} of {run.calls} callers connected")
            await asyncio.sleep(run.warm_s)
            sides = Sides(process, psutil.Process(callers.pid), callers, base)
            before = await read(sides)
            await asyncio.sleep(run.window_s)
            return _window(run, before, await read(sides), process.memory_info().rss - rss_idle)


async def read(sides: Sides) -> Reading:
    """What everybody has done so far."""
    desk, far = await counts_of(sides.base), await ask(sides.talk)
    busy = psutil.cpu_times()
    return Reading(
        at_s=asyncio.get_running_loop().time(),
        server_cpu_s=cpu_s(sides.server),
        callers_cpu_s=cpu_s(sides.callers),
        machine_cpu_s=busy.user + busy.nice + busy.system + busy.irq + busy.softirq,
        stolen_s=busy.steal,
        desk=desk,
        far=far,
    )


def _window(run: Run, before: Reading, after: Reading, rss: int) -> Window:
    took = after.at_s - before.at_s
    call_seconds = run.calls * took
    spent, load = after.server_cpu_s - before.server_cpu_s, after.callers_cpu_s - before.callers_cpu_s
    core = _grown(before.desk.get("core"), after.desk.get("core"))
    sent = after.far["received"] - before.far["received"]
    late = core.get("sent_late") if core else _grown(before.desk, after.desk).get("late")
    return Window(
        server=run.server,
        shape=run.shape,
        calls=run.calls,
        ms_per_call_second=spent * 1000 / call_seconds,
        stages=_stages(core, spent, call_seconds) if core else None,
        mb_per_call=rss / 1e6 / run.calls,
        frames_in_per_call_second=(after.desk["samples"] - before.desk["samples"]) / 320 / call_seconds,
        left_out_per_call_second=core.get("left_out_ms", 0) / 20 / call_seconds,
        packets_out_per_call_second=sent / call_seconds,
        late_per_thousand=late * 1000 / max(1, sent) if late is not None else None,
        p99_late_ms=within(0.99, before.desk.get("lateness"), after.desk.get("lateness")),
        sounding=(after.far["loud"] - before.far["loud"]) / max(1, after.far["heard"] - before.far["heard"]),
        forwarded_percent=core["forwarded"] * 100 / max(1, core["datagrams"]) if core else None,
        far_jitter_ms=after.far["jitter_ms"],
        lost=after.far["lost"] - before.far["lost"],
        server_cpus=spent / took,
        load_cpus=load / took,
        others_cpus=max(0.0, (after.machine_cpu_s - before.machine_cpu_s - spent - load) / took),
        stolen_cpus=(after.stolen_s - before.stolen_s) / took,
    )


def _grown(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, float]:
    """What the counters have counted in between."""
    numbers = {name: value for name, value in (after or {}).items() if isinstance(value, int | float)}
    return {name: value - (before or {}).get(name, 0) for name, value in numbers.items()}


def _stages(core: dict[str, float], spent_s: float, call_seconds: float) -> dict[str, float]:
    stages = {name: core[f"{name}_cpu_ns"] / 1e6 / call_seconds for name in STAGES}
    return {**stages, "python": spent_s * 1000 / call_seconds - core["thread_cpu_ns"] / 1e6 / call_seconds}


def within(share: float, before: Sequence[Any] | None, after: Sequence[Any] | None) -> float | None:
    """The edge in ms under which that share of the packets were late; infinite beyond the last edge."""
    if not before or not after:
        return None
    packets = [(edge, late - was) for (edge, late), (_, was) in zip(after, before, strict=True)]
    wanted, seen = share * sum(late for _, late in packets), 0
    for edge, late in packets:
        seen += late
        if wanted and seen >= wanted:
            return float("inf") if edge is None else float(edge)
    return None
