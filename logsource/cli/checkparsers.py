"""What `logsource check` warns about in parsers and packs: what is there and has no effect, or what nothing checks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.config.load import Loaded
    from logsource.config.model import Config
    from logsource.parse.grok.library import GrokLibrary

Place = tuple[str | int, ...]
_REFERENCE = re.compile(r"%\{([A-Za-z0-9_]+)")


def parser_warnings(loaded: Loaded) -> list[str]:
    """Each as `file:line:col: what (hint)`, in the order of the file. The parsers can be built."""
    found = [
        *_pack_dirs(loaded.config),
        *_schemas(loaded.config),
        *_unused(loaded.config),
        *_definitions(loaded.config),
        *_beside(loaded.config),
    ]
    found.sort(key=lambda one: loaded.document.at(one[0]))
    return [loaded.say(place, what, hint, key=key) for place, what, hint, key in found]


def _pack_dirs(config: Config) -> Iterator[tuple[Place, str, str, bool]]:
    for index, folder in enumerate(config.pack_dirs):
        place = ("pack_dirs", index)
        if not folder.is_dir():
            yield place, f"pack_dirs[{index}] {folder} is no directory", "no pack is found there", False
        elif not _holds_anything(folder):
            hint = f"a pack is a folder with a pack.yaml: {folder}/NAME/pack.yaml"
            yield place, f"pack_dirs[{index}] {folder} holds no packs and no schemas", hint, False


def _holds_anything(folder: Path) -> bool:
    patterns = ("*/pack.yaml", "schemas/*/*/jsonschema/*", "*/*/jsonschema/*")
    return any(next(folder.glob(pattern), None) is not None for pattern in patterns)


def _schemas(config: Config) -> Iterator[tuple[Place, str, str, bool]]:
    from logsource.parse.packs import PackIndex
    from logsource.parse.schemas import find_schema

    folders = PackIndex(config.pack_dirs).schema_dirs()
    for name, parser in config.parsers.items():
        uri = parser.schema_
        if uri is not None and find_schema(uri, folders) is None:
            what = f"parser {name}: {uri} is not at hand, so nothing checks what is sent under it"
            hint = "put it below schemas/ in a folder of pack_dirs; types and limits are then those of the schema"
            yield ("parsers", name, "schema"), what, hint, False


def _unused(config: Config) -> Iterator[tuple[Place, str, str, bool]]:
    wanted = {source.parser for source in config.sources}
    for parser in config.parsers.values():
        if parser.chain is not None:
            wanted.update(parser.chain.parts)
    for name in config.parsers:
        if name not in wanted:
            yield (
                ("parsers", name),
                f"no source uses the parser {name}",
                f"write parser: {name} in a source",
                True,
            )


def _definitions(config: Config) -> Iterator[tuple[Place, str, str, bool]]:
    """Definitions that no pattern refers to, not even through others: a name of the library written wrongly."""
    from logsource.config.fieldrules import suggest
    from logsource.parse.custom import grok_library

    for name, parser in config.parsers.items():
        given = [parser.grok] if isinstance(parser.grok, str) else parser.grok or []
        if not given or not parser.pattern_definitions:
            continue
        library = grok_library(parser)
        used = _referred(given, library)
        for own in parser.pattern_definitions:
            if own not in used:
                hint = suggest(own, used) or f"write %{{{own}}} in a pattern, or remove it"
                yield (
                    ("parsers", name, "pattern_definitions", own),
                    f"parser {name}: no pattern refers to {own}",
                    hint,
                    True,
                )


def _beside(config: Config) -> Iterator[tuple[Place, str, str, bool]]:
    """Keys that a source needs beside its pack, and lacks."""
    from logsource.parse.packs import PackIndex

    index = PackIndex(config.pack_dirs)
    for number, source in enumerate(config.sources):
        if source.parser in config.parsers or index.find(source.parser) is None:
            continue
        for key, value in index.load(source.parser).spec.source.items():
            if key not in source.model_fields_set:
                what = f"source {source.name}: the parser {source.parser} counts on {key} of its source"
                yield ("sources", number, "parser"), what, f"write {key}: {json.dumps(value)}", False


def _referred(patterns: list[str], library: GrokLibrary) -> set[str]:
    found: set[str] = set()
    left = list(patterns)
    while left:
        for name in _REFERENCE.findall(left.pop()):
            if name not in found and name in library.patterns:
                found.add(name)
                left.append(library.patterns[name].text)
    return found
