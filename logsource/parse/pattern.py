"""A parser made of regular expressions: the definition of what a line means, one line at a time.

The column engine (`parse.columns`) does the same for whole blocks and must agree with this file byte for
byte; whatever it cannot take, it hands to `PatternParser.parse`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import regex

from logsource.config.regexcompile import compile_regex
from logsource.config.regexsize import HINT, too_large
from logsource.errors import PackError
from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.blocksafe import one_line
from logsource.parse.fields import BadValueError, FieldSpec
from logsource.parse.groups import always_matched
from logsource.parse.rx.nodes import RegexSyntaxError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class TimestampReader(Protocol):
    """Turns the text of a time into an instant."""

    def read(self, text: str, reference_ms: int) -> int:
        """Milliseconds since the epoch.

        `reference_ms` decides the year of times without one. Raises ValueError (with an attribute `reason`).
        """
        ...


@dataclass(frozen=True, slots=True)
class TimestampSlot:
    """Which capture group states the time, and how to read it."""

    group: int
    reader: TimestampReader


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSpec:
    """One pattern and what its groups mean."""

    name: str
    regex: str
    """Source that means the same to `re` and to `regex`; compiled without flags, numbered groups count."""
    fields: tuple[FieldSpec, ...]
    schema: str
    timestamp: TimestampSlot | None = None
    search: bool = False
    """Find the pattern anywhere in the record (as grok does) instead of matching all of it."""
    under: tuple[str, ...] = ()
    """Path of the object that holds the fields; empty: they are members of the data itself."""
    constants: tuple[tuple[tuple[str, ...], JSONValue], ...] = ()
    """(path, value) that every record of this pattern has, written after the fields."""

    def ordered_fields(self) -> tuple[FieldSpec, ...]:
        """Fields in the order in which they are written: required ones first, else as given.

        The column engine needs a first member that is always there, because of the commas. So without a required field,
        the first whose group takes part in every match comes first.
        """
        fields = tuple(sorted(self.fields, key=lambda field: not field.required))
        if not fields or fields[0].required:
            return fields
        try:
            always = always_matched(self.regex)
        except (RegexSyntaxError, RecursionError):  # a notation that only the `regex` module knows
            return fields
        if fields[0].group in always:
            return fields
        lead = _first_of(fields, always)
        return tuple(sorted(fields, key=lambda field: field.group != lead))


def _first_of(fields: Sequence[FieldSpec], groups: Collection[int]) -> int:
    """Group of the first field that is filled by one of these groups."""
    return next((field.group for field in fields if field.group in groups), 0)


class PatternParser:
    """Tries patterns in order; the first that matches with good values makes the record.

    `vetted` patterns (shipped packs, whose worst case is tested) run on the standard library's `re`; all
    others on `regex`, which can be stopped: a match may take `timeout` seconds.
    """

    def __init__(
        self, name: str, patterns: Sequence[PatternSpec], *, vetted: bool, timeout: float = 0.25
    ) -> None:
        if not patterns:
            raise PackError(f"parser {name}: no patterns")
        self.name = name
        self.patterns = tuple(patterns)
        self.vetted = vetted
        self.timeout = timeout
        self._compiled = [
            (spec, compile_pattern(spec.regex, vetted=vetted, where=f"parser {name}, pattern {spec.name}"))
            for spec in self.patterns
        ]
        self._ordered = [spec.ordered_fields() for spec in self.patterns]

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the record of a line, or why there is none."""
        return self.attempt(line)[1]

    def attempt(self, line: Line) -> tuple[str | None, Record | Reject]:
        """As `parse`, with the name of the pattern that made the record (for tools)."""
        rejected: Reject | None = None
        several = self.vetted and "\n" in line.text
        for (spec, compiled), fields in zip(self._compiled, self._ordered, strict=True):
            if several and not spec.search and one_line(spec.regex):
                continue  # to see that it cannot match, `re` would try all ways to come to the newline, over and over
            try:
                match = self._match(spec, compiled, line.text)
            except TimeoutError:
                return None, Reject("timeout", f"pattern {spec.name} took more than {self.timeout:g} s")
            if match is None:
                continue
            result = _record(spec, fields, match, line.reference_ms)
            if isinstance(result, Record):
                return spec.name, result
            rejected = rejected or result
        return None, rejected or Reject("no_match", f"none of {len(self.patterns)} pattern(s) matched")

    def _match(self, spec: PatternSpec, compiled: Any, text: str) -> Any:
        method = compiled.search if spec.search else compiled.fullmatch
        return method(text) if self.vetted else method(text, timeout=self.timeout)


def compile_pattern(source: str, *, vetted: bool, where: str) -> Any:
    """Compile for the engine that `vetted` asks for. Raises PackError with the position of the mistake."""
    large = "" if vetted else too_large(source)
    if large:
        raise PackError(f"{where}: {large} ({HINT})")
    try:
        return re.compile(source) if vetted else compile_regex(source)
    except (re.error, regex.error) as error:
        position = getattr(error, "pos", None)
        place = "" if position is None else f" at position {position}"
        raise PackError(f"{where}: {error}{'' if 'position' in str(error) else place}") from error


def _record(spec: PatternSpec, fields: Sequence[FieldSpec], match: Any, reference_ms: int) -> Record | Reject:
    data: dict[str, JSONValue] = {}
    fields_of = data
    for name in spec.under:
        fields_of[name] = fields_of = {}
    try:
        for field in fields:
            value = field.convert(match[field.group])
            if value is not None:
                put(fields_of, field.name, value)
        for path, value in spec.constants:
            put(data, path, value)
    except BadValueError as error:
        return Reject("bad_value", str(error))
    timestamp = None
    if spec.timestamp is not None:
        text = match[spec.timestamp.group]
        if text is not None:
            try:
                timestamp = spec.timestamp.reader.read(text, reference_ms)
            except ValueError as error:
                return Reject(str(getattr(error, "reason", "bad_timestamp")), str(error))
    return Record(spec.schema, data, timestamp)


def put(data: dict[str, JSONValue], path: tuple[str, ...], value: JSONValue) -> None:
    """Set a nested member, making the objects on the way."""
    for name in path[:-1]:
        inner = data.get(name)
        if not isinstance(inner, dict):
            inner = data[name] = {}
        data = inner
    data[path[-1]] = value
