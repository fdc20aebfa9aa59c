"""`logsource check`: everything that is wrong with a configuration, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option, loaded_or_exit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from logsource.config.load import Loaded
    from logsource.config.model import SourceConfig
    from logsource.config.warn import Matched


@click.command()
@config_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems and warnings only.")
@click.option("--show", is_flag=True, help="Print the whole configuration with its defaults, secrets masked.")
def check(config: Path | None, *, quiet: bool, show: bool) -> None:
    """Check the configuration: every problem at once, as file:line:col: what (hint).

    Exit status: 0 usable (there may be warnings), 1 problems found, 2 no such file.
    """
    from logsource.config.warn import warnings

    loaded = loaded_or_exit(config, known_parsers=known_parsers)
    problems = parser_problems(loaded)
    if problems:
        click.echo("\n".join(problems), err=True)
        sys.exit(1)
    matched = {source.name: _match(source) for source in loaded.config.sources}
    for warning in warnings(loaded, lambda source: matched[source.name]):
        click.echo(f"warning: {warning}", err=True)
    if show:
        _show(loaded)
    elif not quiet:
        _summary(loaded, matched)


def known_parsers(pack_dirs: Sequence[Path]) -> Collection[str]:
    """Names of all packs: those of `pack_dirs`, then the built-in ones."""
    from logsource.config.builtin import builtin_packs_dir

    folders = [*pack_dirs, builtin_packs_dir()]
    return {pack.parent.name for folder in folders for pack in folder.glob("*/pack.yaml")}


def parser_problems(loaded: Loaded) -> list[str]:  # noqa: ARG001  the seam for building the parsers
    """What is wrong with parsers that can only be found by building them, as `file:line:col: what (hint)`."""
    return []


def _match(source: SourceConfig) -> Matched:
    from logsource.config.warn import Matched
    from logsource.tail.find import Directories, Finder

    finding = Finder(source.paths, source.exclude, Directories()).find()
    return Matched([found.path for found in finding], [path for path, _ in finding.problems])


def _summary(loaded: Loaded, matched: dict[str, Matched]) -> None:
    from logsource.config.show import mask_url
    from logsource.config.types import format_size

    config = loaded.config
    click.echo(f"{loaded.file}: ok")
    width = max(len(source.name) for source in config.sources)
    for source in config.sources:
        count = len(matched[source.name].files)
        files = "1 file" if count == 1 else f"{count} files"
        click.echo(f"  source     {source.name:<{width}}  {files} now, parser {source.parser}")
    click.echo(f"  collector  {mask_url(config.collector.url)} ({config.collector.method.upper()})")
    click.echo(f"  state      {config.agent.state_dir} (outbox up to {format_size(config.outbox.max_size)})")
    click.echo(f"  web        {config.web.listen or 'off'}")


def _show(loaded: Loaded) -> None:
    import yaml

    from logsource.config.show import masked

    click.echo(yaml.safe_dump(masked(loaded), sort_keys=False, allow_unicode=True), nl=False)
