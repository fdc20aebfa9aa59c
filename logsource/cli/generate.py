"""`logsource schemas generate`: a schema from parsed events, and its next version when their shape changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logsource.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.event.iglu import IgluUri
    from logsource.event.infer import Seen

MOST_RECORDS = 200_000
"""Records that are looked at."""


@click.command()
@click.argument("arguments", nargs=-1, metavar="[PARSER FILE|-]")
@config_option
@click.option(
    "--from",
    "events",
    type=click.File("rb"),
    help="Read events, one JSON object a line: data, self-describing JSON, or what `try --json` prints.",
)
@click.option("--name", required=True, help="Name of the schema, e.g. order_log.")
@click.option("--vendor", required=True, help="Vendor of the schema, e.g. com.acme.")
@click.option(
    "--update",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Static Iglu repository: write the schema there, as the next version of the newest one if its shape changes.",
)
@click.option(
    "--exact",
    is_flag=True,
    help="With --update: what these events have is all there is; also narrow limits and remove what they lack.",
)
def generate(
    arguments: tuple[str, ...],
    *,
    config: Path | None,
    events: Iterator[bytes] | None,
    name: str,
    vendor: str,
    update: Path | None,
    exact: bool,
) -> None:
    """Infer a schema from the events that PARSER makes of the lines of FILE, or from events (--from).

    Types, limits, lists of values and what may be missing come from the events; the result keeps the lint
    rules. Without --update it is printed. A version that exists is never changed.
    """
    from logsource.event.iglu import parse_uri
    from logsource.event.infer import look_at

    if (events is None) == (not arguments) or (events is None and len(arguments) != 2):
        raise click.UsageError("give PARSER FILE, or --from FILE.jsonl")
    if exact and update is None:
        raise click.UsageError("--exact says how to change a schema: it needs --update DIR")
    uri = parse_uri(f"iglu:{vendor}/{name}/jsonschema/1-0-0")
    if uri is None:
        raise click.UsageError(f"{vendor}/{name} is no name of a schema (vendor com.acme, name order_log)")
    records = _of_events(events) if events is not None else _of_parser(arguments[0], arguments[1], config)
    seen = look_at(records)
    if not seen.members:
        click.echo("schemas generate: no event was found to learn from", err=True)
        sys.exit(1)
    schema = _schema(seen, uri)
    if update is None:
        click.echo(_bytes(schema), nl=False)
        return
    _write(update, uri, seen, schema, exact=exact)


def _schema(seen: Seen, uri: IgluUri) -> dict[str, Any]:
    from logsource.event.infer import schema_of

    return schema_of(
        seen,
        uri,
        description=f"One record of {uri.name}.",
        describe=lambda path: (
            f"{'One of ' if path[-1] == '[]' else ''}{'.'.join(path).removesuffix('.[]')} of the record."
        ),
    )


def _write(directory: Path, uri: IgluUri, seen: Seen, inferred: dict[str, Any], *, exact: bool) -> None:
    from logsource.event.evolve import Bump, bump_of, changes, raised
    from logsource.event.grow import grown, with_words_of
    from logsource.event.repository import StaticRepository

    root = directory if directory.name == "schemas" else directory / "schemas"
    repository = StaticRepository(root)
    latest = max((one for one in repository.uris() if _same(one, uri)), default=None)
    if latest is None:
        _new_file(root, uri, inferred)
        return
    old = repository.fetch(latest) or {}
    schema = with_words_of(old, inferred) if exact else grown(old, seen, inferred)
    found = changes(old, schema)
    for change in found:
        click.echo(f"  {change}", err=True)
    bump = bump_of(found)
    if bump is Bump.NONE:
        click.echo(f"{latest}: the events fit, nothing changes", err=True)
        return
    version = raised(latest, bump)
    schema["self"] = {**schema["self"], "version": version.version}
    _new_file(root, version, schema)


def _same(one: IgluUri, uri: IgluUri) -> bool:
    return (one.vendor, one.name, one.format) == (uri.vendor, uri.name, uri.format)


def _new_file(root: Path, uri: IgluUri, schema: Mapping[str, Any]) -> None:
    file = root / uri.path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(_bytes(schema))
    except OSError as error:
        click.echo(f"schemas generate: {file}: {error.strerror}", err=True)
        sys.exit(1)
    click.echo(str(file))


def _bytes(schema: Mapping[str, Any]) -> bytes:
    import orjson

    return orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n"


def _of_events(stream: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    import orjson

    for number, line in enumerate(stream, 1):
        if number > MOST_RECORDS or not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            click.echo(f"schemas generate: line {number} is not JSON: {error}", err=True)
            sys.exit(1)
        if not isinstance(value, dict):
            click.echo(f"schemas generate: line {number} is not a JSON object", err=True)
            sys.exit(1)
        if value.get("ok") is False:
            continue
        described = isinstance(value.get("data"), dict) and isinstance(value.get("schema"), str)
        yield value["data"] if described else value


def _of_parser(name: str, file: str, config: Path | None) -> Iterator[Mapping[str, Any]]:
    from logsource.cli.try_ import lines_of, parser_of
    from logsource.model import Record

    parser = parser_of(name, config)
    rejected = 0
    for number, line in enumerate(lines_of(file, records=False), 1):
        if number > MOST_RECORDS:
            break
        result = parser.parse(line)
        if not isinstance(result, Record):
            rejected += 1
            continue
        # records of a parser without a schema are wrapped; the schema is for what is inside
        free = "/parsed_line/" in result.schema and isinstance(result.data.get("fields"), dict)
        yield result.data["fields"] if free else result.data
    if rejected:
        click.echo(f"{rejected} records were not parsed and are left out", err=True)
