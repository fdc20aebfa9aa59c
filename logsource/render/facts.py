"""What is known about the records of a source before the first one is read: schemas, and what fields mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.parse.free import PARSED_LINE
from logsource.parse.packs import Pack, PackIndex, load_pack
from logsource.parse.resolve import BUILTIN_NAMES
from logsource.parse.schemas import find_schema
from logsource.parse.shape import Shape, read_shape
from logsource.render.filters.steps import WebFields
from logsource.render.filters.values import path_of
from logsource.render.kinds import Roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.model import Config, SourceConfig


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known about the records of a source before the first one is read."""

    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """Schemas of its records, by Iglu URI; empty when they are not known."""
    roles: Roles = field(default_factory=Roles)

    @property
    def web(self) -> WebFields:
        """Fields that the filters for web requests look at."""
        return WebFields(self.roles.target, self.roles.user_agent)


def source_facts(config: Config, source: SourceConfig, index: PackIndex) -> SourceFacts:
    """Find out what is known. Raises PackError for packs and schemas that cannot be read."""
    known = _known(config, source.parser, index)
    if known is None:
        return SourceFacts(roles=_roles(source, {}))
    shapes, roles = known.shapes, dict(known.roles)
    if shapes and "method" not in roles and any("method" in shape.rules for shape in shapes.values()):
        roles["method"] = "method"
    return SourceFacts(shapes, _roles(source, roles))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one parser's records."""

    shapes: Mapping[str, Shape]
    """Empty when not all of them are known."""
    roles: Mapping[str, str]


def _known(config: Config | None, name: str, index: PackIndex) -> _Known | None:
    """None for a plugin: nobody knows before it has spoken."""
    roles: dict[str, str] = {}
    folders = index.schema_dirs()
    if config is not None and name in config.parsers:
        chain = config.parsers[name].chain
        if chain is not None:
            return _of_chain([_known(config, part, index) for part in chain.parts])
        uris = [config.parsers[name].schema_ or PARSED_LINE]
    elif name in BUILTIN_NAMES:
        from logsource.parse.builtin import JSON_LINE, LOG_LINE, LOGFMT_LINE  # noqa: PLC0415 - slow

        known = {"plain": LOG_LINE, "json_lines": JSON_LINE, "logfmt": LOGFMT_LINE}
        uris = [known[name]]
    else:
        pack = _pack(name, index)
        if pack is None:
            return None
        if pack.spec.chain is not None:
            inside = PackIndex([pack.folder.parent])
            return _of_chain([_known(None, part, inside) for part in pack.spec.chain.parts])
        uris = [pack.spec.schema_, *(one.schema_ for one in pack.spec.patterns if one.schema_ is not None)]
        folders = pack.schema_dirs
        roles = pack.spec.page_view.model_dump(exclude_none=True) if pack.spec.page_view else {}
    shapes = {}
    for uri in dict.fromkeys(uris):
        schema = find_schema(uri, folders)
        if schema is None:
            return _Known({}, roles)
        shapes[uri] = read_shape(uri, schema)
    return _Known(shapes, roles)


def _of_chain(parts: Sequence[_Known | None]) -> _Known:
    """The envelope's records, and those of all that may be inside; the first of them with web requests has the roles."""
    known = [part for part in parts if part is not None]
    shapes = {uri: shape for part in known for uri, shape in part.shapes.items()}
    complete = len(known) == len(parts) and all(part.shapes for part in known)
    roles = next((part.roles for part in known if part.roles), {})
    return _Known(shapes if complete else {}, roles)


def _pack(name: str, index: PackIndex) -> Pack | None:
    if "/" in name:
        return load_pack(Path(name))
    return index.load(name) if index.find(name) is not None else None


def _roles(source: SourceConfig, of_pack: Mapping[str, str]) -> Roles:
    own = source.page_view.model_dump(exclude_none=True)
    labels = {role: own.get(f"{role}_field", of_pack.get(role)) for role in Roles.__dataclass_fields__}
    return Roles(**{role: path_of(label) for role, label in labels.items() if label})
