"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import orjson

from logsource.cli.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import DeadLetter

LOG_SOURCE = "/log_source/jsonschema/"


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


def print_table(letters: Sequence[DeadLetter]) -> None:
    """One line for each letter, and the totals by reason."""
    rows = [("KEY", "SINCE", "REASON", "BYTES", "EVENT", "LINE", "DETAIL")]
    totals: dict[str, int] = {}
    for letter in letters:
        fields = fields_of(letter)
        totals[letter.reason] = totals.get(letter.reason, 0) + 1
        rows.append(
            (
                str(letter.key),
                instant(letter.at_ms),
                letter.reason,
                str(len(letter.event)),
                plain(fields.get("eid", "-")),
                _place(fields) or "-",
                plain(letter.detail[:80]),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[6]]).rstrip())
    click.echo("")
    click.echo(", ".join(f"{count} {reason}" for reason, count in sorted(totals.items())))


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
