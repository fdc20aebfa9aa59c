"""From the name in `sources[].parser` to a parser: the configuration's own, built-in, pack, plugin."""

from __future__ import annotations

from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.fieldrules import suggest
from logsource.errors import PackError
from logsource.parse.packs import PackIndex, load_pack
from logsource.parse.schemas import find_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.config.chain import ChainConfig
    from logsource.config.model import Config
    from logsource.model import Parser

PARSERS_GROUP = "logsource.parsers"
"""Entry point group of Python parsers: objects with `parse(line)`, or classes and functions that give one."""
BUILTIN_NAMES = ("plain", "json_lines", "logfmt")


def known_parsers(pack_dirs: Sequence[Path] = ()) -> set[str]:
    """Every name that `resolve_parser` understands, besides those under `parsers:`."""
    plugins = {entry_point.name for entry_point in entry_points(group=PARSERS_GROUP)}
    return set(BUILTIN_NAMES) | set(PackIndex(pack_dirs).names()) | plugins


def resolve_parser(name: str, config: Config | None = None, index: PackIndex | None = None) -> Parser:
    """Build the parser of a name: from `parsers:`, built-in, a pack, or a plugin, in this order.

    A name with a slash is the folder of a pack. Raises PackError, complete and meant for a person.
    """
    index = index or _index(config)
    if config is not None and name in config.parsers:
        chain = config.parsers[name].chain
        if chain is not None:
            return resolve_chain(name, chain, config, index)
        from logsource.parse.custom import build_custom  # noqa: PLC0415 - the engines are slow to import

        return build_custom(name, config.parsers[name], schema_dirs=index.schema_dirs())
    if name in BUILTIN_NAMES:
        from logsource.parse.builtin import BUILTINS  # noqa: PLC0415 - the engines are slow to import

        return BUILTINS[name]()
    if "/" in name:
        return load_pack(Path(name)).parser
    if index.find(name) is not None:
        return index.load(name).parser
    for entry_point in entry_points(group=PARSERS_GROUP, name=name):
        from logsource.parse.plugin import load_plugin  # noqa: PLC0415 - few have plugins

        return load_plugin(entry_point, find_schema=partial(find_schema, folders=index.schema_dirs()))
    known = known_parsers(config.pack_dirs if config is not None else ())
    hint = suggest(name, known | set(config.parsers if config is not None else ()))
    raise PackError(
        f"no parser is named {name} ({hint or 'see `logsource packs list`, or describe it under parsers:'})"
    )


def runs_foreign_code(name: str, config: Config, index: PackIndex | None = None) -> bool:
    """Whether a parser, or one inside of it, is a plugin: Python code that is not ours."""
    index = index or _index(config)
    if name in config.parsers:
        chain = config.parsers[name].chain
        return chain is not None and any(runs_foreign_code(one, config, index) for one in chain.parts)
    if name in BUILTIN_NAMES or "/" in name or index.find(name) is not None:
        return False
    return bool(entry_points(group=PARSERS_GROUP, name=name))


def resolve_chain(name: str, chain: ChainConfig, config: Config | None, index: PackIndex) -> Parser:
    """Build a chain out of the parsers that it names. Raises PackError; ParserOptionsError where the place is known."""
    from logsource.parse.chainbuild import build_chain  # noqa: PLC0415 - the engines are slow to import

    def resolve(part: str) -> tuple[Parser, bool]:
        parser = resolve_parser(part, config, index)
        if (config is not None and part in config.parsers) or part in BUILTIN_NAMES:
            return parser, False
        pack = load_pack(Path(part)) if "/" in part else index.load(part) if index.find(part) else None
        return parser, pack is not None and pack.spec.header == "syslog"

    try:
        return build_chain(name, chain, resolve=resolve, schema_dirs=index.schema_dirs())
    except RecursionError:
        raise PackError(f"parser {name}: the chain is a part of itself") from None


def _index(config: Config | None) -> PackIndex:
    return PackIndex(config.pack_dirs if config is not None else ())
