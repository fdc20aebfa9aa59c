"""What `logsource packs new` tells about the log it has read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from logsource.parse.learn.draft import Draft
    from logsource.parse.learn.sample import Sample
    from logsource.parse.packs import Pack

_EXAMPLES = 3
_NOTATIONS = {
    "json": "JSON objects",
    "logfmt": "key=value pairs",
    "csv": "delimited columns",
    "fixed": "columns of fixed width",
}


def report(  # noqa: C901 - it prints from top to bottom
    folder: Path, draft: Draft, pack: Pack, sample: Sample, *, reference_ms: int
) -> None:
    """Print the share of lines each pattern takes, the fields with examples, the time, and the doubts."""
    from logsource.model import Line, Record
    from logsource.parse.learn.write import multiline_of
    from logsource.parse.outcome import iso, printable
    from logsource.parse.verify import patterns_of

    parser, patterns = pack.parser, patterns_of(pack.parser)
    taken: Counter[str | None] = Counter()
    reasons: Counter[str] = Counter()
    examples: dict[str, dict[str, None]] = {}
    times: list[int] = []
    for text in sample.lines:
        line = Line(text=text, offset=0, reference_ms=reference_ms)
        name, result = (
            patterns.attempt(line) if patterns is not None else (draft.notation, parser.parse(line))
        )
        if not isinstance(result, Record):
            reasons["dropped" if result is None else result.reason] += 1
            continue
        taken[name] += 1
        if result.timestamp_ms is not None:
            times.append(result.timestamp_ms)
        for path, value in _flat(result.data, ""):
            found = examples.setdefault(path, {})
            if len(found) < _EXAMPLES:
                found[printable(str(value), 40)] = None
    total, what = len(sample.lines), "lines" if draft.multiline is None else "records"
    click.echo(f"{folder.name}: {sample.seen} lines read{_left_out(sample, draft)}")
    if draft.patterns:
        for one in draft.patterns:
            click.echo(f"  {taken[one.name] / total:7.1%}  {one.name}: {printable(one.grok, 400)}")
    else:
        click.echo(f"  {taken.total() / total:7.1%}  {_NOTATIONS[draft.notation]}")
    for reason, count in sorted(reasons.items()):
        click.echo(f"  {count / total:7.1%}  no record: {reason} ({count} of {total} {what})")
    if draft.time is not None and times:
        formats = ", ".join(draft.time.formats)
        click.echo(f"time: {draft.time.field} as {formats}, from {iso(min(times))} to {iso(max(times))}")
    click.echo("fields:")
    properties = dict(_properties(_schema(pack), ""))
    width = max(map(len, examples), default=0)
    for path, kind in properties.items():
        if path in examples:
            where = f"{draft.options[path]:<9}" if draft.notation == "fixed" else ""
            click.echo(f"  {path:<{width}}  {where}{kind:<8}  {' · '.join(examples[path])}")
    together = [f"the source needs {multiline_of(draft)}"] if draft.multiline is not None else []
    doubts = [*together, *draft.notes, *_enums(_schema(pack), "")]
    if doubts:
        click.echo("look at:")
        for doubt in doubts:
            click.echo(f"  - {printable(doubt, 300)}")
    for text in draft.odd[:3]:
        click.echo(f"  no pattern for: {printable(text, 120)}")


def _left_out(sample: Sample, draft: Draft) -> str:
    parts = []
    if sample.empty:
        parts.append(f"{sample.empty} empty")
    if sample.too_long:
        parts.append(f"{sample.too_long} too long")
    if draft.multiline is not None:
        parts.append(f"{len(sample.lines)} records")
    elif len(sample.lines) < sample.seen - sample.empty - sample.too_long:
        parts.append(f"{len(sample.lines)} of them looked at")
    return f" ({', '.join(parts)})" if parts else ""


def _schema(pack: Pack) -> dict[str, Any]:
    from logsource.parse.schemas import find_schema

    return find_schema(pack.spec.schema_, pack.schema_dirs) or {}


def _properties(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, member in schema.get("properties", {}).items():
        if member.get("properties"):
            yield from _properties(member, f"{prefix}{name}.")
        else:
            given = member.get("type", [])
            types = [given] if isinstance(given, str) else [one for one in given if one != "null"]
            yield prefix + name, " or ".join(types)


def _enums(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, member in schema.get("properties", {}).items():
        if member.get("properties"):
            yield from _enums(member, f"{prefix}{name}.")
        elif "enum" in member and prefix + name not in {"level", "event"}:
            values = ", ".join(value for value in member["enum"] if value is not None)
            yield f"{prefix}{name}: only {values} are allowed; a record with another value is rejected"


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
