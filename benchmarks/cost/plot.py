"""Pictures of the results."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost.servers import SERVERS
from benchmarks.cost.table import SHAPES, Row
from benchmarks.cost.window import P99_LATE_MS, STAGES
from benchmarks.pictures import plt, save

COLOURS = {
    "antiphon": "tab:blue",
    "antiphon2": "tab:green",
    "aiortc": "tab:orange",
    "pipecat": "tab:red",
    "fastrtc": "tab:purple",
    "reflect": "tab:cyan",
    "pion": "tab:brown",
}
STYLES = {"talking": "o-", "conversation": "s--"}


def _sizes(rows: Sequence[Row], server: str, shape: str) -> list[Row]:
    return sorted((r for r in rows if (r["server"], r["shape"]) == (server, shape)), key=lambda row: int(row["calls"]))


def cost(result: Row, path: Path) -> None:
    """CPU per call over the number of calls."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for server, colour in COLOURS.items():
        for shape, style in STYLES.items():
            rows = _sizes(result["table"], server, shape)
            if rows:
                label = f"{SERVERS[server].label}, {SHAPES[shape]}"
                costs = [row["ms_per_call_second"] for row in rows]
                axes.plot([row["calls"] for row in rows], costs, style, color=colour, label=label)
    axes.set(xlabel="calls", ylabel="CPU ms per call and second (log)", yscale="log", title="What a call costs")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize="small", ncols=2)
    save(figure, path)


def stages(result: Row, path: Path) -> None:
    """Where it goes, by stage."""
    figure, both = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained", sharey=True)
    for axes, shape in zip(both, SHAPES, strict=True):
        # One call wakes both sides for itself alone: its bar would make the others too small to read.
        rows = [row for row in _sizes(result["table"], "antiphon", shape) if row["calls"] > 1]
        names, bottom = [str(row["calls"]) for row in rows], [0.0] * len(rows)
        for stage in (*STAGES, "python"):
            heights = [max(0.0, row["stages"][stage]) for row in rows]
            axes.bar(names, heights, bottom=bottom, label=stage)
            bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
        axes.set(xlabel="calls", title=SHAPES[shape])
    both[0].set_ylabel("CPU ms per call and second")
    handles, labels = both[0].get_legend_handles_labels()
    both[1].legend(handles[::-1], labels[::-1], fontsize="small")
    save(figure, path)


def limit(result: Row, path: Path) -> None:
    """How late packets leave, and how full the server's CPU is, over the number of calls."""
    figure, (late, full) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for server in ("antiphon", "antiphon2"):
        for shape, style in STYLES.items():
            rows = [row for row in _sizes(result["table"], server, shape) if row["p99_late_ms"] is not None]
            calls, label = [row["calls"] for row in rows], f"{SERVERS[server].label}, {SHAPES[shape]}"
            late.plot(
                calls, [min(row["p99_late_ms"], 200.0) for row in rows], style, color=COLOURS[server], label=label
            )
            full.plot(calls, [row["server_cpus"] for row in rows], style, color=COLOURS[server], label=label)
    late.axhline(P99_LATE_MS, color="grey", linestyle=":")
    late.set(xlabel="calls", ylabel="ms (log)", yscale="log", title="99 % of packets leave within")
    full.set(xlabel="calls", ylabel="CPUs", title="The server takes")
    full.legend(fontsize="small")
    for axes in (late, full):
        axes.grid(visible=True, which="both", alpha=0.3)
    save(figure, path)
