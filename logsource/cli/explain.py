"""`logsource explain`: why a line is, or is not, what a parser expects."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.model import Line, Parser
    from logsource.parse.packs import PackIndex

_SHOWN = 160


@click.command()
@click.argument("parser")
@click.argument("line", required=False)
@config_option
def explain(parser: str, line: str | None, *, config: Path | None) -> None:
    """Say how far LINE (or the first line of standard input) gets in PARSER, and what stops it.

    Exit status 1 when the line is not parsed.
    """
    from logsource.cli.options import load_or_exit
    from logsource.model import Line, Record
    from logsource.parse.outcome import decoded, iso, printable
    from logsource.parse.packs import PackIndex
    from logsource.parse.resolve import known_parsers, resolve_parser

    loaded = None if config is None else load_or_exit(config, known_parsers=known_parsers)
    index = PackIndex(loaded.pack_dirs if loaded is not None else ())
    chosen = resolve_parser(parser, loaded, index)
    text = line if line is not None else next(decoded([sys.stdin.buffer.readline()]))
    record = Line(text=text, offset=0, reference_ms=time.time_ns() // 1_000_000)
    result = chosen.parse(record)
    _steps(chosen, record)
    if isinstance(result, Record):
        click.echo(
            click.style("parsed", fg="green") + f" as {result.schema}, time {iso(result.timestamp_ms)}"
        )
    elif result is None:
        click.echo("left out on purpose")
    else:
        click.echo(click.style(result.reason, fg="red") + f": {printable(result.detail)}")
    others = [name for name in _matching(index, record) if name != parser]
    click.echo(f"packs that match: {', '.join(others) if others else 'no other'}")
    sys.exit(1 if not isinstance(result, Record) else 0)


def _steps(chosen: Parser, line: Line, *, inside: bool = False) -> None:
    """How far each pattern got; in a chain, those of each parser that was asked."""
    from logsource.model import Record
    from logsource.parse.chain import ChainParser
    from logsource.parse.outcome import printable

    if not isinstance(chosen, ChainParser):
        _patterns(chosen, line, farthest=inside)
        return
    stages, _ = chosen.stages(line)
    for stage in stages:
        if isinstance(stage.result, Record):
            what = click.style("parsed", fg="green") + f" as {stage.result.schema}"
        elif stage.result is None:
            what = "left out on purpose"
        else:
            what = click.style(stage.result.reason, fg="red") + f": {printable(stage.result.detail)}"
        role = "envelope" if stage.inner is None else f"inside, {stage.inner}"
        click.echo(f"{role}: {printable(stage.line.text, _SHOWN)}\n  {what}")
        if not isinstance(stage.result, Record):
            _steps(stage.parser, stage.line, inside=True)


def _patterns(chosen: Parser, line: Line, *, farthest: bool) -> None:
    """How far each pattern got, or only the one that got farthest."""
    from logsource.parse.explain import reach
    from logsource.parse.outcome import printable
    from logsource.parse.verify import patterns_of

    patterns = patterns_of(chosen)
    if patterns is None:
        return
    reached = (reach(spec, line.text) for spec in patterns.patterns)
    for found in [max(reached, key=lambda one: (one.matched, one.characters))] if farthest else reached:
        if found.matched:
            click.echo(f"pattern {found.pattern}: matches")
            break
        before = printable(line.text[: found.characters][-_SHOWN // 2 :], _SHOWN)
        after = printable(line.text[found.characters :][: _SHOWN // 2], _SHOWN)
        stopped = (
            f"expected {printable(found.element, _SHOWN)}"
            + (f" for field {found.field}" if found.field else "")
            if found.element
            else "the pattern ends here, the line does not"
        )
        click.echo(f"pattern {found.pattern}: stops at character {found.characters + 1} of {len(line.text)}")
        click.echo("  " + before + click.style(after, dim=True))
        click.echo("  " + " " * len(before) + click.style("^", fg="red") + f" {stopped}")


def _matching(index: PackIndex, line: Line) -> list[str]:
    from logsource.parse.detect import candidates, rank

    return [match.name for match in rank([line], candidates(index.all())) if match.name != "plain"]
