"""Rules about parsers that name other parsers: the names exist, and no chain is a part of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.config.chain import names_in
from logsource.config.explain import dotted, reference, shown
from logsource.config.fieldrules import suggest
from logsource.config.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from logsource.config.yaml import Document, Path

_PARTS_HAVE_IT = ("timestamp", "types", "schema", "timeout")
"""Keys of a parser that a chain has no use for."""


def check_chains(document: Document, parsers: Any, known: Collection[str] | None) -> Iterator[Problem]:
    """Problems of all `chain:` of a configuration. `known` are the parsers besides it; None: do not judge names."""
    if not isinstance(parsers, dict):
        return
    chains = {
        name: names_in(parser["chain"])
        for name, parser in parsers.items()
        if isinstance(parser, dict) and isinstance(parser.get("chain"), dict)
    }
    for name, parts in chains.items():
        path: Path = ("parsers", name, "chain")
        for key in _PARTS_HAVE_IT:
            if key in parsers[name]:
                what = f"{dotted((*path[:2], key))} has no effect beside chain"
                yield Problem(document.at_key((*path[:2], key)), what, "give it to the parsers in the chain")
        for place, part in parts:
            if known is not None:
                yield from parser_name(document, (*path, *place), part, {*known, *parsers})
        loop = _loop(name, chains)
        if loop and name == min(loop):  # once for all of its members
            place = next(place for place, part in parts if part == loop[1])
            way = " → ".join(loop)
            what = f"{dotted((*path, *place))}: the chain is a part of itself: {way}"
            yield Problem(document.at((*path, *place)), what, "name another parser")


def _loop(start: str, chains: dict[str, list[tuple[Path, str]]]) -> list[str]:
    """Way from a chain back to itself, empty when there is none."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop()
        for _, part in chains.get(way[-1], ()):
            if part == start:
                return [*way, part]
            if part not in seen:
                seen.add(part)
                ways.append([*way, part])
    return []


def parser_name(document: Document, path: Path, name: str, known: Collection[str]) -> Iterator[Problem]:
    """The problem of a name that no parser has."""
    if name in known or path in document.broken or name.startswith("/"):
        return  # an absolute path is the folder of a pack; whoever builds the parsers judges it
    if path in document.secret:
        yield Problem(
            document.at(path), f"{dotted(path)} is not a parser: {reference(document.secret[path])}"
        )
        return
    hint = suggest(name, sorted(known)) or "see `logsource packs list`, or define it under parsers:"
    yield Problem(document.at(path), f"{dotted(path)}: there is no parser {shown(name)}", hint)
