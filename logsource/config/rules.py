"""Rules that look at more than one field.

They read the raw values and skip what has the wrong type, so that they speak up together with the
complaints about single fields and not only after those are mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import regex

from logsource.config.chainrules import check_chains, parser_name
from logsource.config.collectorrules import check_collector
from logsource.config.combinations import check_combinations
from logsource.config.explain import dotted, reference, shown
from logsource.config.fieldrules import suggest
from logsource.config.inputrules import check_inputs
from logsource.config.model import MULTILINE_PRESETS, MultilineConfig
from logsource.config.parserrules import check_page_view, check_parser
from logsource.config.problem import Problem
from logsource.config.published import check_schemas
from logsource.config.regexsize import HINT, too_large

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from logsource.config.yaml import Document, Path

ENGINES = ("grok", "regex", "dissect", "json", "logfmt", "csv", "fixed", "syslog", "chain")
BUILTIN_PARSERS = ("plain", "json_lines", "logfmt")
_MAX_LINES = MultilineConfig.model_fields["max_lines"].default
GROK_SWITCHES = ("named_captures_only", "break_on_match")
"""Grok's options that are on unless switched off."""
GROK_OPTIONS = ("pattern_definitions", "patterns_dir", "ecs", "keep_empty_captures", *GROK_SWITCHES)
_MULTILINE_MODES = ("start", "continue", "end", "join_next", "count", "json", "preset")


def check_rules(document: Document, known_parsers: Collection[str] | None) -> Iterator[Problem]:
    """Problems between fields. `known_parsers` are the names of packs; None: do not judge names of parsers."""
    root = document.value
    yield from check_collector(document, root.get("collector"))
    yield from check_schemas(document, root)
    yield from _parsers(document, root.get("parsers"))
    known = None if known_parsers is None else {*known_parsers, *BUILTIN_PARSERS}
    yield from check_chains(document, root.get("parsers"), known)
    yield from _sources(document, root, known_parsers)
    yield from _tests(document, root, known_parsers)
    yield from _outbox(document, root.get("outbox"))


def _parsers(document: Document, parsers: Any) -> Iterator[Problem]:
    if not isinstance(parsers, dict):
        return
    for name, parser in parsers.items():
        path: Path = ("parsers", name)
        if name in BUILTIN_PARSERS:
            hint = "choose another name"
            yield Problem(document.at_key(path), f"{dotted(path)} has the name of a built-in parser", hint)
        if not isinstance(parser, dict):
            continue
        engines = [
            engine
            for engine in ENGINES
            if parser.get(engine) not in (None, False) or (*path, engine) in document.broken
        ]
        if not engines:
            what = f"{dotted(path)} has no engine"
            yield Problem(document.at_key(path), what, "give it exactly one of " + ", ".join(ENGINES))
        for extra in engines[1:]:
            what = f"{dotted((*path, extra))} beside {engines[0]}"
            hint = "a parser has exactly one engine; make two parsers"
            yield Problem(document.at_key((*path, extra)), what, hint)
        if "grok" not in engines:
            for key in GROK_OPTIONS:
                changed = parser.get(key) is False if key in GROK_SWITCHES else parser.get(key)
                if changed:
                    what = f"{dotted((*path, key))} has no effect without grok"
                    yield Problem(document.at_key((*path, key)), what, "remove it")
        yield from _patterns(document, (*path, "regex"), parser.get("regex"))
        yield from check_parser(document, path, parser, engines)


def _outbox(document: Document, outbox: Any) -> Iterator[Problem]:
    if isinstance(outbox, dict) and outbox.get("storage") == "memory" and outbox.get("sync") == "full":
        what = "outbox.sync has no effect with storage: memory"
        yield Problem(document.at_key(("outbox", "sync")), what, "remove it, or write storage: disk")


def _patterns(document: Document, path: Path, value: Any) -> Iterator[Problem]:
    items = (
        [((*path, index), text) for index, text in enumerate(value)]
        if isinstance(value, list)
        else [(path, value)]
    )
    for place, text in items:
        if not isinstance(text, str) or place in document.broken:
            continue
        where = dotted(place)
        large = too_large(text)
        if large:
            yield Problem(document.at(place), f"{where} {large}", HINT)
            continue
        try:
            pattern = regex.compile(text)
        except regex.error as error:
            offset = int(getattr(error, "pos", None) or 0)
            detail = f"{getattr(error, 'msg', 'unusable')} at character {offset + 1}"
            if place in document.secret:
                detail, offset = reference(document.secret[place]), -1
            yield Problem(document.at(place, offset), f"{where} is not a valid regular expression: {detail}")
        else:
            if not pattern.groupindex:
                what = f"{where} captures nothing by name"
                yield Problem(document.at(place), what, "name what you want to keep: (?P<status>[0-9]+)")


def _sources(document: Document, root: dict[str, Any], known: Collection[str] | None) -> Iterator[Problem]:
    sources, parsers = root.get("sources"), root.get("parsers")
    if not isinstance(sources, list):
        return
    own = set(parsers) if isinstance(parsers, dict) else set()
    names: dict[str, Path] = {}
    for index, source in enumerate(sources):
        if not isinstance(source, dict):
            continue
        path: Path = ("sources", index)
        name, parser = source.get("name"), source.get("parser")
        if isinstance(name, str) and name in names:
            line = document.at((*names[name], "name")).line
            what = f"{dotted((*path, 'name'))}: the name {shown(name)} is taken"
            hint = f"source {names[name][1]} in line {line} has it; names tell the sources apart"
            yield Problem(document.at((*path, "name")), what, hint)
        elif isinstance(name, str):
            names[name] = path
        if known is not None and isinstance(parser, str):
            yield from parser_name(document, (*path, "parser"), parser, {*known, *own, *BUILTIN_PARSERS})
        yield from _multiline(document, (*path, "multiline"), source.get("multiline"))
        yield from check_combinations(document, path, source, parsers)
        yield from check_page_view(document, path, source)
    yield from check_inputs(document, sources)


def _tests(document: Document, root: dict[str, Any], known: Collection[str] | None) -> Iterator[Problem]:
    tests, parsers = root.get("tests"), root.get("parsers")
    if not isinstance(tests, list) or known is None:
        return
    names = {*known, *(parsers if isinstance(parsers, dict) else ()), *BUILTIN_PARSERS}
    for index, test in enumerate(tests):
        if isinstance(test, dict) and isinstance(test.get("parser"), str):
            yield from parser_name(document, ("tests", index, "parser"), test["parser"], names)


def _multiline(document: Document, path: Path, multiline: Any) -> Iterator[Problem]:
    if not isinstance(multiline, dict):
        return
    modes = [mode for mode in _MULTILINE_MODES if multiline.get(mode) not in (None, False)]
    if not modes:
        what = f"{dotted(path)} does not say how lines belong together"
        yield Problem(document.at_key(path), what, "give it one of " + ", ".join(_MULTILINE_MODES))
    for extra in modes[1:]:
        if {modes[0], extra} == {"start", "end"}:
            continue
        what = f"{dotted((*path, extra))} contradicts {modes[0]}"
        yield Problem(document.at_key((*path, extra)), what, f"keep one of {modes[0]} and {extra}")
    count, most = multiline.get("count"), multiline.get("max_lines", _MAX_LINES)
    if isinstance(count, int) and isinstance(most, int) and count > most:
        what = f"{dotted((*path, 'count'))} is more than max_lines, which is {most}"
        yield Problem(document.at((*path, "count")), what, f"write max_lines: {count} as well")
    preset = multiline.get("preset")
    if (
        isinstance(preset, str)
        and preset not in MULTILINE_PRESETS
        and (*path, "preset") not in document.secret
    ):
        hint = suggest(preset, MULTILINE_PRESETS) or "known: " + ", ".join(MULTILINE_PRESETS)
        what = f"{dotted((*path, 'preset'))}: there is no preset {shown(preset)}"
        yield Problem(document.at((*path, "preset")), what, hint)
