"""Runs the tests of parsers that stand in a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from logsource.model import JSONValue, Line, Record
from logsource.parse.alternatives import Alternatives
from logsource.parse.chain import ChainParser
from logsource.parse.members import look_up
from logsource.parse.outcome import iso, parse_iso, printable
from logsource.parse.packs import PackIndex
from logsource.parse.pattern import PatternParser
from logsource.parse.resolve import resolve_parser
from logsource.parse.verify import patterns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logsource.config.cases import TestConfig
    from logsource.config.model import Config
    from logsource.config.ownparsers import ParserConfig
    from logsource.model import Parser, Reject
    from logsource.parse.alternatives import Branch

DAY_MS = 86_400_000
REFERENCE_MS = 1_782_864_000_000
"""2026-07-01: soon after this, records of tests without a `timestamp` count as written (as in a pack's samples)."""
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One record of a test that gave something else."""

    test: int
    """Index of the test."""
    record: str
    differences: tuple[str, ...]
    """`field: expected X, found Y`, for people."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which patterns of a parser the tests have used."""

    parser: str
    patterns: tuple[str, ...]
    used: frozenset[str]
    unreached: tuple[tuple[str, str], ...] = ()
    """Alternatives and optional parts of used patterns that no test reached: (pattern, which)."""

    @property
    def unused(self) -> list[str]:
        """Patterns that no test used."""
        return [name for name in self.patterns if name not in self.used]


@dataclass(frozen=True, slots=True)
class Tested:
    """A parser under test, and which of its patterns takes a record."""

    name: str
    parser: Parser
    singles: tuple[tuple[str, Parser], ...] = ()
    """Name of each pattern and a parser that has only this one; none: its coverage is not wanted or has no meaning."""
    alternatives: Mapping[str, Alternatives] = field(default_factory=dict)
    """By name of the pattern."""

    def pattern_of(self, line: Line) -> str | None:
        """Name of the pattern that takes a record; None when none does."""
        return next((name for name, one in self.singles if isinstance(one.parse(line), Record)), None)


def tested(name: str, config: Config) -> Tested:
    """Build a parser for tests. Raises PackError.

    The patterns of parsers and packs of the configuration are counted; built-in packs have their own samples.
    """
    parser = resolve_parser(name, config)
    given = config.parsers.get(name)
    if isinstance(parser, ChainParser):
        singles = [(one.name, parser.only(one)) for one in parser.inner]
        return Tested(name, parser, (*singles, ("envelope", parser.envelope)))
    if given is not None:
        return Tested(name, parser, tuple(_singles(name, given, config)), dict(_alternatives(given)))
    patterns = patterns_of(parser)
    if patterns is None or patterns.vetted:
        return Tested(name, parser)
    return Tested(
        name,
        parser,
        tuple(
            (one.name, PatternParser(name, [one], vetted=False, timeout=patterns.timeout))
            for one in patterns.patterns
        ),
    )


def _singles(name: str, given: ParserConfig, config: Config) -> Iterator[tuple[str, Parser]]:
    """One parser for each pattern of an entry of `parsers:`, named by its number."""
    from logsource.parse.custom import build_custom  # noqa: PLC0415 - the engines are slow to import

    folders = PackIndex(config.pack_dirs).schema_dirs()
    # what becomes of the captures is judged by the whole parser
    matching_only: dict[str, Any] = {"types": {}, "schema_": None, "timestamp": None}
    for engine in ("grok", "regex", "dissect"):
        patterns = getattr(given, engine)
        for number, pattern in enumerate([patterns] if isinstance(patterns, str) else patterns or (), 1):
            alone = given.model_copy(update={engine: [pattern], **matching_only})
            yield str(number), build_custom(name, alone, schema_dirs=folders)


def _alternatives(given: ParserConfig) -> Iterator[tuple[str, Alternatives]]:
    from logsource.parse.custom import grok_library  # noqa: PLC0415 - the engines are slow to import

    for engine in ("grok", "regex"):
        patterns = getattr(given, engine)
        library = grok_library(given) if patterns and engine == "grok" else None
        for number, pattern in enumerate([patterns] if isinstance(patterns, str) else patterns or (), 1):
            yield str(number), Alternatives(pattern, grok=library)


def run_tests(
    tests: Sequence[TestConfig], parsers: Mapping[str, Tested]
) -> tuple[list[Failure], list[Coverage]]:
    """Run all tests. `parsers` has every parser that a test names, and those whose coverage is wanted."""
    failures: list[Failure] = []
    used: dict[str, set[str]] = {name: set() for name in parsers}
    reached: dict[tuple[str, str], set[Branch]] = {}
    for index, test in enumerate(tests):
        under = parsers[test.parser]
        for text in test.records:
            line = Line(text=text, offset=0, reference_ms=_reference(test))
            differences = tuple(_differences(test, under.parser.parse(line)))
            if differences:
                failures.append(Failure(index, text, differences))
            name = under.pattern_of(line)
            if name is not None:
                used[test.parser].add(name)
                if name in under.alternatives:
                    found = reached.setdefault((test.parser, name), set())
                    found |= under.alternatives[name].reached(text)
    coverage = [
        Coverage(
            name,
            tuple(pattern for pattern, _ in one.singles),
            frozenset(used[name]),
            tuple(_unreached(one, {pattern: reached.get((name, pattern), set()) for pattern in used[name]})),
        )
        for name, one in parsers.items()
        if one.singles
    ]
    return failures, coverage


def _unreached(under: Tested, reached: Mapping[str, set[Branch]]) -> Iterator[tuple[str, str]]:
    """Branches that no test reached, of the patterns that a test used."""
    for pattern, alternatives in under.alternatives.items():
        for branch in alternatives.branches:
            if pattern in reached and branch not in reached[pattern]:
                yield pattern, str(branch)


def _reference(test: TestConfig) -> int:
    """A time without a year is one of the year that the test states."""
    return parse_iso(test.timestamp) + DAY_MS if test.timestamp is not None else REFERENCE_MS


def _differences(test: TestConfig, result: Record | Reject | None) -> Iterator[str]:
    if not isinstance(result, Record):
        reason, detail = (
            ("dropped", "the parser leaves it out on purpose")
            if result is None
            else (result.reason, result.detail)
        )
        if test.reject is None:
            yield f"expected a record, found {reason}: {printable(detail, _WIDTH)}"
        elif test.reject != reason:
            yield f"expected reject {test.reject}, found {reason}: {printable(detail, _WIDTH)}"
        return
    if test.reject is not None:
        yield f"expected reject {test.reject}, found a record: {_shown(fields_of(result))}"
        return
    fields = fields_of(result)
    for name, expected in (test.expect or {}).items():
        found = look_up(fields, tuple(name.split(".")))
        if orjson.dumps(found) != orjson.dumps(expected):
            yield f"{name}: expected {_shown(expected)}, found {_found(fields, name, found)}"
    if test.timestamp is not None and result.timestamp_ms != parse_iso(test.timestamp):
        yield f"timestamp: expected {iso(parse_iso(test.timestamp))}, found {iso(result.timestamp_ms) or 'none'}"


def fields_of(record: Record) -> Mapping[str, JSONValue]:
    """Fields as the configuration names them: those of a parser without a schema stand in `fields`."""
    inner = record.data.get("fields")
    return inner if "/parsed_line/" in record.schema and isinstance(inner, dict) else record.data


def _found(fields: Mapping[str, JSONValue], name: str, found: JSONValue) -> str:
    if found is None and name not in fields:
        others = ", ".join(fields)
        return f"no such field (there are {printable(others, _WIDTH)})" if others else "no field at all"
    return _shown(found)


def _shown(value: JSONValue) -> str:
    return printable(orjson.dumps(value).decode(), _WIDTH)
