"""`logsource check`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option, loaded_or_exit

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.config.load import Loaded
    from logsource.config.model import SourceConfig
    from logsource.config.warn import Matched
    from logsource.errors import PackError


@click.command()
@config_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems and warnings only.")
@click.option("--show", is_flag=True, help="Print the whole configuration with its defaults, secrets masked.")
@click.option("--tests", is_flag=True, help="Also run the tests of parsers under `tests:`.")
@click.option(
    "--schemas",
    is_flag=True,
    help="Also ask the registries of `schemas.resolver` whether they have every schema that will be sent.",
)
def check(config: Path | None, *, quiet: bool, show: bool, tests: bool, schemas: bool) -> None:
    """Check the configuration: every problem at once, as file:line:col: what (hint).

    Exit status: 0 usable (there may be warnings), 1 problems found or tests failed, 2 no such file.
    """
    from logsource.cli.checkparsers import parser_warnings
    from logsource.cli.checkpositions import position_warnings
    from logsource.cli.checkschemas import conflict_problems, registry_problems
    from logsource.cli.checkstate import state_warnings
    from logsource.config.warn import warnings
    from logsource.parse.resolve import known_parsers

    loaded = loaded_or_exit(config, known_parsers=known_parsers)
    problems = parser_problems(loaded)
    found = source_findings(loaded) if not problems else []
    problems += [text for text, warning in found if not warning]
    problems += conflict_problems(loaded)
    published = ""
    if schemas and not problems:
        problems, published = registry_problems(loaded)
    if problems:
        click.echo("\n".join(problems), err=True)
        sys.exit(1)
    for text in (*parser_warnings(loaded), *(text for text, _ in found)):
        click.echo(f"warning: {text}", err=True)
    matched = {source.name: _match(source) for source in loaded.config.sources}
    for warning in (
        *warnings(loaded, lambda source: matched[source.name]),
        *position_warnings(loaded),
        *state_warnings(loaded),
    ):
        click.echo(f"warning: {warning}", err=True)
    if show:
        _show(loaded)
    elif not quiet:
        _summary(loaded, matched)
        if published:
            click.echo(f"  schemas    {published}")
    if tests:
        from logsource.cli.checktests import run_and_print

        sys.exit(0 if run_and_print(loaded, quiet=quiet) else 1)


def parser_problems(loaded: Loaded) -> list[str]:
    """What only building the parsers can tell, each as `file:line:col: what (hint)`.

    Parsers under `parsers:` are built whether or not a source uses them, packs if a source does.
    """
    from logsource.errors import PackError
    from logsource.parse.resolve import resolve_parser

    places: dict[str, tuple[str | int, ...]] = {name: ("parsers", name) for name in loaded.config.parsers}
    for index, source in enumerate(loaded.config.sources):
        places.setdefault(source.parser, ("sources", index, "parser"))
    for index, test in enumerate(loaded.config.tests):
        places.setdefault(test.parser, ("tests", index, "parser"))
    problems: list[str] = []
    for name, place in places.items():
        try:
            resolve_parser(name, loaded.config)
        except PackError as error:
            problems.extend(_unusable(loaded, name, place, error))
    return problems


def source_findings(loaded: Loaded) -> list[tuple[str, bool]]:
    """What filters, kinds of events and entities of all sources are wrong with; True: only a warning."""
    from logsource.parse.packs import PackIndex
    from logsource.render.build import is_plain
    from logsource.render.check import findings
    from logsource.render.facts import source_facts

    index = PackIndex(loaded.config.pack_dirs)
    return [
        (loaded.say(("sources", number, *one.path), one.what, one.hint), one.warning)
        for number, source in enumerate(loaded.config.sources)
        if not is_plain(source)
        for one in findings(loaded.config, source, source_facts(loaded.config, source, index))
    ]


def _unusable(loaded: Loaded, name: str, place: tuple[str | int, ...], error: PackError) -> list[str]:
    from logsource.config.rules import ENGINES
    from logsource.parse.effects import ParserOptionsError

    reason = str(error)
    if place[0] in {"sources", "tests"}:
        # The reason of a pack has places of its own, in the pack's files.
        return [loaded.say(place, f"the parser {name} cannot be used, because:"), *reason.splitlines()]
    if any(path[:2] == place for path in loaded.document.secret):
        hint = f"the reason may hold a value of the environment; see `logsource explain {name}`"
        return [loaded.say(place, f"parser {name} cannot be built", hint, key=True)]
    if isinstance(error, ParserOptionsError):
        return [
            loaded.say(
                (*place, *one.path), f"parser {name}: {one.what}", one.hint, key=one.path[0] == "types"
            )
            for one in error.problems
        ]
    timed = "time format" in reason or "time zone" in reason or "timestamp" in reason
    given = [engine for engine in ENGINES if (*place, engine) in loaded.document.values]
    inner = ("timestamp", "format") if timed else tuple(given[:1])
    return [loaded.say((*place, *inner), line) for line in reason.splitlines()]


def _match(source: SourceConfig) -> Matched:
    from logsource.cli.checkfiles import remarks
    from logsource.config.warn import Matched
    from logsource.tail.find import Directories, Finder

    if source.type != "file":
        return Matched([])
    finding = Finder(source.paths, source.exclude, Directories()).find()
    files = [found.path for found in finding]
    return Matched(files, [path for path, _ in finding.problems], list(remarks(files, finding.directories)))


def _summary(loaded: Loaded, matched: dict[str, Matched]) -> None:
    from logsource.config.show import mask_url
    from logsource.config.types import format_size

    config = loaded.config
    click.echo(f"{loaded.file}: ok")
    width = max(len(source.name) for source in config.sources)
    for source in config.sources:
        count = sum(map(os.path.isfile, set(matched[source.name].files)))
        files = "1 file now" if count == 1 else f"{count} files now"
        what = files if source.type == "file" else ", ".join([source.type, *source.listen])
        click.echo(f"  source     {source.name:<{width}}  {what}, parser {source.parser}")
    click.echo(f"  collector  {mask_url(config.collector.url)} ({config.collector.method.upper()})")
    click.echo(f"  state      {config.agent.state_dir} (outbox up to {format_size(config.outbox.max_size)})")
    click.echo(f"  web        {config.web.listen or 'off'}")


def _show(loaded: Loaded) -> None:
    import yaml

    from logsource.config.show import masked

    click.echo(yaml.safe_dump(masked(loaded), sort_keys=False, allow_unicode=True), nl=False)
