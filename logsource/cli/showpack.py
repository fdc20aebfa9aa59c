"""`logsource packs show`: what a pack takes, what it gives, and where its samples come from."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.parse.packs import Pack

_INDENT = 13


@click.command()
@click.argument("name")
@config_option
def show(name: str, *, config: Path | None) -> None:
    """Show a pack: what it reads, its schema, and where its samples come from.

    NAME is a pack or its folder. All fields with an example are in the README.md of the folder.
    """
    from pathlib import Path

    from logsource.cli.options import load_or_exit
    from logsource.parse.packs import PackIndex, load_pack
    from logsource.parse.resolve import known_parsers

    if "/" in name:
        pack = load_pack(Path(name))
    else:
        dirs = load_or_exit(config, known_parsers=known_parsers).pack_dirs if config is not None else ()
        pack = PackIndex(dirs).load(name)
    click.echo(f"{pack.name}: {pack.spec.title}")
    for label, text in _rows(pack):
        first, *more = textwrap.wrap(text, 120 - _INDENT, break_long_words=False, break_on_hyphens=False) or [
            ""
        ]
        click.echo(f"{label:<{_INDENT}}{first}")
        for line in more:
            click.echo(f"{'':<{_INDENT}}{line}")


def _rows(pack: Pack) -> Iterator[tuple[str, str]]:
    """Label and text of each paragraph."""
    from logsource.parse.origin import BY_HAND
    from logsource.parse.samples import sample_files

    spec = pack.spec
    yield "", " ".join(spec.description.split())
    if spec.url:
        yield "format", spec.url
    yield "schema", spec.schema_
    yield "folder", str(pack.folder)
    if spec.patterns:
        yield "patterns", ", ".join(one.name for one in spec.patterns)
    counts = {sample.file.stem: len(sample.lines) for sample in sample_files(pack)}
    for entry in spec.origin:
        records = sum(counts.get(sample, 0) for sample in entry.samples)
        yield "samples", f"{', '.join(entry.samples)}: {records} records, {entry.written_by or BY_HAND}"
        yield "", " ".join(entry.how.split())
