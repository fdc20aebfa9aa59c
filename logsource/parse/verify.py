"""A pack against its own samples: everything that `packs test` checks and that needs no other room.

Checks that belong elsewhere come in as functions: `lint` gives the problems of the pack's schema files,
`validate` those of one event. Each finding is one line for a person: file, what, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.errors import PackError
from logsource.model import JSONValue, Line, Record
from logsource.parse.chain import ChainParser
from logsource.parse.hostile import slow_patterns
from logsource.parse.origin import unstated
from logsource.parse.outcome import outcome, printable
from logsource.parse.pattern import PatternParser
from logsource.parse.samples import SAMPLES, read_golden, sample_files
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from logsource.model import Parser
    from logsource.parse.packs import Pack
    from logsource.parse.samples import SampleFile


@dataclass(frozen=True, slots=True)
class Checks:
    """What other rooms know."""

    lint: Callable[[Path], Sequence[str]]
    """Problems of the schemas below a folder."""
    validate: Callable[[str, JSONValue], Sequence[str]]
    """Problems of an event's data against the schema of a URI."""


def verify(pack: Pack, checks: Checks) -> list[str]:
    """All that is wrong with a pack; nothing when it is good."""
    try:
        parser = pack.parser
        samples = sample_files(pack)
    except PackError as error:
        return str(error).splitlines()
    problems = [*checks.lint(pack.folder), *unstated(pack, samples)]
    records = 0
    for sample in samples:
        problems += _against_golden(pack.name, sample, parser)
        for line in sample.lines:
            result = parser.parse(line)
            if isinstance(result, Record):
                records += 1
                problems += [
                    f"{sample.file}: {printable(line.text, 80)}: not valid: {problem}"
                    for schema, data in _described(result)
                    for problem in checks.validate(schema, data)
                ]
    if not records:
        hint = f"write lines to {pack.folder / SAMPLES}/*.log, then run `logsource packs accept`"
        problems.append(f"{pack.folder}: no sample becomes an event ({hint})")
    lines = [line for sample in samples for line in sample.lines]
    problems += [f"{pack.file}: {problem}" for problem in _unused(pack, parser, lines)]
    problems += [f"{pack.file}: {problem}" for problem in _slow(parser, lines)]
    return problems


def _described(record: Record) -> Iterator[tuple[str, JSONValue]]:
    """The record and its entities: schema and data."""
    yield record.schema, record.data
    yield from ((entity["schema"], entity["data"]) for entity in record.entities)


def patterns_of(parser: Parser) -> PatternParser | None:
    """The pattern parser inside a parser, if there is one."""
    while isinstance(parser, ValidatedParser):
        parser = parser.inner
    return parser if isinstance(parser, PatternParser) else None


def _against_golden(name: str, sample: SampleFile, parser: Parser) -> Iterator[str]:
    accept = f"if that is right, run `logsource packs accept {name}` and review the difference"
    try:
        golden = read_golden(sample)
    except PackError as error:
        yield str(error)
        return
    if not golden and sample.lines:
        yield f"{sample.golden}: no outcomes are written down ({accept})"
        return
    if len(golden) != len(sample.lines):
        yield f"{sample.golden}: {len(golden)} outcomes for {len(sample.lines)} records ({accept})"
    for number, (line, expected) in enumerate(zip(sample.lines, golden, strict=False), 1):
        # through JSON, so that 1 and 1.0 are compared as they are written
        found = orjson.dumps(outcome(parser.parse(line)))
        if _judged(orjson.loads(found)) != _judged(expected):
            yield (
                f"{sample.file}:{number}: {printable(line.text, 80)}\n"
                f"    expected {printable(orjson.dumps(expected).decode(), 400)}\n"
                f"    found    {printable(found.decode(), 400)}\n"
                f"    ({accept})"
            )


def _judged(value: JSONValue) -> bytes:
    """What counts of an outcome: all but the detail of a reject, which quotes the words of libraries."""
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if name != "detail" or value.get("ok")}
    return orjson.dumps(value)


def _unused(pack: Pack, parser: Parser, lines: Sequence[Line]) -> Iterator[str]:
    if isinstance(parser, ChainParser):
        for one in parser.inner:
            alone = parser.only(one)
            if not any(isinstance(alone.parse(line), Record) for line in lines):
                yield f"no sample holds a record of {one.name} (add a line for it, or remove it)"
    patterns = patterns_of(parser)
    if patterns is None or pack.spec.fixed is not None:
        return  # of fixed columns there is one pattern more, for lines that end early
    used = {patterns.attempt(line)[0] for line in lines}
    for spec in patterns.patterns:
        if spec.name not in used:
            yield f"no sample uses pattern {spec.name} (add a line for it, or remove it)"


def _slow(parser: Parser, lines: Sequence[Line]) -> Iterator[str]:
    patterns = patterns_of(parser)
    if patterns is not None:
        yield from slow_patterns(patterns, [line.text for line in lines])
