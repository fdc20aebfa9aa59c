"""`logsource schemas`: the Iglu schemas that come with the packs, and tools for one's own."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logsource.cli.generate import generate
from logsource.cli.group import Group
from logsource.cli.registries import local_options, schema_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.cli.registries import Places


@click.group(cls=Group, short_help="List, lint, export, push, pull, generate and apply Iglu schemas.")
def schemas() -> None:
    """Work with the Iglu schemas of events and entities."""


schemas.add_command(generate)


@schemas.command("list")
@local_options
def list_(places: Places) -> None:
    """List the schemas that events are validated against."""
    from rich.console import Console
    from rich.table import Table

    from logsource.event.repository import SchemaUnreadable

    resolver = places.resolver()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("schema", no_wrap=True)
    table.add_column("fields", justify="right")
    table.add_column("description")
    broken = False
    for uri in resolver.uris():
        try:
            schema = resolver.fetch(uri) or {}
        except SchemaUnreadable as error:
            broken = True
            table.add_row(str(uri), "", f"unreadable: {error}")
            continue
        table.add_row(str(uri), str(len(schema.get("properties", {}))), str(schema.get("description", "")))
    # A pipe has no width; schema keys must not be cut there.
    Console(width=None if sys.stdout.isatty() else 240, highlight=False, markup=False).print(table)
    sys.exit(1 if broken else 0)


@schemas.command()
@click.option(
    "--skip-checks",
    "names",
    multiple=True,
    metavar="NAMES",
    help="Checks to leave out, separated by commas, by the names that stand behind the problems; errors stay.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Also refuse strings over 65535 (Redshift cuts them off) and names that BigQuery does not take, as igluctl does.",
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def lint(names: tuple[str, ...], *, strict: bool, paths: tuple[Path, ...]) -> None:
    """Check schemas by the rules of igluctl: PATHS are files, Iglu repositories or packs.

    Without PATHS, the schemas of the built-in packs. Prints `file: pointer: what (hint) [check]` for each problem
    and exits with 1 when there is any.
    """
    from logsource.config.builtin import builtin_packs_dir
    from logsource.event.lint import checks_to_skip, lint_paths

    skip = checks_to_skip([name.strip() for text in names for name in text.split(",") if name.strip()])
    problems = [
        problem
        for path in paths or (builtin_packs_dir(),)
        for problem in lint_paths(path, skip=skip, strict=strict)
    ]
    for problem in problems:
        click.echo(str(problem))
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        sys.exit(1)


@schemas.command()
@click.option(
    "--vendor",
    help="Publish all under this vendor, e.g. com.acme, instead of each under its own. Events name it when it stands "
    "in the configuration as well: schemas: {vendor: com.acme}. With -c, ours are published under that one.",
)
@local_options
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def export(vendor: str | None, places: Places, directory: Path) -> None:
    """Copy all schemas to DIRECTORY as a static Iglu repository, ready for a registry.

    `logsource schemas push` publishes them in an Iglu Server; any web server that serves DIRECTORY is a registry as it
    is. Schemas that Snowplow publishes are left out: every pipeline has them from Iglu Central.
    """
    from logsource.config.published import OWN_VENDOR
    from logsource.event.export import export as export_schemas

    resolver = places.resolver()
    left_out = ("com.snowplowanalytics.", f"{OWN_VENDOR}.") if places.vendor else "com.snowplowanalytics."
    own = [uri for uri in resolver.uris() if not f"{uri.vendor}.".startswith(left_out)]
    for path in export_schemas(resolver, own, vendor=vendor, directory=directory):
        click.echo(str(path))


@schemas.command()
@click.option(
    "--registry", required=True, metavar="URL", help="Iglu Server, such as https://iglu.example.com/api"
)
@click.option(
    "--apikey-env",
    default="IGLU_APIKEY",
    show_default=True,
    metavar="NAME",
    help="Environment variable with an apikey that may write.",
)
@click.option("--public", is_flag=True, help="Everybody may read the schemas.")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
def push(registry: str, apikey_env: str, *, public: bool, directory: Path) -> None:
    """Publish the schemas of DIRECTORY, as `schemas export` writes it, in an Iglu Server.

    What is there already and the same is left alone; another content under a published key is refused, and so are
    schemas that `schemas lint` finds something against. Prints `created|same|failed KEY` for each; exits with 1 when
    any failed.
    """
    import os

    from logsource.config.resolver import connection
    from logsource.errors import LogsourceError
    from logsource.event.lint import lint_paths
    from logsource.event.push import push as push_schemas
    from logsource.event.registry import HttpRegistry
    from logsource.event.repository import StaticRepository, schema_roots

    apikey = os.environ.get(apikey_env)
    if not apikey:
        raise LogsourceError(
            f"the environment variable {apikey_env} has no apikey; the server asks for one that may write"
        )
    http = connection(registry, apikey)
    if found := lint_paths(directory):
        raise LogsourceError(f"{found[0]}; nothing was published, see `logsource schemas lint {directory}`")
    failed = False
    with closing(HttpRegistry(name=registry, uri=http.uri, apikey=http.apikey)) as there:
        for root in schema_roots(directory):
            for one in push_schemas(StaticRepository(root), there, apikey=apikey, public=public):
                click.echo(str(one))
                failed = failed or one.outcome == "failed"
    sys.exit(1 if failed else 0)


@schemas.command()
@schema_options
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.argument("keys", nargs=-1, metavar="[IGLU_URI]...")
def pull(places: Places, directory: Path, keys: tuple[str, ...]) -> None:
    """Copy schemas from registries to DIRECTORY, for an agent to make events by: it never asks a registry itself.

    Without IGLU_URI, and with -c: those that parsers and entities of the configuration name and that are not at hand.
    Name DIRECTORY in pack_dirs.
    """
    from logsource.event.export import export as export_schemas
    from logsource.event.iglu import parse_uri
    from logsource.event.resolver import Resolver

    if not keys:
        at_hand = Resolver(places.local())
        known = {str(uri) for uri in at_hand.uris()}
        keys = tuple(key for key in places.named if key not in known)
        if not keys:
            click.echo("nothing is missing", err=True)
            return
    uris = []
    for key in keys:
        uri = parse_uri(key)
        if uri is None:
            raise click.BadParameter(f"{key} is no Iglu URI (iglu:com.acme/thing/jsonschema/1-0-0)")
        uris.append(uri)
    with closing(places.resolver()) as resolver:
        for path in export_schemas(resolver, uris, directory=directory):
            click.echo(str(path))


@schemas.command()
@schema_options
@click.argument("file", type=click.File("rb"))
def validate(places: Places, file: Iterator[bytes]) -> None:
    """Validate self-describing JSON in FILE (`-`: standard input): one on each line, or one over several lines.

    Also takes an array of them, and what `logsource try --json` prints. Prints `LINE: ok SCHEMA` or `LINE: reason`
    for each, and exits with 1 when any is not valid.
    """
    from logsource.cli.validating import judged
    from logsource.event.validate import Validators

    bad = False
    with closing(places.resolver()) as resolver:
        for number, schema, problems in judged(file, Validators(resolver)):
            bad = bad or bool(problems)
            for problem in problems or (f"ok {schema}",):
                click.echo(f"{number}: {problem}")
    sys.exit(1 if bad else 0)
