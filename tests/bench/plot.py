"""Bars in SVG, written by hand: CPU seconds for a million lines, less is better."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.table import Row

LABEL, BAR, END, HEIGHT, TOP = 330, 420, 110, 24, 52
OURS, OTHERS = "#2f6f4f", "#9aa5ad"


def bars(rows: Sequence[Row]) -> str:
    """A bar a row; one that is more than four times the median of the others is cut, and says so."""
    ordered = sorted(row.cpu for row in rows)
    longest = min(ordered[-1], 4 * ordered[len(ordered) // 2]) or 1.0
    width, height = LABEL + BAR + END, TOP + HEIGHT * len(rows) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="22" font-size="15" font-weight="600">CPU seconds for a million lines (user + system)</text>',
        '<text x="12" y="40" fill="#555555">less is better; lines a second in brackets</text>',
    ]
    for index, row in enumerate(rows):
        y = TOP + index * HEIGHT
        long = min(row.cpu / longest, 1.0) * BAR
        cut = " (cut)" if row.cpu > longest else ""
        colour = OURS if row.title.startswith("logsource") else OTHERS
        parts += [
            f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end">{escape(row.title)}</text>',
            f'<rect x="{LABEL}" y="{y + 4}" width="{long:.1f}" height="{HEIGHT - 8}" fill="{colour}"/>',
            f'<text x="{LABEL + long + 6:.1f}" y="{y + 16}">{row.cpu:.1f}{cut} ({row.rate / 1000:,.0f}k)</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
