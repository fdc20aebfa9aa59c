"""The table by pack for people and programs: terminal, Markdown, JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.bench.packs import SLOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.bench.packs import PackResult

HEAD = (
    "pack",
    "lines/s",
    "CPU-s per 1M lines",
    "nginx_access = 1",
    "bytes a line",
    "bytes an event",
    "rendered",
    "slow, because",
)
NUMBERS = 6
"""Columns that are flush right, with the name in front."""
MEASURE = "nginx_access"


def write(results: Sequence[PackResult], machine: str, out: Path) -> None:
    """packs.json and packs.md; the JSON keeps every round."""
    rows = [
        {**asdict(one), "rate": one.rate, "cpu_per_million": one.cpu_per_million, "slow": one.rate < SLOW}
        for one in results
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "packs.json").write_text(json.dumps({"machine": machine, "packs": rows}, indent=2) + "\n")
    (out / "packs.md").write_text(markdown(results, machine))


def text(results: Sequence[PackResult], machine: str) -> str:
    """For the terminal."""
    cells = [HEAD, *_cells(results)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = []
    for line in cells:
        numbers = zip(line[1:NUMBERS], widths[1:NUMBERS], strict=True)
        padded = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in numbers)]
        lines.append("  ".join([*padded, line[NUMBERS].ljust(widths[NUMBERS]), line[NUMBERS + 1]]).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join([_about(results, machine), "", *lines, "", *notes(results)])


def markdown(results: Sequence[PackResult], machine: str) -> str:
    """The same as a Markdown document."""
    lines = [
        _about(results, machine),
        "",
        "| " + " | ".join(HEAD) + " |",
        "|---|" + "---:|" * (NUMBERS - 1) + "---|---|",
    ]
    lines += ["| " + " | ".join(cells) + " |" for cells in _cells(results)]
    lines += ["", *(f"- {note}" for note in notes(results))]
    return "\n".join(lines) + "\n"


def notes(results: Sequence[PackResult]) -> list[str]:
    """What deserves a look."""
    found = [f"{_name(one)}: {one.problem}" for one in results if one.problem]
    slow = [one for one in results if one.rate < SLOW]
    found += [
        f"{_name(one)}: under {SLOW:,} lines/s, and its README gives no reason (`speed:` in pack.yaml)"
        for one in slow
        if not one.reason
    ]
    lines = [one for one in results if one.kind == "lines"]
    if lines:
        slowest = min(lines, key=lambda one: one.rate)
        found.append(
            f"{len(lines) - len([one for one in slow if one.kind == 'lines'])} of {len(lines)} packs at {SLOW:,} lines/s "
            f"or more; slowest: {slowest.pack}, {slowest.rate:,.0f}"
        )
    return found


def _about(results: Sequence[PackResult], machine: str) -> str:
    rounds = max((len(one.rounds) for one in results), default=0)
    lines = max((one.records for one in results), default=0)
    return (
        f"By pack, {machine}: from blocks of raw lines to POST bodies (parse, check, render, cut; not reading, storing "
        f"and sending),\nCPU time of one core, the best of {rounds} round(s) over {lines:,} lines grown from the pack's samples."
    )


def _name(one: PackResult) -> str:
    return one.pack if one.kind == "lines" else f"{one.pack} (multi-line records)"


def _cells(results: Sequence[PackResult]) -> Iterator[tuple[str, ...]]:
    measure = next((one.cpu_per_million for one in results if one.pack == MEASURE), None)
    for one in results:
        yield (
            _name(one),
            f"{one.rate:,.0f}",
            f"{one.cpu_per_million:.2f}",
            "" if measure is None else f"{one.cpu_per_million / measure:.2f}",
            f"{one.line_bytes:.0f}",
            f"{one.event_bytes:.0f}",
            "as columns" if one.columns else "line by line",
            " ".join(one.reason.split()) if one.rate < SLOW else "",
        )
