"""The table for people: on the terminal, as Markdown, as JSON and as a plot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench import plot
from tests.bench.table import machine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.table import Row, Table

HEAD = (
    "",
    "lines/s",
    "CPU-s per 1M lines",
    "best",
    "CPU, ours = 1",
    "peak RSS MiB",
    "bytes sent an event",
    "every line arrived",
)


def write(table: Table, out: Path) -> None:
    """bench.json, bench.md and bench.svg."""
    (out / "bench.json").write_text(json.dumps(table.as_json(), indent=2) + "\n")
    (out / "bench.md").write_text(markdown(table))
    if table.rows():
        (out / "bench.svg").write_text(plot.bars(table.rows()))


def text(table: Table) -> str:
    """For the terminal."""
    cells = [HEAD, *(_cells(row) for row in table.rows())]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(w) if at == 0 else cell.rjust(w)
            for at, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    lines.insert(1, "-" * len(lines[0]))
    if not table.rows():
        lines = []
    return "\n".join([_about(table), "", *lines, "", *_notes(table)])


def markdown(table: Table) -> str:
    """The same as a Markdown document."""
    lines = [f"{_about(table)}\n"]
    if table.rows():
        lines.append("| " + " | ".join(HEAD) + " |")
        lines.append("|---|" + "---:|" * (len(HEAD) - 1))
        lines += ["| " + " | ".join(_cells(row)) + " |" for row in table.rows()]
        lines.append("")
    lines += [f"- {note}" for note in _notes(table)]
    return "\n".join(lines) + "\n"


def _about(table: Table) -> str:
    return f"{table.lines:,} lines, medians of {table.rounds} round(s), {machine()}"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.title + (f" ({row.lines:,} lines, scaled)" if row.scaled else ""),
        f"{row.rate:,.0f}",
        f"{row.cpu:.2f}",
        f"{row.cpu_least:.2f}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        f"{row.rss:.0f}",
        f"{row.event_bytes:.0f}",
        row.problem or "yes",
    )


def _notes(table: Table) -> list[str]:
    notes = [
        f"{row.title}: {row.increase:+.1%} CPU over the run without odd lines right before it (median of {row.runs} pairs)"
        for row in table.rows()
        if row.increase is not None
    ]
    if idle := table.idle:
        notes.append(
            f"idle with {idle['files']:.0f} files: {idle['cpu_percent']:.2f} % of one core over {idle['seconds']:.0f} s, "
            f"{idle['rss_mib']:.0f} MiB"
        )
    for title, took in table.latencies.items():
        notes.append(
            f"latency, {title}: p50 {took['p50']:.1f} ms, p99 {took['p99']:.1f} ms, worst {took['worst']:.1f} ms "
            f"at 100 lines/s ({took['lines']:.0f} lines, {took['missing']:.0f} missing)"
        )
    notes += [f"left out: {title}: {why}" for title, why in table.left_out.items()]
    return notes
