"""Rules inside one entry of `parsers:`, on raw values like those of `logsource.config.rules`: keys without effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logsource.config.events import PageViewConfig
from logsource.config.explain import dotted, shown
from logsource.config.fixedwidth import column_problems
from logsource.config.ownparsers import ParserConfig
from logsource.config.problem import Problem
from logsource.config.shape import as_written, unit_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from logsource.config.yaml import Document, Path

_PATTERNS = ("grok", "regex", "dissect")
_TIMEOUT = as_written(
    ParserConfig.model_fields["timeout"].default, unit_of(ParserConfig.model_fields["timeout"])
)
_OF_PAGE_VIEWS = frozenset(
    [
        "host",
        "scheme",
        "others",
        "query_field",
        "method_field",
        "host_field",
        "scheme_field",
        "referrer_field",
        "ip_field",
    ]
)
_TIMED = ("grok", "regex")
"""Engines whose matches can take long; the others take linear time and are never stopped."""
_ABSOLUTE = frozenset({"epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "unix", "unix_ms", "tai64n"})
_OFFSET = re.compile(r"(?:[^%]|%[^z])*%z.*", re.DOTALL)
"""A strptime pattern with a numeric offset. (`%Z` is a name, of which some need the configured zone.)"""


def check_parser(
    document: Document, path: Path, parser: dict[str, Any], engines: Collection[str]
) -> Iterator[Problem]:
    """Keys of a parser that can change nothing. `engines` are those it gives."""
    if engines and not {*engines} & {*_TIMED, "chain"} and parser.get("timeout", _TIMEOUT) != _TIMEOUT:
        what = f"{dotted((*path, 'timeout'))} has no effect without {' or '.join(_TIMED)}"
        yield Problem(document.at_key((*path, "timeout")), what, "remove it")
    for engine in _PATTERNS:
        yield from _repeated(document, (*path, engine), parser.get(engine), "pattern")
    yield from _nameless(document, path, parser)
    if isinstance(parser.get("fixed"), dict | list) and parser["fixed"]:
        yield from _fixed(document, (*path, "fixed"), parser["fixed"])
    time = parser.get("timestamp")
    if isinstance(time, dict):
        yield from _repeated(document, (*path, "timestamp", "format"), time.get("format"), "format")
        yield from _zone(document, (*path, "timestamp"), time)


def check_page_view(document: Document, path: Path, source: dict[str, Any]) -> Iterator[Problem]:
    """Details of page views for a source that makes none; two of the fields serve filters as well."""
    given, kind = source.get("page_view"), source.get("event", "self_describing")
    if not isinstance(given, dict) or kind == "page_view" or (*path, "event") in document.broken:
        return
    for key in given:
        place = (*path, "page_view", key)
        changed = key in _OF_PAGE_VIEWS and given[key] != PageViewConfig.model_fields[key].default
        if changed and place not in document.broken:  # a default that is written out changes nothing
            what = f"{dotted(place)} has no effect without event: page_view"
            yield Problem(document.at_key(place), what, "remove it, or set event")


def _nameless(document: Document, path: Path, parser: dict[str, Any]) -> Iterator[Problem]:
    types, time = parser.get("types"), parser.get("timestamp")
    hint = "write the name of a captured field"
    if isinstance(types, dict) and "" in types:
        yield Problem(
            document.at_key((*path, "types", "")), f"{dotted((*path, 'types'))} has an empty name", hint
        )
    if isinstance(time, dict) and time.get("field") == "":
        place = (*path, "timestamp", "field")
        yield Problem(document.at(place), f"{dotted(place)} is empty", hint)


def _fixed(document: Document, path: Path, columns: Any) -> Iterator[Problem]:
    for problem in column_problems(columns):
        place = (*path, *problem.path)
        if place not in document.secret:
            yield Problem(document.at(place), f"{dotted(place)}: {problem.what}", problem.hint)


def _repeated(document: Document, path: Path, value: Any, noun: str) -> Iterator[Problem]:
    """The first of two equal ones always decides."""
    for number, one in enumerate(value if isinstance(value, list) else []):
        if isinstance(one, str) and one in value[:number] and (*path, number) not in document.secret:
            first = dotted((*path, value.index(one)))
            what = f"{dotted((*path, number))} has no effect: it is the same {noun} as {first}"
            yield Problem(document.at((*path, number)), what, "remove it")


def _zone(document: Document, path: Path, time: dict[str, Any]) -> Iterator[Problem]:
    given = time.get("format")
    formats = [given] if isinstance(given, str) else given
    if "timezone" not in time or not isinstance(formats, list) or not formats:
        return
    if any(place[: len(path)] == path for place in document.secret):
        return
    if time["timezone"] != "UTC" and all(isinstance(one, str) and _states_zone(one) for one in formats):
        listed = " and ".join(map(shown, formats))
        what = f"{dotted((*path, 'timezone'))} has no effect: with {listed} every time states its zone"
        yield Problem(document.at_key((*path, "timezone")), what, "remove it")


def _states_zone(form: str) -> bool:
    return form.lower() in _ABSOLUTE or _OFFSET.fullmatch(form) is not None
