"""From a pack's definition to a parser: captures of patterns meet the fields of the schema.

The schema is the one definition of the fields. A pattern that captures what the schema does not have, or
that cannot give what the schema requires, is an error of the pack; all of them are reported at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logsource.config.fieldrules import suggest
from logsource.config.problem import Problem
from logsource.errors import PackError
from logsource.parse.fields import BadValueError
from logsource.parse.members import convert
from logsource.parse.pattern import PatternParser, PatternSpec, TimestampSlot
from logsource.parse.schemas import find_schema
from logsource.parse.shape import Shape, read_shape
from logsource.parse.structured import Member, StatedTime, StructuredParser
from logsource.parse.timestamps import compile_timestamp
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from logsource.config.chain import ChainConfig
    from logsource.config.yaml import Document
    from logsource.model import JSONValue, Parser
    from logsource.parse.fields import FieldSpec
    from logsource.parse.pattern import TimestampReader
    from logsource.parse.shape import FieldRule
    from logsource.parse.spec import PackSpec, PatternEntry

Place = tuple[str | int, ...]


@dataclass
class _Report:
    """Problems of one pack.yaml, collected."""

    file: Path
    document: Document
    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place, what: str, hint: str = "") -> None:
        self.problems.append(Problem(self.document.at(place), what, hint))

    def raise_any(self) -> None:
        if self.problems:
            raise PackError("\n".join(one.render(str(self.file)) for one in sorted(set(self.problems))))


def build_pack(
    name: str,
    spec: PackSpec,
    *,
    file: Path,
    document: Document,
    schema_dirs: Sequence[Path],
    vetted: bool,
    timeout: float = 0.25,
) -> Parser:
    """Build the parser of a pack. Raises PackError with every problem, each `file:line:col: what (hint)`.

    `schema_dirs` are static Iglu repositories, searched in order. `timeout` (seconds for one match) counts
    only for patterns that are not `vetted`.
    """
    report = _Report(file, document)
    if spec.chain is not None:
        return _chain(name, spec.chain, report)
    shapes = _shapes(spec, schema_dirs, report)
    reader = _reader(spec, report)
    report.raise_any()
    _check_names(spec, shapes, report)
    parser: Parser
    if spec.engine is not None:
        parser = _structured(name, spec, shapes[spec.schema_], reader, report)
    elif spec.fixed is not None:
        patterns = _fixed(spec, shapes[spec.schema_], reader, report)
        report.raise_any()
        parser = PatternParser(name, patterns, vetted=True)
    else:
        found = [
            _pattern(index, spec, shapes[entry.schema_ or spec.schema_], reader, report)
            for index, entry in enumerate(spec.patterns)
        ]
        report.raise_any()
        parser = PatternParser(name, [one for one in found if one], vetted=vetted, timeout=timeout)
    report.raise_any()
    for shape in shapes.values():
        if shape.unpromised:
            parser = ValidatedParser(parser, shape)
    return parser


def _chain(name: str, chain: ChainConfig, report: _Report) -> Parser:
    from logsource.parse.effects import ParserOptionsError  # noqa: PLC0415 - only for packs that are chains
    from logsource.parse.packs import PackIndex  # noqa: PLC0415 - it imports this module when it loads a pack
    from logsource.parse.resolve import resolve_chain  # noqa: PLC0415 - as above

    try:
        return resolve_chain(name, chain, None, PackIndex([report.file.parent.parent]))
    except ParserOptionsError as error:
        for problem in error.problems:
            report.add(problem.path, problem.what, problem.hint)
        report.raise_any()
        raise


def _shapes(spec: PackSpec, schema_dirs: Sequence[Path], report: _Report) -> dict[str, Shape]:
    wanted: dict[str, Place] = {spec.schema_: ("schema",)}
    for index, entry in enumerate(spec.patterns):
        if entry.schema_ is not None:
            wanted.setdefault(entry.schema_, ("patterns", index, "schema"))
    shapes = {}
    for uri, place in wanted.items():
        schema = find_schema(uri, schema_dirs)
        if schema is None:
            expected = f"schemas/{uri.removeprefix('iglu:')}"
            report.add(place, f"no such schema: {uri}", f"write it to {expected} in the pack's folder")
        else:
            shapes[uri] = read_shape(uri, schema)
    return shapes


def _reader(spec: PackSpec, report: _Report) -> TimestampReader | None:
    if spec.timestamp is None:
        return None
    try:
        return compile_timestamp(spec.timestamp.formats, timezone=spec.timestamp.timezone)
    except PackError as error:
        report.add(("timestamp", "format"), str(error))
        return None


def _check_names(spec: PackSpec, shapes: Mapping[str, Shape], report: _Report) -> None:
    """Every field that pack.yaml names must be in a schema."""
    known = {label for shape in shapes.values() for label in shape.rules}
    named: list[tuple[Place, str]] = [(("fields", label), label) for label in spec.fields]
    if spec.rest is not None:
        named.append((("rest",), spec.rest))
    if spec.page_view is not None:
        roles = spec.page_view.model_dump(exclude_none=True)
        named += [(("page_view", role), label) for role, label in roles.items()]
    for place, label in named:
        if label not in known:
            report.add(place, f"the schema has no field {label}", suggest(label, known))


def _pattern(
    index: int,
    spec: PackSpec,
    shape: Shape,
    reader: TimestampReader | None,
    report: _Report,
) -> PatternSpec | None:
    entry = spec.patterns[index]
    place: Place = ("patterns", index, "regex" if entry.regex is not None else "grok")
    try:
        source, groups = _compile(entry)
    except PackError as error:
        report.add(place, str(error))
        return None
    captured = _Captured(f"pattern {entry.name}", place, source, groups)
    made = _specification(captured, spec, shape, reader, report, given=entry.set)
    return replace(made, name=entry.name, constants=tuple(_constants(index, spec, shape, report)))


def _fixed(
    spec: PackSpec, shape: Shape, reader: TimestampReader | None, report: _Report
) -> list[PatternSpec]:
    """The patterns of fixed columns."""
    from logsource.parse.effects import ParserOptionsError  # noqa: PLC0415 - only for packs with such columns
    from logsource.parse.engines.fixed import FixedEngine  # noqa: PLC0415 - as above

    try:
        patterns = FixedEngine(spec.fixed).patterns
    except ParserOptionsError as error:
        for problem in error.problems:
            report.add(problem.path, problem.what, problem.hint)
        return []
    specs = []
    for one in patterns:
        groups = {name: group for name, (group, _) in one.groups.items()}
        captured = _Captured("fixed", ("fixed",), one.regex, groups)
        specs.append(one.spec(_specification(captured, spec, shape, reader, report)))
    return specs


@dataclass(frozen=True, slots=True)
class _Captured:
    """A pattern and its groups."""

    who: str
    """How to speak of it."""
    place: Place
    source: str
    groups: Mapping[str, int]


def _specification(
    captured: _Captured,
    spec: PackSpec,
    shape: Shape,
    reader: TimestampReader | None,
    report: _Report,
    *,
    given: Collection[str] = (),
) -> PatternSpec:
    """What the groups mean. `given` are fields that have their value from elsewhere."""
    who, place, groups = captured.who, captured.place, captured.groups
    unused = set(groups)
    fields = []
    for label, rule in shape.rules.items():
        capture = spec.source_of(label)
        if label in given:
            continue
        if capture in groups and not (label == _timestamp_field(spec) and not _kept(spec)):
            unused.discard(capture)
            if rule.kind in {"object", "array"}:
                report.add(place, f"{label} is an {rule.kind} in the schema, but a capture is a text")
                continue
            field = _decoding(spec, rule, rule.spec(groups[capture], spec.nulls_of(label)), report)
            fields.append(replace(field, words=_words(spec, rule, field, report)))
        elif rule.required:
            hint = f"capture it as {capture}, or make it optional in the schema"
            report.add(place, f"{who} does not give {label}, which the schema requires", hint)
    timestamp = None
    if spec.timestamp is not None and reader is not None:
        unused.discard(spec.timestamp.field)
        if spec.timestamp.field in groups:
            timestamp = TimestampSlot(groups[spec.timestamp.field], reader)
    for capture in sorted(unused):
        hint = suggest(capture, shape.rules) or "add it to the schema, or do not capture it"
        report.add(place, f"{who} captures {capture}, which the schema does not have", hint)
    return PatternSpec(
        name="", regex=captured.source, fields=tuple(fields), schema=shape.uri, timestamp=timestamp
    )


def _decoding(spec: PackSpec, rule: FieldRule, field: FieldSpec, report: _Report) -> FieldSpec:
    """The field with what has to be decoded before it is a text."""
    decode = spec.fields[rule.label].decode if rule.label in spec.fields else None
    if decode is None:
        return field
    if rule.kind != "string":
        report.add(("fields", rule.label, "decode"), f"{rule.label} is no string in the schema")
    return replace(field, type=decode)


def _words(spec: PackSpec, rule: FieldRule, of: FieldSpec, report: _Report) -> tuple[tuple[str, str], ...]:
    """Words of a field, if what they stand for can be its values."""
    words = spec.words_of(rule.label)
    place: Place = ("fields", rule.label, "words")
    if words and rule.kind != "boolean" and rule.enum is None:
        report.add(place, f"{rule.label} is neither a boolean nor an enum", "list its values in the schema")
        return ()
    for word, meaning in words:
        try:
            of.convert(meaning)
        except BadValueError as error:
            report.add((*place, word), str(error))
    return words


def _constants(
    index: int, spec: PackSpec, shape: Shape, report: _Report
) -> Iterator[tuple[tuple[str, ...], JSONValue]]:
    for label, value in spec.patterns[index].set.items():
        place: Place = ("patterns", index, "set", label)
        rule = shape.rules.get(label)
        if rule is None:
            report.add(place, f"the schema has no field {label}", suggest(label, shape.rules))
            continue
        try:
            yield rule.path, convert(rule, value, frozenset())
        except BadValueError as error:
            report.add(place, str(error))


def _timestamp_field(spec: PackSpec) -> str | None:
    return None if spec.timestamp is None else spec.timestamp.field


def _kept(spec: PackSpec) -> bool:
    return spec.timestamp is not None and spec.timestamp.keep


def _compile(entry: PatternEntry) -> tuple[str, dict[str, int]]:
    """Regex source and the group of each capture (dotted when nested)."""
    if entry.regex is not None:
        return entry.regex, regex_groups(entry.regex)
    assert entry.grok is not None
    from logsource.parse.grok.compile import compile_grok  # noqa: PLC0415 - only for packs with grok
    from logsource.parse.grok.library import GrokLibrary  # noqa: PLC0415 - only for packs with grok

    grok = compile_grok(entry.grok, library=GrokLibrary.builtin(ecs=False))
    return grok.regex, {".".join(capture.path): capture.group for capture in grok.captures}


def regex_groups(source: str) -> dict[str, int]:
    """Groups of a regex by name. Raises PackError for a mistake, and for groups without a name."""
    try:
        compiled = re.compile(source)
    except re.error as error:
        raise PackError(f"not a regular expression: {error}") from error
    if compiled.groups != len(compiled.groupindex):
        raise PackError("a group has no name; write (?:…) for groups that are not fields")
    return dict(compiled.groupindex)


def _structured(
    name: str, spec: PackSpec, shape: Shape, reader: TimestampReader | None, report: _Report
) -> Parser:
    from logsource.parse.engines import make_engine  # noqa: PLC0415 - only for packs with an engine

    assert spec.engine is not None
    options = spec.engine_options(spec.engine) or {}
    try:
        engine = make_engine(spec.engine, options)
    except PackError as error:
        report.add((spec.engine,), str(error))
        report.raise_any()
        raise
    timestamp = None
    if spec.timestamp is not None and reader is not None:
        timestamp = StatedTime(
            tuple(spec.timestamp.field.split(".")),
            reader,
            keep=spec.timestamp.keep,
            required=spec.timestamp.required,
        )
    members = [
        Member(
            rule,
            tuple(spec.source_of(label).split(".")),
            spec.nulls_of(label),
            strip=label in spec.fields and spec.fields[label].strip,
        )
        for label, rule in shape.rules.items()
        if label != spec.rest
    ]
    rest = shape.rules.get(spec.rest) if spec.rest is not None else None
    if rest is not None and rest.kind != "object":
        report.add(("rest",), f"{spec.rest} must be an object in the schema")
    return StructuredParser(name, engine, members, shape.uri, timestamp=timestamp, rest=rest)
