"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from logsource.cli.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.model import DeadLetter

LOG_SOURCE = "/log_source/jsonschema/"
HEADINGS = ("KEY", "SINCE", "REASON", "BYTES", "EVENT", "PATH:BYTE", "DETAIL")
ALIGNED = 1000
"""Rows whose columns are aligned with each other; there may be more than fit into memory."""


def instant(ms: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fields_of(letter: DeadLetter) -> dict[str, Any]:
    """The event's fields; empty when the letter holds no JSON object."""
    try:
        fields = orjson.loads(letter.event)
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def source_line(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The `log_source` entity of an event: from which line of which file it was made."""
    try:
        text = fields["co"] if "co" in fields else base64.urlsafe_b64decode(fields["cx"])
        entities = orjson.loads(text)["data"]
        return next((entity["data"] for entity in entities if LOG_SOURCE in entity["schema"]), None)
    except (KeyError, TypeError, ValueError):
        return None


def _place(fields: dict[str, Any]) -> str:
    line = source_line(fields)
    if line is None:
        return ""
    return plain(f"{line.get('path', '?')}:{line.get('offset', '?')}")


def to_json(letter: DeadLetter) -> str:
    """A letter as one line of JSON."""
    fields = fields_of(letter)
    value = {
        "key": letter.key,
        "at": instant(letter.at_ms),
        "output": letter.output,
        "reason": letter.reason,
        "detail": letter.detail,
        "line": source_line(fields),
        "event": fields or {"base64": base64.b64encode(letter.event).decode()},
    }
    return orjson.dumps(value).decode()


def print_table(letters: Iterable[DeadLetter]) -> None:
    """One line for each letter, and the totals by reason."""
    totals: Counter[str] = Counter()
    widths = [0] * (len(HEADINGS) - 1)
    rows: list[tuple[str, ...]] = [HEADINGS]
    for letter in letters:
        totals[letter.reason] += 1
        rows.append(_row(letter))
        if len(rows) == ALIGNED:
            widths = _print_rows(rows, widths)
            rows = []
    _print_rows(rows, widths)
    click.echo("")
    click.echo(", ".join(f"{count} {reason}" for reason, count in sorted(totals.items())))


def _row(letter: DeadLetter) -> tuple[str, ...]:
    fields = fields_of(letter)
    return (
        str(letter.key),
        instant(letter.at_ms),
        letter.reason,
        str(len(letter.event)),
        plain(fields.get("eid", "-")),
        _place(fields) or "-",
        plain(letter.detail[:80]),
    )


def _print_rows(rows: Sequence[tuple[str, ...]], widths: Sequence[int]) -> list[int]:
    """Print rows, columns at least as wide as those before; how wide they are now. The last one is open."""
    wide = [max(width, *(len(row[at]) for row in rows)) if rows else width for at, width in enumerate(widths)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, wide, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())
    return wide


def print_letter(letter: DeadLetter) -> None:
    """A letter with everything that is known of it."""
    fields = fields_of(letter)
    click.echo(f"dead letter {letter.key}, since {instant(letter.at_ms)}, output {letter.output}")
    click.echo(f"  reason  {letter.reason}")
    click.echo(f"  detail  {plain(letter.detail) or '-'}")
    if place := _place(fields):
        click.echo(f"  line    {place} (byte offset)")
    if not fields:
        click.echo(f"  bytes   {letter.event[:200]!r}{'…' if len(letter.event) > 200 else ''}")
    for name, value in fields.items():
        click.echo(f"  {plain(name):<7} {plain(value)}")
    click.echo("")
