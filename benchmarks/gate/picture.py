"""The picture and the table of `benchmarks.gate`."""

from pathlib import Path
from typing import Any

from benchmarks.pictures import plt, save

SPEECH = ("quiet room", "telephone", "pink noise, 10 dB SNR")
NOISE = ("white noise", "pink noise", "fan and hum", "keyboard", "coughs", "music", "ringback", "babble at -45 dB")


def table(result: dict[str, Any]) -> str:
    """Markdown: what is in benchmarks/README.md."""
    lines = ["| detector | CPU ms | " + " | ".join((*SPEECH, "missed of all", *NOISE)) + " |"]
    lines.append("|---" * (3 + len(SPEECH) + len(NOISE)) + "|")
    for name, row in result["caller"].items():
        onsets = [f"{_told(row['onset'][kind])}" for kind in SPEECH]
        missed = sum(one["missed"] for one in row["onset"].values())
        noise = result["nobody"][name]
        false = [f"{noise['false_starts'][kind]:g} ({noise['false_pauses'][kind]:g})" for kind in NOISE]
        lines.append(
            f"| {name} | {result['cpu_ms_a_second'][name]} | " + " | ".join((*onsets, f"{missed}", *false)) + " |"
        )
    doubt = result["doubt"]
    seen = ", ".join(f"{kind} {_told(told)}" for kind, told in doubt["onset"].items())
    late = ", ".join(f"{kind} {count:g}" for kind, count in doubt["late_frames"].items())
    lines += ["", f"As the queue has it: {seen}.", f"Frames that waited in vain: {late}."]
    for title in ("echo", "jumps"):
        lines += ["", *_own_voice(title, result[title]["starts_a_minute_and_double_talk"])]
    return "\n".join(lines)


def _own_voice(title: str, rows: dict[str, Any]) -> list[str]:
    lines = [f"| {title} | " + " | ".join(rows) + " |", "|---" * (1 + len(rows)) + "|"]
    for kind in rows["gate"]:
        cells = []
        for row in rows.values():
            talk = row[kind]["double_talk"]
            cells.append(f"{row[kind]['own_voice_starts']:g}; {_told(talk)} ({talk['missed']}, {talk['already_open']})")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def _told(onset: dict[str, Any]) -> str:
    return f"{onset['p50']} / {onset['p95']}" if "p50" in onset else "–"


def draw(result: dict[str, Any], path: Path) -> None:
    """Onsets, false starts, and what the echo gate does."""
    figure, (left, middle, right, last) = plt.subplots(
        1, 4, figsize=(18, 5.2), gridspec_kw={"width_ratios": [1, 1.25, 0.85, 0.85]}, layout="constrained"
    )
    names = list(result["caller"])
    _onsets(left, result, names)
    _false_starts(middle, result, names)
    _echo(right, result["echo"]["starts_a_minute_and_double_talk"])
    _jumps(last, result["jumps"]["starts_a_minute_and_double_talk"])
    save(figure, path)


def _onsets(axes: Any, result: dict[str, Any], names: list[str]) -> None:
    for shift, kind in zip((-0.25, 0.0, 0.25), SPEECH, strict=True):
        for place, name in enumerate(names):
            told = result["caller"][name]["onset"][kind]
            if "p50" in told:
                colour = f"C{SPEECH.index(kind)}"
                label = kind if place == 0 else None
                axes.plot((told["p50"], told["p95"]), (place + shift,) * 2, color=colour, alpha=0.5, linewidth=2)
                axes.plot(told["p50"], place + shift, "o", color=colour, markersize=4, label=label)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)  # as the picture beside it
    axes.set_xlim(0, 400)
    axes.set_xlabel("ms from the first loud sample: p50 (dot) to p95")
    axes.set_title("a caller speaks")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, fontsize=8)
    axes.grid(axis="x", alpha=0.3)


def _false_starts(axes: Any, result: dict[str, Any], names: list[str]) -> None:
    values = [[result["nobody"][name]["false_starts"][kind] for kind in NOISE] for name in names]
    axes.imshow([[min(value, 30) for value in row] for row in values], cmap="Reds", vmin=0, vmax=40, aspect="auto")
    for down, row in enumerate(values):
        for across, value in enumerate(row):
            pauses = result["nobody"][names[down]]["false_pauses"][NOISE[across]]
            axes.text(across, down, f"{value:g} ({pauses:g})", ha="center", va="center", fontsize=7)
    axes.set_yticks([])
    axes.set_xticks(range(len(NOISE)), NOISE, rotation=30, ha="right")
    axes.set_title("nobody does: openings (false pauses) a minute")


def _echo(axes: Any, rows: dict[str, Any]) -> None:
    for name, row in rows.items():
        points = [
            (int(kind.split(", ")[1].split()[0]), cell["own_voice_starts"])
            for kind, cell in row.items()
            if kind.startswith("telephone") and "800" not in kind
        ]
        gated = name.endswith("echo gate")
        colour = "C0" if name.startswith("gate") else "C1"
        axes.plot(
            *zip(*points, strict=True), "o-" if gated else "o--", color=colour, alpha=1 if gated else 0.5, label=name
        )
    axes.set_xlabel("dB lost on the way back by telephone")
    axes.set_ylabel("openings a minute")
    axes.set_ylim(bottom=-0.5)
    axes.set_title("the agent's own voice alone")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)


def _jumps(axes: Any, rows: dict[str, Any]) -> None:
    for place, line in (("at the ear", "-"), ("in a room", "--")):
        for name, colour in (("gate, echo gate only learns", "C3"), ("gate, with echo gate", "C0")):
            points = [
                (int(kind.split(", ")[1].split()[0]), cell["own_voice_starts"])
                for kind, cell in rows[name].items()
                if kind.startswith(place)
            ]
            axes.plot(*zip(*points, strict=True), line, marker="o", color=colour, label=f"{name}, {place}")
    axes.set_xlabel("dB lost on the way back by telephone")
    axes.set_ylim(-0.5, 14)
    axes.set_title("its delay jumps every 4 s")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
