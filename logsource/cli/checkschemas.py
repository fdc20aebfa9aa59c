"""What `logsource check` says about schemas: keys with two contents; and, when asked, what registries lack."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.load import Loaded
    from logsource.config.model import SourceConfig
    from logsource.event.iglu import IgluUri
    from logsource.event.resolver import Resolver
    from logsource.event.validate import Validators
    from logsource.parse.packs import PackIndex

Place = tuple[str | int, ...]
_OF_EVENTS = {"application_error": "iglu:com.snowplowanalytics.snowplow/application_error/jsonschema/1-0-2"}
"""Kinds of events with a schema that is not the record's."""


def conflict_problems(loaded: Loaded) -> list[str]:
    """Schemas that two places have under one key with different contents, each as `file:line:col: what (hint)`."""
    from logsource.event.conflicts import conflicts
    from logsource.event.repository import builtin_roots, schema_roots
    from logsource.parse.packs import PackIndex

    places: dict[Path, Place] = {}
    for index, directory in enumerate(loaded.config.pack_dirs):
        for root in schema_roots(directory):
            places.setdefault(root.resolve(), ("pack_dirs", index))
    for number, source in enumerate(loaded.config.sources):
        if "/" in source.parser and source.parser not in loaded.config.parsers:
            for root in schema_roots(Path(source.parser)):
                places.setdefault(root.resolve(), ("sources", number, "parser"))
    # all of ours, also where a pack of the same name takes the place of one: other machines have ours
    for root in (*PackIndex(loaded.config.pack_dirs).schema_dirs(), *builtin_roots()):
        places.setdefault(root.resolve(), ())
    problems = []
    for one in conflicts(places):
        # whose place can be changed in this file: the later one's, unless it is ours
        where = places[one.second.parents[3]] or places[one.first.parents[3]]
        what = f"{one.uri} has two contents, in {one.first} and in {one.second}"
        hint = (
            "raise the version of yours, or give it a vendor of your own: a published version never changes"
        )
        problems.append(loaded.say(where, what, hint))
    return problems + _contradicting_types(loaded)


def _contradicting_types(loaded: Loaded) -> list[str]:
    """Parsers that make events of one schema, which is not at hand, with different types of one field."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    problems = []
    for name, parser in loaded.config.parsers.items():
        if parser.schema_ is None:
            continue
        for label, kind in parser.types.items():
            other, expected = seen.setdefault((parser.schema_, label), (name, kind))
            if kind != expected:
                what = f"{label} has the type {kind} here and {expected} in parsers.{other}, under the same schema"
                hint = "one of them can never be valid; give them schemas of their own, or one type"
                problems.append(loaded.say(("parsers", name, "types", label), what, hint))
    return problems


def registry_problems(loaded: Loaded) -> tuple[list[str], str]:
    """What the registries of `schemas.resolver` lack of what the agent will send, or have otherwise; a summary."""
    from logsource.config.published import OWN_VENDOR
    from logsource.config.resolver import load_resolver
    from logsource.errors import ConfigError
    from logsource.event.registries import open_resolver
    from logsource.event.resolution import words
    from logsource.event.resolver import local_resolver
    from logsource.event.validate import Validators
    from logsource.parse.packs import PackIndex

    path = loaded.config.schemas.resolver
    if path is None:
        hint = "name the resolver configuration of your pipeline: schemas: {resolver: /etc/logsource/resolver.json}"
        return [loaded.say((), "--schemas needs schemas.resolver", hint)], ""
    try:
        registries = open_resolver(load_resolver(path, env=os.environ), [])
    except ConfigError as error:
        return error.problems, ""
    problems: list[str] = []
    index = PackIndex(loaded.config.pack_dirs)
    ours = local_resolver(loaded.config.pack_dirs)
    wanted: dict[IgluUri, Place] = {}
    for number, source in enumerate(loaded.config.sources):
        for uri, place in _sent(loaded, source, index):
            wanted.setdefault(uri, ("sources", number, *place))
    vendor = loaded.config.schemas.vendor
    with closing(registries):
        for own, place in wanted.items():
            uri = replace(own, vendor=vendor) if vendor and own.vendor == OWN_VENDOR else own
            found = registries.lookup(uri)
            if found.schema is None:
                what = words(str(uri), found.lookups)
                hint = "ask again later" if found.failed else "publish it: logsource schemas export DIR"
                problems.append(loaded.say(place, what, hint))
                continue
            problems += [
                loaded.say(
                    place, f"{uri} in the registry differs from the one that events are made by: {change}"
                )
                for change in _differences(ours.fetch(own), found.schema)
            ]
        problems += _entity_problems(loaded, Validators(registries), ours)
    return problems, f"{len(wanted)} schemas, all in the registries of {path}"


def _entity_problems(loaded: Loaded, registries: Validators, ours: Resolver) -> Iterator[str]:
    """Entities against schemas that only the registries have; `check` judges the others."""
    from logsource.event.iglu import parse_uri

    for number, source in enumerate(loaded.config.sources):
        for key, data in source.context.items():
            uri = parse_uri(key)
            if uri is None or ours.fetch(uri) is not None:
                continue
            judged = registries.judge(key, data)
            for problem in () if judged.lookups else judged.problems:
                what = f"the entity is not what {key} says: {problem}"
                place = ("sources", number, "context", key)
                yield loaded.say(place, what, "every event with it would be lost")


def _sent(loaded: Loaded, source: SourceConfig, index: PackIndex) -> Iterator[tuple[IgluUri, Place]]:
    """Every schema that events of a source may name, and what in the source leads to it."""
    from logsource.event.iglu import parse_uri
    from logsource.event.payload import HOST, LOG_SOURCE, UNPARSED_LINE
    from logsource.parse.free import PARSED_LINE
    from logsource.render.facts import source_facts
    from logsource.render.filters.web import BOT

    facts = source_facts(loaded.config, source, index)
    named: list[tuple[str, Place]] = [(uri, ("parser",)) for uri in facts.shapes]
    own = loaded.config.parsers.get(source.parser)
    if own is not None and own.chain is None and not facts.shapes:
        named.append((own.schema_ or PARSED_LINE, ("parser",)))
    named.append((LOG_SOURCE, ()))
    if loaded.config.agent.host_entity:
        named.append((HOST, ()))
    if source.event in _OF_EVENTS:
        named.append((_OF_EVENTS[source.event], ("event",)))
    if source.unmatched == "event":
        named.append((UNPARSED_LINE, ()))
    if any(step.drop_bots == "tag" for step in source.filters):
        named.append((BOT, ("filters",)))
    named += [(uri, ("context", uri)) for uri in source.context]
    for text, place in named:
        uri = parse_uri(text)
        if uri is not None:
            yield uri, place


def _differences(ours: dict[str, object] | None, theirs: dict[str, object]) -> list[str]:
    from logsource.event.evolve import changes

    return [] if ours is None else [str(change).partition(": ")[2] for change in changes(ours, theirs)][:5]
