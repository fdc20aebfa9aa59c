"""Parsers that a user describes under `parsers:` in the configuration.

With a schema that is found, the same rules hold as for packs. With one that is not (it lives in a registry
elsewhere), fields go out as they are captured. Without any, records become `parsed_line` events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.fieldrules import suggest
from logsource.errors import PackError
from logsource.parse.engines import Engine, make_engine
from logsource.parse.free import FreeParser
from logsource.parse.freepatterns import captured_by_grok, captured_by_regex, free_patterns
from logsource.parse.grok.compile import CompiledGrok, compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import GrokParser
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

    from logsource.config.model import ParserConfig
    from logsource.model import Parser
    from logsource.parse.fields import FieldSpec


def build_custom(name: str, config: ParserConfig, *, schema_dirs: Sequence[Path]) -> Parser:
    """Build the parser of an entry of `parsers:`. Raises PackError that names the parser."""
    try:
        return _build(name, config, schema_dirs)
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
    _check_labels(config, _labels(config, groks))
    if shape is not None and not shape.unpromised:
        patterns = _patterns(config, groks, shape, reader)
        if patterns is not None:
            return PatternParser(name, patterns, vetted=False, timeout=config.timeout)
    engine = _engine(config, groks)
    if shape is None:
        free = _free(name, config, groks, reader)
        if free is not None:
            return PatternParser(name, free, vetted=False, timeout=config.timeout)
        return FreeParser(name, engine, config.schema_, config.types, _stated_time(config, reader))
    members = [Member(rule, rule.path) for rule in shape.rules.values()]
    parser: Parser = StructuredParser(
        name, engine, members, shape.uri, timestamp=_stated_time(config, reader)
    )
    return ValidatedParser(parser, shape) if shape.unpromised else parser


def _labels(config: ParserConfig, groks: Sequence[CompiledGrok]) -> set[str] | None:
    """Names of everything that can be captured; None when only the records tell."""
    if groks:
        return {".".join(capture.path) for grok in groks for capture in grok.captures}
    if config.regex is not None:
        groups = NamedRegexEngine(_many(config.regex)).groups
        return {name.replace("__", ".") for one in groups for name in one}
    return None


def _check_labels(config: ParserConfig, labels: set[str] | None) -> None:
    """Refuse options about fields that no pattern captures: they would have no effect, and nobody would see."""
    if labels is None:
        return
    named = {f"types.{label}": label for label in config.types}
    if config.timestamp is not None:
        named["timestamp.field"] = config.timestamp.field
    for option, label in named.items():
        if label not in labels:
            hint = suggest(label, labels) or f"captured: {', '.join(sorted(labels)) or 'nothing'}"
            raise PackError(f"{option}: no pattern captures {label} ({hint})")


def _free(
    name: str, config: ParserConfig, groks: Sequence[CompiledGrok], reader: TimestampReader | None
) -> list[PatternSpec] | None:
    """Patterns without a schema, for the block engine; None when they need the row path."""
    if groks:
        captured = captured_by_grok(groks)
    elif config.regex is not None:
        sources = _many(config.regex)
        captured = captured_by_regex(sources, NamedRegexEngine(sources).groups)
    else:
        return None
    if captured is None:
        return None
    time = (config.timestamp.field, reader) if config.timestamp is not None and reader is not None else None
    return free_patterns(captured, parser=name, schema=config.schema_, types=config.types, time=time)


def _stated_time(config: ParserConfig, reader: TimestampReader | None) -> StatedTime | None:
    if config.timestamp is None or reader is None:
        return None
    return StatedTime(tuple(config.timestamp.field.split(".")), reader)


def _many(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _groks(config: ParserConfig) -> list[CompiledGrok]:
    patterns = _many(config.grok)
    if not patterns:
        return []
    library = GrokLibrary.builtin(ecs=config.ecs)
    for folder in config.patterns_dir:
        library = library.with_dir(folder)
    library = library.with_definitions(config.pattern_definitions)
    return [compile_grok(pattern, library=library) for pattern in patterns]


def _patterns(
    config: ParserConfig, groks: Sequence[CompiledGrok], shape: Shape, reader: TimestampReader | None
) -> list[PatternSpec] | None:
    """Patterns for the block engine; None when what they capture needs more than it can do."""
    if groks:
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
    return [
        _pattern(number, source, groups, shape, time=time, search=bool(groks))
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
    search: bool,
) -> PatternSpec:
    time_field = time[0] if time is not None else None
    fields = []
    for label, group in groups.items():
        rule = shape.rules.get(label)
        if rule is not None and label != time_field:
            fields.append(_text_spec(rule, group))
        elif label != time_field:
            hint = suggest(label, shape.rules)
            raise PackError(
                f"pattern {number} captures {label}, which {shape.uri} does not have"
                + (f" ({hint})" if hint else "")
            )
    missing = [label for label, rule in shape.rules.items() if rule.required and label not in groups]
    if missing:
        raise PackError(f"pattern {number} does not give {', '.join(missing)}, which {shape.uri} requires")
    slot = TimestampSlot(groups[time[0]], time[1]) if time is not None and time[0] in groups else None
    return PatternSpec(
        name=str(number), regex=source, fields=tuple(fields), schema=shape.uri, timestamp=slot, search=search
    )


def _text_spec(rule: FieldRule, group: int) -> FieldSpec:
    if rule.kind in {"object", "array"}:
        raise PackError(f"{rule.label} is an {rule.kind} in the schema, but a capture is a text")
    return rule.spec(group)


def _engine(config: ParserConfig, groks: Sequence[CompiledGrok]) -> Engine:
    if groks:
        return GrokParser(groks, timeout=config.timeout)
    if config.regex is not None:
        return NamedRegexEngine(_many(config.regex), timeout=config.timeout)
    if config.dissect is not None:
        return make_engine("dissect", {"patterns": config.dissect})
    for name in ("json", "logfmt", "csv"):
        options: dict[str, Any] | bool | None = getattr(config, "json_" if name == "json" else name)
        if options is not None and options is not False:
            return make_engine(name, options if isinstance(options, dict) else {})
    raise PackError("no engine is given (one of grok, regex, dissect, json, logfmt, csv)")
