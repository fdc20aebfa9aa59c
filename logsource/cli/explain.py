"""`logsource explain`: why a line is, or is not, what a parser expects."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from logsource.agent.trial import SourceTrial, Trial
    from logsource.model import Line, Parser
    from logsource.parse.packs import PackIndex

_SHOWN = 160


@click.command()
@click.argument("arguments", nargs=-1, metavar="PARSER [LINE]")
@config_option
@click.option(
    "--source",
    metavar="NAME",
    help="Explain a source of the configuration instead of PARSER: each filter, the kind of event, the entities.",
)
def explain(arguments: tuple[str, ...], *, config: Path | None, source: str | None) -> None:
    """Say how far LINE (or the first line of standard input) gets in PARSER, and what stops it.

    Exit status 1 when the line is not parsed, or makes no event.
    """
    from logsource.cli.options import load_or_exit
    from logsource.model import Line, Record
    from logsource.parse.outcome import decoded, iso, printable
    from logsource.parse.packs import PackIndex
    from logsource.parse.resolve import known_parsers, resolve_parser

    named = 0 if source is not None else 1
    if not named <= len(arguments) <= named + 1:
        raise click.UsageError("give PARSER [LINE], or --source NAME [LINE]")
    loaded = (
        load_or_exit(config, known_parsers=known_parsers)
        if source is not None or config is not None
        else None
    )
    index = PackIndex(loaded.pack_dirs if loaded is not None else ())
    trial = None
    if source is not None and loaded is not None:
        from logsource.agent.trial import SourceTrial

        trial = SourceTrial(loaded, source)
    parser = trial.source.parser if trial is not None else arguments[0]
    chosen = trial.parser if trial is not None else resolve_parser(parser, loaded, index)
    given = arguments[named:]
    text = given[0] if given else next(decoded([sys.stdin.buffer.readline()]))
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
    sent = _further(trial, record) if trial is not None else isinstance(result, Record)
    sys.exit(0 if sent else 1)


def _further(trial: SourceTrial, line: Line) -> bool:
    """What the source does with the record; whether it becomes the event of its schema."""
    from logsource.parse.outcome import printable

    found = trial.of(line)
    for step in found.filters:
        if step.dropped is not None:
            what = click.style(f"drops it, counted as {step.dropped}", fg="red")
        else:
            what = "; ".join(printable(one, 300) for one in step.changes) or "keeps it as it is"
        click.echo(f"filters[{step.number}] {step.action}: {what}")
    if trial.source.event == "application_error" and (found.kind is not None or not _filtered(found)):
        _trace(trial, found, line.text)
    if found.kind is None:
        click.echo(
            click.style(f"no event: {found.reason}", fg="red") + f" {printable(found.detail)}".rstrip()
        )
        return False
    members = "".join(f"\n  {name}  {printable(value, 300)}" for name, value in (found.members or {}).items())
    click.echo(f"event {found.kind}{members}")
    click.echo("entities " + ", ".join(str(one["schema"]) for one in found.entities))
    return found.reason is None


def _trace(trial: SourceTrial, found: Trial, text: str) -> None:
    """Which stack trace was read, or where none was found."""
    from logsource.parse.outcome import printable
    from logsource.render.apperror import APPLICATION_ERROR, ErrorMaker, told

    if found.schema == APPLICATION_ERROR and found.data is not None:
        click.echo(f"stack trace: {printable(told(found.data), 500)}")
        return
    config = trial.source.application_error
    wanted = f"none of {config.language}" if config.language is not None else "none"
    looked_at = ", ".join(ErrorMaker.of(config).looked_at)
    fate = "dropped (others: drop)" if config.others == "drop" else "sent as it is"
    click.echo(f"stack trace: {wanted} in {looked_at}; the record is {fate}")
    if "\n" not in text:
        click.echo("  a trace has several lines: `multiline` of the source joins them")


def _filtered(found: Trial) -> bool:
    return any(step.dropped is not None for step in found.filters)


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
    from logsource.parse.explain import Reach, reach
    from logsource.parse.explainengine import engine_of, reach_engine
    from logsource.parse.outcome import printable
    from logsource.parse.verify import patterns_of

    patterns, engine = patterns_of(chosen), engine_of(chosen)
    reached: Iterable[Reach]
    if patterns is not None:
        reached = (reach(spec, line.text) for spec in patterns.patterns)
    elif engine is not None:
        reached = reach_engine(engine, line.text) or [Reach("engine", matched=True, characters=0, element="")]
    else:
        return
    for found in [max(reached, key=lambda one: (one.matched, one.characters))] if farthest else reached:
        # the one engine of a parser has the name of its notation, patterns have names or numbers of their own
        whose = f"pattern {found.pattern}" if engine is None or found.pattern.isdecimal() else found.pattern
        if found.matched:
            click.echo(f"{whose}: matches")
            break
        before = printable(line.text[: found.characters][-_SHOWN // 2 :], _SHOWN)
        after = printable(line.text[found.characters :][: _SHOWN // 2], _SHOWN)
        stopped = (
            f"expected {printable(found.element, _SHOWN)}"
            + (f" for field {found.field}" if found.field else "")
            if found.element
            else "the pattern ends here, the line does not"
        )
        length = len(line.text)
        at = (
            "the end of the line"
            if found.characters >= length
            else f"character {found.characters + 1} of {length}"
        )
        click.echo(f"{whose}: stops at {at}")
        click.echo("  " + before + click.style(after, dim=True))
        click.echo("  " + " " * len(before) + click.style("^", fg="red") + f" {stopped}")


def _matching(index: PackIndex, line: Line) -> list[str]:
    from logsource.parse.detect import candidates, rank

    return [match.name for match in rank([line], candidates(index.all())) if match.name != "plain"]
