"""`logsource packs`: the parser packs there are, and whether they are good."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logsource.cli.group import Group
from logsource.cli.newpack import new
from logsource.cli.options import config_option
from logsource.cli.showpack import show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.parse.packs import Pack, PackIndex
    from logsource.parse.verify import Checks


@click.group(cls=Group)
def packs() -> None:
    """List, make, test and accept parser packs."""


packs.add_command(new)
packs.add_command(show)


@packs.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(config: Path | None, *, as_json: bool) -> None:
    """List all packs: name, title, schema, folder, and which programs wrote samples while they ran.

    Without --json also the Python plugins that are installed.
    """
    from importlib.metadata import entry_points

    import orjson

    from logsource.parse.origin import writers
    from logsource.parse.resolve import PARSERS_GROUP

    rows = [
        {
            "name": pack.name,
            "title": pack.spec.title,
            "schema": pack.spec.schema_,
            "folder": str(pack.folder),
            "written_by": writers(pack.spec.origin),
        }
        for pack in _index(config).all()
    ]
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    plugins = sorted((one.name, one.value) for one in entry_points(group=PARSERS_GROUP))
    width = max((len(name) for name in (*(str(row["name"]) for row in rows), *dict(plugins))), default=0)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['title']}")
    for name, value in plugins:
        hidden = ", hidden by the pack of that name" if any(row["name"] == name for row in rows) else ""
        click.echo(f"{name:<{width}}  Python plugin {value}{hidden}")
    click.echo(f"{len(rows)} packs; `logsource explain`, `try` and `detect` use them", err=True)


@packs.command()
@click.argument("names", nargs=-1)
@config_option
@click.option(
    "--matrix",
    "as_matrix",
    is_flag=True,
    help="Only show which parsers claim whose samples, best first, with the share of records each takes.",
)
def test(names: tuple[str, ...], *, config: Path | None, as_matrix: bool) -> None:
    """Test packs against their own samples; NAMES are packs or folders, default all.

    Every sample gives its golden event, every pattern is used, events are valid, schemas keep the lint
    rules, no other pack claims the samples, no line takes a pattern more than linear time, each sample file
    has an origin, the README is fresh. Exit status 1 when there are problems.
    """
    from logsource.parse.verify import verify

    index = _index(config)
    chosen = _chosen(names, index)
    if as_matrix:
        sys.exit(0 if _matrix(chosen, index) else 1)
    checks = own_checks(chosen)
    problems = 0
    for pack in chosen:
        found = [*verify(pack, checks), *_stale(pack), *claimed(pack, index)]
        problems += len(found)
        mark = click.style("FAIL", fg="red") if found else click.style("ok", fg="green")
        click.echo(f"{mark}  {pack.name}")
        for problem in found:
            click.echo("    " + problem.replace("\n", "\n    "))
    click.echo(f"{len(chosen)} packs tested, {problems} problems", err=True)
    sys.exit(1 if problems else 0)


@packs.command()
@click.argument("names", nargs=-1)
@config_option
def accept(names: tuple[str, ...], *, config: Path | None) -> None:
    """Write golden files and README of packs as they work now; review the difference before you commit it."""
    from logsource.parse.readme import README, readme
    from logsource.parse.samples import golden_bytes, sample_files

    changed = 0
    for pack in _chosen(names, _index(config)):
        files = [(sample.golden, golden_bytes(sample, pack.parser)) for sample in sample_files(pack)]
        files.append((pack.folder / README, readme(pack).encode()))
        for file, content in files:
            if not file.exists() or file.read_bytes() != content:
                file.write_bytes(content)
                click.echo(f"wrote {file}")
                changed += 1
    click.echo(f"{changed} files changed", err=True)


def _index(config: Path | None) -> PackIndex:
    from logsource.cli.options import load_or_exit
    from logsource.parse.packs import PackIndex
    from logsource.parse.resolve import known_parsers

    if config is None:
        return PackIndex()
    return PackIndex(load_or_exit(config, known_parsers=known_parsers).pack_dirs)


def _chosen(names: Sequence[str], index: PackIndex) -> list[Pack]:
    from pathlib import Path

    from logsource.parse.packs import load_pack

    if not names:
        return index.all()
    return [load_pack(Path(name)) if "/" in name else index.load(name) for name in names]


def own_checks(chosen: Sequence[Pack]) -> Checks:
    """Give the checks of schemas and events that `parse` itself cannot make: the rooms do not know each other."""
    from logsource.event.lint import lint_paths
    from logsource.event.resolver import local_resolver
    from logsource.event.validate import Validators
    from logsource.parse.packs import SCHEMAS
    from logsource.parse.verify import Checks

    folders = list(dict.fromkeys(one for pack in chosen for one in pack.schema_dirs if one.is_dir()))
    validators = Validators(local_resolver(folders))

    def lint(folder: Path) -> list[str]:
        schemas = folder / SCHEMAS
        # a pack may use a shared schema and bring none of its own
        return [str(problem) for problem in lint_paths(schemas)] if schemas.is_dir() else []

    return Checks(lint=lint, validate=validators.problems)


def _stale(pack: Pack) -> list[str]:
    from logsource.errors import PackError
    from logsource.parse.readme import README, readme

    file = pack.folder / README
    try:
        fresh = readme(pack)
    except PackError:
        return []  # verify has said it
    if file.exists() and file.read_text(encoding="utf-8") == fresh:
        return []
    return [f"{file}: is not what pack.yaml and the schema say (run `logsource packs accept {pack.name}`)"]


def _matrix(chosen: Sequence[Pack], index: PackIndex) -> bool:
    """One line a sample file; whether each is claimed by its own pack first."""
    from logsource.parse.matrix import claims

    rows = list(claims(chosen, index.all()))
    width = max((len(f"{row.pack}/{row.file.stem}") for row in rows), default=0)
    for row in rows:
        mark = click.style("ok  ", fg="green") if row.own_first else click.style("FAIL", fg="red")
        claimants = "  ".join(f"{one.name} {one.matched:.0%}" for one in row.ranking if one.name != "plain")
        click.echo(f"{mark}  {f'{row.pack}/{row.file.stem}':<{width}}  {claimants}")
    wrong = sum(not row.own_first for row in rows)
    click.echo(f"{len(rows)} sample files, {wrong} claimed by another parser first", err=True)
    return not wrong


def claimed(pack: Pack, index: PackIndex) -> list[str]:
    """Whether another pack is ranked before this one for its own samples."""
    from logsource.errors import PackError
    from logsource.model import Record
    from logsource.parse.detect import candidates, rank
    from logsource.parse.samples import sample_files

    try:
        lines = [line for sample in sample_files(pack) for line in sample.lines]
        own = [line for line in lines if isinstance(pack.parser.parse(line), Record)]
        ranking = rank(own, candidates([pack, *(one for one in index.all() if one.name != pack.name)]))
    except PackError as error:
        return [f"{pack.folder}: cannot be compared with other packs: {error}"]
    if not ranking or ranking[0].name == pack.name:
        return []
    first = ranking[0]
    what = f"`logsource detect` takes these samples for {first.name} ({first.matched:.0%} matched)"
    return [f"{pack.file}: {what} (make the patterns stricter, or add detect.hints)"]
