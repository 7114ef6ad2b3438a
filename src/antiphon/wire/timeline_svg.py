"""A timeline as a picture: one self-contained SVG without scripts, light or dark as the viewer prefers."""

from html import escape

from antiphon.core.timeline import LANES, Mark, Span, Timeline

WIDTH, LEFT, TOP, LANE, FOOT = 1200, 96, 44, 40, 34
"""Pixels."""
STEPS_MS = (500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000)
STYLE = """
svg{font:12px system-ui,sans-serif;--paper:#fbfaf7;--ink:#23262b;--faint:#8b8f96;--line:#e6e3dc;--caller:#2f6fb0;--agent:#c2562d;
--hearing:#7fb0dd;--thinking:#b7a13b;--speaking:#e0a184;--tools:#4c9a6a;--cut:#b3261e}
@media (prefers-color-scheme:dark){svg{--paper:#17191d;--ink:#e8e6e1;--faint:#858a93;--line:#2b2f36}}
text{fill:var(--ink)}.faint{fill:var(--faint)}.paper{fill:var(--paper)}.grid{stroke:var(--line)}
.caller{fill:var(--caller)}.agent{fill:var(--agent)}.hearing{fill:var(--hearing)}.thinking{fill:var(--thinking)}
.speaking{fill:var(--speaking)}.tools{fill:var(--tools)}.away{fill:var(--faint)}.cut{stroke:var(--cut);stroke-width:2}.resumed{stroke:var(--faint);
stroke-dasharray:3 3}.quality{stroke:var(--thinking);stroke-dasharray:1 3}.ended{stroke:var(--ink)}.in{fill:#fff;font-size:11px}
"""


def draw_timeline(timeline: Timeline) -> str:
    """SVG text: a lane each for caller, agent, hearing, thinking, speaking and tools; words appear on hover."""
    height = TOP + LANE * len(LANES) + FOOT
    length = max(timeline.length_ms, 1_000)
    scale = (WIDTH - LEFT - 24) / length
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Timeline of call {escape(timeline.title)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}><style>{STYLE}</style>',
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        f'<text x="{LEFT}" y="24" font-size="14" font-weight="600">{escape(timeline.title)}</text>',
        *_axis(length, scale, height),
        *(f'<text class="faint" x="12" y="{_row(lane) + 19}">{lane}</text>' for lane in LANES),
        *(_span(span, scale) for span in timeline.spans),
        *(_mark(mark, scale, height) for mark in timeline.marks),
        "</svg>",
    ]
    return "\n".join(parts)


def _row(lane: str) -> int:
    return TOP + LANE * LANES.index(lane)


def _axis(length: int, scale: float, height: int) -> list[str]:
    step = next((step for step in STEPS_MS if length / step <= 16), STEPS_MS[-1])
    parts = []
    for at in range(0, length + 1, step):
        x = LEFT + at * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - FOOT + 4}"/>')
        seconds = f"{at / 1000:g} s"
        parts.append(f'<text class="faint" x="{x:.1f}" y="{height - 12}" text-anchor="middle">{seconds}</text>')
    return parts


def _span(span: Span, scale: float) -> str:
    x, width = LEFT + span.start_ms * scale, max(2.0, (span.end_ms - span.start_ms) * scale)
    y, colour = _row(span.lane), "away" if span.away else span.lane
    took = f"{span.end_ms - span.start_ms} ms"
    title = " · ".join(part for part in (span.label, span.text, took) if part)
    shown = span.text or span.label
    room = int(width / 6.2)
    label = ""
    if room >= 4 and shown:
        words = shown if len(shown) <= room else shown[: room - 1] + "…"
        label = f'<text class="in" x="{x + 5:.1f}" y="{y + 19}">{escape(words)}</text>'
    return (
        f'<g><title>{escape(title)}</title><rect class="{colour}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" '
        f'height="{LANE - 16}" rx="4"/>{label}</g>'
    )


def _mark(mark: Mark, scale: float, height: int) -> str:
    x = LEFT + mark.at_ms * scale
    return (
        f"<g><title>{escape(mark.kind)}: {escape(mark.text)}</title>"
        f'<line class="{mark.kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - FOOT}"/></g>'
    )
