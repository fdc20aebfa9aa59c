"""Parsers that a user describes under `parsers:` in the configuration.

With a schema that is found, the same rules hold as for packs. With one that is not (it lives in a registry
elsewhere), fields go out as they are captured. Without any, records become `parsed_line` events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.errors import PackError
from logsource.parse.effects import Captures, ParserOptionsError, check_options
from logsource.parse.engines import Engine, make_engine
from logsource.parse.engines.fixed import FixedEngine
from logsource.parse.free import FreeParser
from logsource.parse.freepatterns import (
    Captured,
    captured_by_grok,
    captured_by_regex,
    free_pattern,
    free_patterns,
)
from logsource.parse.grok.compile import CompiledGrok, compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import GrokParser
from logsource.parse.groups import always_matched
from logsource.parse.named import NamedRegexEngine
from logsource.parse.pattern import PatternParser, PatternSpec, TimestampReader, TimestampSlot
from logsource.parse.schemas import find_schema
from logsource.parse.shape import FieldRule, Shape, read_shape
from logsource.parse.structured import (
    Member,
    StatedTime,
    StructuredParser,
)
from logsource.parse.timestamps import compile_timestamp
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from logsource.config.ownparsers import ParserConfig
    from logsource.model import Parser
    from logsource.parse.fields import FieldSpec

_EMPTY = frozenset({""})
"""Empty captures leave no field in grok."""


def build_custom(name: str, config: ParserConfig, *, schema_dirs: Sequence[Path]) -> Parser:
    """Build the parser of an entry of `parsers:`. Raises PackError that names the parser."""
    try:
        return _build(name, config, schema_dirs)
    except ParserOptionsError as error:
        raise ParserOptionsError(error.problems, name) from error
    except PackError as error:
        raise PackError(f"parser {name}: {error}") from error


def _build(name: str, config: ParserConfig, schema_dirs: Sequence[Path]) -> Parser:
    reader = None
    if config.timestamp is not None:
        given = config.timestamp.format
        formats = [given] if isinstance(given, str) else given
        reader = compile_timestamp(formats, timezone=config.timestamp.timezone)
    schema = find_schema(config.schema_, schema_dirs) if config.schema_ is not None else None
    shape = read_shape(config.schema_, schema) if config.schema_ is not None and schema is not None else None
    groks = _groks(config)
    engine = _engine(config, groks)
    check_options(config, _captures(config, groks, engine), shape)
    if isinstance(engine, FixedEngine) and (shape is None or not shape.unpromised):
        return PatternParser(name, _fixed(name, config, engine, shape, reader), vetted=True)
    if shape is not None and not shape.unpromised:
        patterns = _patterns(config, groks, shape, reader)
        if patterns is not None:
            return PatternParser(name, patterns, vetted=False, timeout=config.timeout)
    if shape is None:
        free = _free(name, config, groks, reader)
        if free is not None:
            return PatternParser(name, free, vetted=False, timeout=config.timeout)
        return FreeParser(name, engine, config.schema_, config.types, _stated_time(config, reader))
    members = [
        Member(rule, rule.path, keeps_null=config.keep_empty_captures) for rule in shape.rules.values()
    ]
    parser: Parser = StructuredParser(
        name, engine, members, shape.uri, timestamp=_stated_time(config, reader)
    )
    return ValidatedParser(parser, shape) if shape.unpromised else parser


def _captures(config: ParserConfig, groks: Sequence[CompiledGrok], engine: Engine) -> Captures:
    if groks:
        named = [capture for grok in groks for capture in grok.captures]
        plain = {capture.path for capture in named if capture.coerce is None}
        return Captures(
            "grok",
            tuple(frozenset(".".join(one.path) for one in grok.captures) for grok in groks),
            coerced=frozenset(".".join(one.path) for one in named if one.path not in plain),
            may_be_null=_may_be_null(config, groks),
        )
    if config.regex is not None:
        groups = NamedRegexEngine(_many(config.regex)).groups
        return Captures("regex", tuple(frozenset(name.replace("__", ".") for name in one) for one in groups))
    kind = next(
        name for name in ("dissect", "json", "logfmt", "csv", "fixed", "syslog") if _given(config, name)
    )
    return Captures(kind, getattr(engine, "names", None), members=getattr(engine, "members", None))


def _may_be_null(config: ParserConfig, groks: Sequence[CompiledGrok]) -> tuple[frozenset[str], ...]:
    """Names that each pattern may give as null: captures that need not take part in a match."""
    if not config.keep_empty_captures:
        return ()
    return tuple(
        frozenset(
            ".".join(capture.path)
            for capture in grok.captures
            if capture.group not in always_matched(grok.regex)
        )
        for grok in groks
    )


def _free(
    name: str, config: ParserConfig, groks: Sequence[CompiledGrok], reader: TimestampReader | None
) -> list[PatternSpec] | None:
    """Patterns without a schema, for the block engine; None when they need the row path."""
    if groks:
        rows = not config.break_on_match or any(_may_be_null(config, groks))
        captured = None if rows else captured_by_grok(groks)
    elif config.regex is not None:
        sources = _many(config.regex)
        captured = captured_by_regex(sources, NamedRegexEngine(sources).groups)
    else:
        return None
    if captured is None:
        return None
    time = (config.timestamp.field, reader) if config.timestamp is not None and reader is not None else None
    keep = config.timestamp is not None and config.timestamp.keep
    return free_patterns(
        captured,
        parser=name,
        schema=config.schema_,
        types=config.types,
        time=time,
        keep_time=keep,
        keep_empty=config.keep_empty_captures,
    )


def _fixed(
    name: str,
    config: ParserConfig,
    engine: FixedEngine,
    shape: Shape | None,
    reader: TimestampReader | None,
) -> list[PatternSpec]:
    """Patterns of fixed columns: the same fields as those of a regular expression, without their filler."""
    time = (config.timestamp.field, reader) if config.timestamp is not None and reader is not None else None
    keep = config.timestamp is not None and config.timestamp.keep
    specs = []
    for pattern in engine.patterns:
        groups = {label: group for label, (group, _) in pattern.groups.items()}
        if shape is not None:
            made = _pattern(1, pattern.regex, groups, shape, time=time, keep=keep, search=False, nulls=_EMPTY)
        else:
            captured = Captured(
                pattern.regex, {label: (at, "string") for label, at in groups.items()}, grok=False
            )
            made = free_pattern(
                captured,
                name="",
                parser=name,
                schema=config.schema_,
                types=config.types,
                time=time,
                keep_time=keep,
            )
        specs.append(pattern.spec(made))
    return specs


def _stated_time(config: ParserConfig, reader: TimestampReader | None) -> StatedTime | None:
    if config.timestamp is None or reader is None:
        return None
    return StatedTime(
        tuple(config.timestamp.field.split(".")),
        reader,
        keep=config.timestamp.keep,
        required=config.fixed is not None,  # a blank column is a time that cannot be read, as in the patterns
    )


def _many(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _groks(config: ParserConfig) -> list[CompiledGrok]:
    patterns = _many(config.grok)
    if not patterns:
        return []
    library, only = grok_library(config), config.named_captures_only
    return [compile_grok(pattern, library=library, named_captures_only=only) for pattern in patterns]


def grok_library(config: ParserConfig) -> GrokLibrary:
    """The named patterns that a parser's grok patterns may refer to. Raises PackError."""
    library = GrokLibrary.builtin(ecs=config.ecs)
    for folder in config.patterns_dir:
        library = library.with_dir(folder)
    return library.with_definitions(config.pattern_definitions)


def _patterns(
    config: ParserConfig, groks: Sequence[CompiledGrok], shape: Shape, reader: TimestampReader | None
) -> list[PatternSpec] | None:
    """Patterns for the block engine; None when what they capture needs more than it can do."""
    if groks:
        if not config.break_on_match or any(_may_be_null(config, groks)):
            return None
        captured = []
        for grok in groks:
            names = [".".join(capture.path) for capture in grok.captures]
            if any(capture.coerce for capture in grok.captures) or len(names) != len(set(names)):
                return None
            captured.append((grok.regex, dict(zip(names, [one.group for one in grok.captures], strict=True))))
    elif config.regex is not None:
        captured = [
            (source, {name.replace("__", "."): group for name, group in _named_groups(source).items()})
            for source in _many(config.regex)
        ]
    else:
        return None
    time = (config.timestamp.field, reader) if config.timestamp is not None and reader is not None else None
    keep = config.timestamp is not None and config.timestamp.keep
    hidden = {time[0]} if time is not None and not keep else set()
    if any(label not in shape.rules for _, groups in captured for label in {*groups} - hidden):
        return None  # a part of an object of any form
    return [
        _pattern(
            number,
            source,
            groups,
            shape,
            time=time,
            keep=keep,
            search=bool(groks),
            nulls=_EMPTY if groks and not config.keep_empty_captures else frozenset(),
        )
        for number, (source, groups) in enumerate(captured, 1)
    ]


def _named_groups(source: str) -> dict[str, int]:
    return NamedRegexEngine([source]).groups[0]


def _pattern(
    number: int,
    source: str,
    groups: Mapping[str, int],
    shape: Shape,
    *,
    time: tuple[str, TimestampReader] | None,
    keep: bool,
    search: bool,
    nulls: frozenset[str],
) -> PatternSpec:
    hidden = time[0] if time is not None and not keep else None
    fields = [
        _text_spec(shape.rules[label], group, nulls)
        for label, group in groups.items()
        if label != hidden and label in shape.rules
    ]
    slot = TimestampSlot(groups[time[0]], time[1]) if time is not None and time[0] in groups else None
    return PatternSpec(
        name=str(number), regex=source, fields=tuple(fields), schema=shape.uri, timestamp=slot, search=search
    )


def _text_spec(rule: FieldRule, group: int, nulls: frozenset[str]) -> FieldSpec:
    if rule.kind in {"object", "array"}:
        raise PackError(f"{rule.label} is an {rule.kind} in the schema, but a capture is a text")
    return rule.spec(group, nulls)


def _engine(config: ParserConfig, groks: Sequence[CompiledGrok]) -> Engine:
    if groks:
        return GrokParser(
            groks,
            keep_empty_captures=config.keep_empty_captures,
            break_on_match=config.break_on_match,
            timeout=config.timeout,
        )
    if config.regex is not None:
        return NamedRegexEngine(_many(config.regex), timeout=config.timeout)
    if config.dissect is not None:
        return make_engine("dissect", {"patterns": config.dissect})
    if config.fixed is not None:
        return FixedEngine(config.fixed)
    for name in ("json", "logfmt", "csv", "syslog"):
        if _given(config, name):
            options: dict[str, Any] | bool = getattr(config, _attribute(name))
            return make_engine(name, options if isinstance(options, dict) else {})
    raise PackError("no engine is given (one of grok, regex, dissect, json, logfmt, csv, fixed, syslog)")


def _given(config: ParserConfig, engine: str) -> bool:
    value = getattr(config, _attribute(engine))
    return value is not None and value is not False


def _attribute(engine: str) -> str:
    return "json_" if engine == "json" else engine  # `json` is a method of every model
