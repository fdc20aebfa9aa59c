"""README.md of a pack, generated from pack.yaml, the schema and a sample: the first that a program wrote, if one did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from logsource.config.fixedwidth import read_columns
from logsource.model import Record
from logsource.parse.origin import BY_HAND
from logsource.parse.outcome import outcome, printable
from logsource.parse.samples import sample_files
from logsource.parse.schemas import find_schema
from logsource.parse.shape import read_shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.parse.packs import Pack
    from logsource.parse.shape import FieldRule

README = "README.md"
_LINE = 2000


def readme(pack: Pack) -> str:
    """Text of the README; the same for the same pack. Raises PackError when the pack cannot be built."""
    spec = pack.spec
    parts = [
        f"# {pack.name}: {spec.title}",
        "<!-- Generated from pack.yaml, the schema and the samples by `logsource packs accept`. -->",
        " ".join(spec.description.split()),
    ]
    if spec.url:
        parts.append(f"Format: <{spec.url}>")
    more = "".join(f"\n    {key}: {orjson.dumps(value).decode()}" for key, value in spec.source.items())
    parts.append(
        f"```yaml\nsources:\n  - name: {pack.name}\n    paths: [{_path(pack)}]\n    parser: {pack.name}{more}\n```"
    )
    parts += _example(pack)
    if spec.speed:
        parts.append(f"Speed: {' '.join(spec.speed.split())}")
    if spec.timestamp is not None:
        formats = ", ".join(f"`{one}`" for one in spec.timestamp.formats)
        parts.append(
            f"Time: `{spec.timestamp.field}`, read as {formats}; zone {spec.timestamp.timezone} if it states none."
        )
    parts.append(f"Schema: `{spec.schema_}`")
    schema = find_schema(spec.schema_, pack.schema_dirs)
    rules = read_shape(spec.schema_, schema).rules if schema is not None else {}
    rows = [f"| `{rule.label}` | {_type(rule)} | {_cell(rule.description)} |" for rule in rules.values()]
    if rows:
        parts.append("\n".join(["| field | type | meaning |", "|---|---|---|", *rows]))
    if spec.chain is not None:
        inside = ", ".join(f"`{one.parser}`" for one in spec.chain.inner)
        parts.append(f"A chain: the envelope is read by `{spec.chain.envelope}`, what is inside by {inside}.")
    if spec.fixed is not None:
        parts.append(
            "Columns of fixed width (characters, counted from 1):\n\n" + "\n".join(_columns(spec.fixed))
        )
    if spec.patterns:
        rows = [
            f"1. `{one.name}`" + (f": {one.description}" if one.description else "") for one in spec.patterns
        ]
        parts.append("Patterns, tried in order:\n\n" + "\n".join(rows))
    rows = [
        f"| {', '.join(f'`{name}`' for name in entry.samples)} | {_cell(entry.written_by or BY_HAND)} "
        f"| {_cell(' '.join(entry.how.split()))} |"
        for entry in spec.origin
    ]
    if rows:
        parts.append(
            "\n".join(
                ["Where the samples come from:\n", "| samples | written by | how |", "|---|---|---|", *rows]
            )
        )
    return "\n\n".join(parts) + "\n"


def _columns(fixed: Any) -> Iterator[str]:
    for column in read_columns(fixed)[0]:
        name = "(left out)" if column.left_out else f"`{column.name}`"
        yield f"- {column.start + 1}-{'' if column.end is None else column.end}: {name}"


def _path(pack: Pack) -> str:
    """A likely absolute path: the first glob of `detect.paths` under /var/log."""
    paths = pack.spec.detect.paths
    return f'"{paths[0].replace("**/", "/var/log/", 1)}"' if paths else f"/var/log/{pack.name}.log"


def _example(pack: Pack) -> Iterator[str]:
    written = {name for entry in pack.spec.origin if entry.written_by is not None for name in entry.samples}
    for sample in sorted(sample_files(pack), key=lambda sample: sample.file.stem not in written):
        for line in sample.lines:
            result = pack.parser.parse(line)
            if isinstance(result, Record) and len(line.text) < _LINE:
                pretty = orjson.dumps(outcome(result), option=orjson.OPT_INDENT_2).decode()
                text = "\n".join(printable(one) for one in line.text.split("\n"))
                yield f"This line:\n\n```\n{text}\n```\n\nbecomes:\n\n```json\n{pretty}\n```"
                return


def _type(rule: FieldRule) -> str:
    name = f"list of {rule.items.kind}" if rule.items is not None else rule.kind
    if rule.enum is not None:
        name = " \\| ".join(f"`{value}`" for value in sorted(rule.enum))
    return f"{name}, always there" if rule.required else name


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
