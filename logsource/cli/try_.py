"""`logsource try`: what a parser makes of lines."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from logsource.cli.options import config_option
from logsource.cli.unpacked import open_unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logsource.model import JSONValue, Line, Parser


@click.command("try")
@click.argument("arguments", nargs=-1, metavar="PARSER [FILE|-]")
@config_option
@click.option(
    "--source",
    metavar="NAME",
    help="Try a source of the configuration instead of PARSER: its parser, filters, kind of event, entities.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each record, in order.")
@click.option(
    "--records", is_flag=True, help="Each input line is a JSON string: a record that may hold newlines."
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many records.")
@click.option("--strict", is_flag=True, help="Exit with status 1 when a record is not parsed.")
@click.option(
    "--grok", metavar="PATTERN", help="Try a grok pattern instead of PARSER: raw captures, no schema."
)
@click.option("--ecs/--legacy", default=False, help="Capture names of the grok library. Default: legacy.")
@click.option(
    "--patterns",
    "pattern_dirs",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Folder with grok patterns of your own; may be repeated.",
)
def try_(
    arguments: tuple[str, ...],
    *,
    config: Path | None,
    source: str | None,
    as_json: bool,
    records: bool,
    limit: int | None,
    strict: bool,
    grok: str | None,
    ecs: bool,
    pattern_dirs: tuple[Path, ...],
) -> None:
    """Parse lines of FILE (or standard input) and show what becomes of them.

    PARSER is the name of a pack, a pack's folder, plain, json_lines, logfmt, or with -c a parser of the
    configuration. CRLF line ends and a missing newline at the end are no part of a record. With --source, what
    would be sent is shown; how the source puts lines together (multiline, container) is not part of it.
    """
    most = 1 if grok is not None or source is not None else 2
    if not most - 1 <= len(arguments) <= most or (grok is not None and source is not None):
        raise click.UsageError("give PARSER [FILE|-], or --grok PATTERN [FILE|-], or --source NAME [FILE|-]")
    file = arguments[most - 1] if len(arguments) == most else "-"
    if grok is not None:
        make = _grok(grok, ecs=ecs, dirs=pattern_dirs)
    else:
        make = _source(source, config) if source is not None else _parser(arguments[0], config)
    counts: Counter[str] = Counter()
    for number, line in enumerate(lines_of(file, records=records)):
        if number == limit:
            break
        result = make(line)
        counts["ok" if result["ok"] else str(result["reason"])] += 1
        if as_json:
            import orjson

            sys.stdout.buffer.write(orjson.dumps(result) + b"\n")
        else:
            _print(line, result)
    sys.stdout.flush()
    parsed, total = counts.pop("ok", 0), counts.total()
    if not as_json:
        reasons = "".join(f", {reason} {count}" for reason, count in counts.most_common())
        click.echo(f"{parsed + total} records: {parsed} parsed{reasons}", err=True)
    if strict and total:
        sys.exit(1)


def _parser(name: str, config: Path | None) -> Callable[[Line], dict[str, Any]]:
    from logsource.parse.outcome import outcome

    parser = parser_of(name, config)
    return lambda line: outcome(parser.parse(line))


def _source(name: str, config: Path | None) -> Callable[[Line], dict[str, Any]]:
    from logsource.agent.trial import SourceTrial
    from logsource.cli.options import load_or_exit
    from logsource.model import Record
    from logsource.parse.outcome import iso
    from logsource.parse.resolve import known_parsers

    trial = SourceTrial(load_or_exit(config, known_parsers=known_parsers), name)

    def make(line: Line) -> dict[str, Any]:
        found = trial.of(line)
        if found.reason is not None or not isinstance(found.parsed, Record):
            refused: dict[str, Any] = {"ok": False, "reason": found.reason, "detail": found.detail}
            if (
                found.data is not None
            ):  # a line that no pattern takes is sent as it is, unless the source says otherwise
                refused["sent_as"] = {"schema": found.schema, "data": found.data, "entities": found.entities}
            return refused
        return {
            "ok": True,
            "schema": found.schema or found.parsed.schema,
            "data": found.data,
            "timestamp": iso(found.parsed.timestamp_ms),
            "event": found.kind,
            "members": found.members,
            "entities": found.entities,
        }

    return make


def parser_of(name: str, config: Path | None) -> Parser:
    """Parser of a name, a pack's folder, or the configuration; as `try` takes it."""
    from logsource.cli.options import load_or_exit
    from logsource.config.find import find_config
    from logsource.parse.resolve import known_parsers, resolve_parser

    if config is None and "/" not in name and name not in known_parsers():
        if Path(name).is_dir():
            name = f"./{name}"
        else:
            # perhaps a parser of the configuration that every other command would use
            config = find_config(os.environ, Path())
    loaded = None if config is None else load_or_exit(config, known_parsers=known_parsers)
    return resolve_parser(name, loaded)


def _grok(pattern: str, *, ecs: bool, dirs: tuple[Path, ...]) -> Callable[[Line], dict[str, Any]]:
    from logsource.model import Reject
    from logsource.parse.grok.compile import compile_grok
    from logsource.parse.grok.library import GrokLibrary
    from logsource.parse.grok.match import GrokParser

    library = GrokLibrary.builtin(ecs=ecs)
    for folder in dirs:
        library = library.with_dir(folder)
    parser = GrokParser([compile_grok(pattern, library=library)])

    def make(line: Line) -> dict[str, Any]:
        fields = parser.fields(line.text)
        if isinstance(fields, Reject):
            return {"ok": False, "reason": fields.reason, "detail": fields.detail}
        return {"ok": True, "fields": fields}

    return make


def lines_of(file: str, *, records: bool) -> Iterator[Line]:
    """Records of a file, or of standard input (`-`)."""
    if file == "-":
        # what somebody pipes in was written shortly before now
        yield from _of_stream(sys.stdin.buffer, time.time_ns() // 1_000_000, records=records)
        return
    try:
        with open_unpacked(Path(file)) as stream:
            reference_ms = Path(file).stat().st_mtime_ns // 1_000_000
            yield from _of_stream(stream, reference_ms, records=records)
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from error


def _of_stream(stream: BinaryIO, reference_ms: int, *, records: bool) -> Iterator[Line]:
    from logsource.model import Line
    from logsource.parse.outcome import decoded

    offset = 0
    for number, raw in enumerate(stream, 1):
        text = _json_string(raw, number) if records else next(decoded([raw]))
        yield Line(text=text, offset=offset, reference_ms=reference_ms)
        offset += len(raw)


def _json_string(raw: bytes, number: int) -> str:
    import orjson

    try:
        text = orjson.loads(raw)
    except ValueError as error:
        raise click.UsageError(f"line {number} is not JSON: {error}") from error
    if not isinstance(text, str):
        raise click.UsageError(f"line {number} is not a JSON string")
    return text


def _print(line: Line, result: dict[str, Any]) -> None:
    from logsource.parse.outcome import printable, shown

    click.echo(click.style(shown(line, 200), dim=True))
    if not result["ok"]:
        click.echo(
            "  "
            + click.style(str(result["reason"]), fg="red", bold=True)
            + f"  {printable(str(result['detail']))}"
        )
        if (sent := result.get("sent_as")) is not None:
            click.echo("  sent as " + click.style(str(sent["schema"]), fg="yellow"))
            _print_members(sent["data"], "    ")
            _print_entities(sent["entities"])
        return
    if result.get("members"):
        click.echo(f"  {result['event']}")
        _print_members(result["members"], "    ")
    if "schema" in result:
        stated = result["timestamp"] or "no time stated"
        click.echo("  " + click.style(str(result["schema"]), fg="green") + f"  {stated}")
    _print_members(result.get("data", result.get("fields", {})), "  ")
    _print_entities(
        one
        for one in result.get("entities", ())
        if one["data"] != result["data"]  # a page view has it as an entity
    )


def _print_entities(entities: Iterable[dict[str, Any]]) -> None:
    for entity in entities:
        click.echo("  entity " + click.style(str(entity["schema"]), fg="green"))
        _print_members(entity["data"], "    ")


def _print_members(data: dict[str, Any], indent: str) -> None:
    from logsource.parse.outcome import printable

    members = list(_flat(data, ""))
    width = max((len(name) for name, _ in members), default=0)
    for name, value in members:
        click.echo(f"{indent}{name:<{width}}  {printable(value, 2000)}")


def _flat(value: JSONValue, name: str) -> Iterator[tuple[str, str]]:
    import orjson

    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, value if isinstance(value, str) else orjson.dumps(value).decode()
