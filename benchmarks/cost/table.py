"""What the windows come to: medians, ratios, the limit, and the tables of benchmarks/README.md."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.cost.plan import FEW_WINDOW_S, WARM_S, WINDOW_S
from benchmarks.cost.servers import ROOT, SERVERS
from benchmarks.cost.window import P99_LATE_MS, STAGES, Window
from benchmarks.load.cycle import AGENT_SHARE, CALLER_SHARE

Row = dict[str, Any]
BARS = {"talking": 10.0, "conversation": 20.0}
REFLECT_BAR = 2.0
FLAT = 0.15
SHAPES = {"talking": "always talking", "conversation": "conversation"}
PEERS = ("aiortc", "pipecat", "fastrtc")
SPARED = ("decode-silence", "gate-silence", "no-gate", "share-most", "share-clauses")


def in_words(window: Window) -> str:
    """A line for whoever watches."""
    late = "" if window.late_per_thousand is None else f"late {window.late_per_thousand:.1f}‰ "
    p99 = "" if window.p99_late_ms is None else f"p99<{window.p99_late_ms:.0f} ms "
    sides = f"server {window.server_cpus:.2f} callers {window.load_cpus:.2f}"
    cpus = f"{sides} others {window.others_cpus:.2f} stolen {window.stolen_cpus:.2f}"
    return (
        f"{window.server:14} {window.shape:12} N={window.calls:<3} {window.ms_per_call_second:6.2f} ms/call-s  "
        f"in {window.frames_in_per_call_second:.1f} left out {window.left_out_per_call_second:.1f} "
        f"out {window.packets_out_per_call_second:.1f} /s  sounding {window.sounding:.0%} {late}{p99}lost {window.lost}  "
        f"CPUs: {cpus}  {window.trouble() or ''}"
    )


def summary(windows: Sequence[Window]) -> list[Row]:
    """Medians per system, shape and size. Windows in which the server did not keep pace count only where none did."""
    groups: dict[tuple[str, str, int], list[Window]] = {}
    for window in windows:
        groups.setdefault((window.server, window.shape, window.calls), []).append(window)
    return [_row([window for window in group if window.kept_pace()] or group, group) for group in groups.values()]


def _row(counted: Sequence[Window], group: Sequence[Window]) -> Row:
    first = counted[0]
    row: Row = {"server": first.server, "shape": first.shape, "calls": first.calls, "windows": len(counted)}
    for name, value in asdict(first).items():
        if name in row or name == "stages":
            continue
        values = [getattr(window, name) for window in counted]
        row[name] = None if value is None else round(statistics.median(values), 3)
    if first.stages:
        row["stages"] = {
            name: round(statistics.median(w.stages[name] for w in counted if w.stages), 4) for name in first.stages
        }
    costs = [window.ms_per_call_second for window in counted]
    row["ms_range"] = [round(min(costs), 3), round(max(costs), 3)]
    row["kept_pace"] = sum(window.kept_pace() for window in group) * 2 > len(group)
    troubles = [trouble for window in group if (trouble := window.trouble())]
    row["trouble"] = statistics.mode(troubles) if len(troubles) * 2 >= len(group) else None  # a tie is trouble
    return row


def result(windows: Sequence[Window], failures: Sequence[Row]) -> Row:
    """All that is kept."""
    rows = summary(windows)
    return {
        "what": "CPU of the server process (user + system), ms per call and second; medians of alternated windows that kept pace",
        "machine": {"cpus": os.cpu_count(), "cpu": _cpu_name(), "python": platform.python_version()},
        "versions": {
            "str0m": "0.25.0",
            "libopus": "1.6 (opusic-sys 0.7.7)",
            "aiortc": version("aiortc"),
            **_peer_versions(),
        },
        "shape": {
            "conversation": {"agent": AGENT_SHARE, "caller": CALLER_SHARE},
            "window_s": [WINDOW_S, FEW_WINDOW_S],
            "warm_s": WARM_S,
        },
        "ratios": ratios(rows),
        "reflect": reflect_ratios(rows),
        "flat": flatness(rows),
        "limit": limits(rows, failures),
        "table": rows,
        "failures": list(failures),
        "windows": [asdict(window) for window in windows],
    }


def _of(rows: Sequence[Row], server: str, shape: str) -> dict[int, Row]:
    return {row["calls"]: row for row in rows if (row["server"], row["shape"]) == (server, shape)}


def ratios(rows: Sequence[Row]) -> list[Row]:
    """How many times cheaper a call is here than with each other system at each of its sizes, by shape."""
    found = []
    for shape, bar in BARS.items():
        theirs = {
            f"{peer} at {calls}": row["ms_per_call_second"]
            for peer in PEERS
            for calls, row in _of(rows, peer, shape).items()
            if row["kept_pace"]
        }
        for calls, row in _of(rows, "antiphon", shape).items():
            times = {name: round(ms / row["ms_per_call_second"], 1) for name, ms in theirs.items()}
            found.append({"shape": shape, "calls": calls, "times": times, "bar": bar})
    return found


def reflect_ratios(rows: Sequence[Row]) -> list[Row]:
    """The same for sending back, by size."""
    ours, pions = _of(rows, "reflect", "talking"), _of(rows, "pion", "talking")
    return [
        {
            "calls": calls,
            "times": round(pions[calls]["ms_per_call_second"] / ours[calls]["ms_per_call_second"], 2),
            "bar": REFLECT_BAR,
        }
        for calls in ours
        if calls in pions
    ]


def flatness(rows: Sequence[Row]) -> list[Row]:
    """What a call costs with 10 beside with 100."""
    found = []
    for server in ("antiphon", "antiphon2"):
        for shape in SHAPES:
            sizes = _of(rows, server, shape)
            if {10, 100} <= sizes.keys():
                ratio = sizes[10]["ms_per_call_second"] / sizes[100]["ms_per_call_second"]
                found.append({"server": server, "shape": shape, "cost_at_10_beside_100": round(ratio, 2), "bar": FLAT})
    return found


def limits(rows: Sequence[Row], failures: Sequence[Row]) -> list[Row]:
    """The most calls that were carried without trouble, the next size, and what was wrong there."""
    found = []
    for server in SERVERS:
        for shape in SHAPES:
            sizes = dict(sorted(_of(rows, server, shape).items()))
            if len(sizes) < 2:
                continue
            carried, beyond, why = 0, None, None
            failed = {f["calls"]: f["failure"] for f in failures if (f["server"], f["shape"]) == (server, shape)}
            for calls in sorted(sizes.keys() | failed.keys()):
                why = sizes[calls]["trouble"] if calls in sizes else failed[calls]
                if why:
                    beyond = calls
                    break
                carried = calls
            found.append({"server": server, "shape": shape, "carried": carried, "not_carried": beyond, "why": why})
    return found


def markdown(kept: Row) -> str:
    """The tables, as benchmarks/README.md has them."""
    parts = (_costs(kept), _stages(kept["table"]), _spared(kept["table"]), _reflect(kept), _limit(kept))
    return "\n\n".join(parts)


def _lines(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _costs(kept: Row) -> str:
    body = []
    for shape, words in SHAPES.items():
        times = {row["calls"]: row["times"] for row in kept["ratios"] if row["shape"] == shape}
        names = ("antiphon", "antiphon2", *PEERS)
        rows = [row for name in names for _, row in sorted(_of(kept["table"], name, shape).items())]
        for row in rows:
            against = times.get(row["calls"], {}) if row["server"] == "antiphon" else {}
            late = "" if row["late_per_thousand"] is None else f"{row['late_per_thousand']:.1f}"
            p99 = "" if row["p99_late_ms"] is None else f"{row['p99_late_ms']:.0f}"
            body.append([
                f"{SERVERS[row['server']].label}, {words}",
                str(row["calls"]),
                f"{row['ms_per_call_second']:.2f}" + ("" if row["kept_pace"] else " (fell behind)"),
                f"{row['mb_per_call']:.2f}",
                late,
                p99,
                *(_times(against, peer) for peer in PEERS),
            ])  # fmt: skip
    peers = [f"× {SERVERS[peer].label}" for peer in PEERS]
    return _lines(["who", "calls", "CPU ms", "MB a call", "late ‰", "p99 late < ms", *peers], body)


def _times(against: dict[str, float], peer: str) -> str:
    return " / ".join(f"{times:.1f}" for name, times in against.items() if name.startswith(f"{peer} at"))


def _stages(rows: Sequence[Row]) -> str:
    names = (*STAGES, "python")
    body = [
        [f"{SERVERS[server].label}, {words}", str(calls), *(f"{row['stages'][name]:.2f}" for name in names)]
        for server in ("antiphon", "antiphon2")
        for shape, words in SHAPES.items()
        for calls, row in sorted(_of(rows, server, shape).items())
    ]
    return _lines(["CPU ms per call and second", "calls", *names], body)


def _spared(rows: Sequence[Row]) -> str:
    body = []
    base = _of(rows, "antiphon", "conversation")
    for server in SPARED:
        for calls, row in sorted(_of(rows, server, "conversation").items()):
            if calls in base:
                more = row["ms_per_call_second"] / base[calls]["ms_per_call_second"] - 1
                body.append([SERVERS[server].label, str(calls), f"{row['ms_per_call_second']:.2f}", f"{more:+.0%}"])
    usual = [
        ["no two agents say the same", str(calls), f"{base[calls]['ms_per_call_second']:.2f}", ""]
        for calls in (50, 100)
        if calls in base
    ]
    return _lines(["conversation", "calls", "CPU ms", "beside that"], [*usual, *body])


def _reflect(kept: Row) -> str:
    times = {row["calls"]: f"{row['times']:.1f}" for row in kept["reflect"]}
    body = [
        [
            SERVERS[server].label,
            str(calls),
            f"{row['ms_per_call_second']:.2f}",
            times.get(calls, "") if server == "reflect" else "",
        ]
        for server in ("reflect", "pion")
        for calls, row in sorted(_of(kept["table"], server, "talking").items())
    ]
    return _lines(["reflecting", "calls", "CPU ms", f"× Pion (bar {REFLECT_BAR:.0f})"], body)


def _limit(kept: Row) -> str:
    flat = {(row["server"], row["shape"]): f"{row['cost_at_10_beside_100']:.2f}" for row in kept["flat"]}
    body = [
        [
            f"{SERVERS[row['server']].label}, {SHAPES[row['shape']]}",
            str(row["carried"]),
            f"{row['not_carried']}: {row['why']}" if row["not_carried"] else "not reached",
            flat.get((row["server"], row["shape"]), ""),
        ]
        for row in kept["limit"]
        if row["server"] not in SPARED
    ]
    return _lines(["limit", f"carried (p99 ≤ {P99_LATE_MS:.0f} ms)", "not carried", "cost at 10 beside 100"], body)


def _peer_versions() -> dict[str, str]:
    pins = (ROOT / "requirements" / "peers.txt").read_text().split()
    versions = dict(pin.split("==") for pin in pins if "==" in pin and not pin.startswith("#"))
    go = (ROOT / "tests" / "interop" / "pion" / "go.mod").read_text().split()
    return {
        "pipecat": versions["pipecat-ai"],
        "fastrtc": versions["fastrtc"],
        "pion": go[go.index("github.com/pion/webrtc/v4") + 1].removeprefix("v"),
    }


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()
