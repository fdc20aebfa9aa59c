"""From a source of the configuration to its renderer: parser, schemas, filters, kind of event."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.event.resolver import SchemaUnreadable
from logsource.parse.free import PARSED_LINE
from logsource.parse.packs import Pack, load_pack
from logsource.parse.resolve import BUILTIN_NAMES, resolve_parser
from logsource.parse.schemas import find_schema
from logsource.parse.shape import Shape, read_shape
from logsource.render.filters.chain import FilterChain
from logsource.render.filters.steps import WebFields
from logsource.render.filters.values import path_of
from logsource.render.kinds import EventKind, Roles, page_view, self_describing, struct
from logsource.render.source import SourceRenderer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.config.model import Config, SourceConfig
    from logsource.event.payload import EventFrame
    from logsource.parse.packs import PackIndex


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


def build_renderer(
    config: Config, source: SourceConfig, index: PackIndex, frame: EventFrame, *, columns: bool = True
) -> SourceRenderer:
    """Build the renderer of a source. Raises PackError, complete and meant for a person.

    Without `columns` every line goes the row path; the events are the same.
    """
    parser = resolve_parser(source.parser, config, index)
    filters, kind = None, None
    if source.filters or source.event != "self_describing" or source.user is not None:
        facts = source_facts(config, source, index)
        filters = build_filters(source, facts)
        kind = build_kind(source, facts)
    return SourceRenderer(
        frame=frame,
        parser=parser,
        unmatched=source.unmatched,
        skip_empty=source.skip_empty,
        columns=columns,
        filters=filters,
        kind=kind,
    )


def build_filters(source: SourceConfig, facts: SourceFacts) -> FilterChain | None:
    """Compile the filters of a source; None when it has none. Raises PackError."""
    if not source.filters:
        return None
    try:
        return FilterChain.of(source.filters, facts.web, facts.shapes)
    except SchemaUnreadable as error:
        raise PackError(str(error)) from error


def build_kind(source: SourceConfig, facts: SourceFacts) -> EventKind | None:
    """Kind of a source's events; None when they are just their records. Raises PackError."""
    if source.event == "page_view":
        try:
            return page_view(source.page_view, facts.roles, source.user)
        except ValueError as error:
            raise PackError(f"event: page_view: {error}; name it with page_view.target_field") from error
    if source.event == "struct":
        if source.struct is None:
            raise PackError("event: struct needs struct: {category: …, action: …}")
        return struct(source.struct, source.user)
    return None if source.user is None else self_describing(source.user)


def source_facts(config: Config, source: SourceConfig, index: PackIndex) -> SourceFacts:
    """Find out what is known. Raises PackError for packs and schemas that cannot be read."""
    name = source.parser
    roles: dict[str, str] = {}
    folders = index.schema_dirs()
    if name in config.parsers:
        uris = [config.parsers[name].schema_ or PARSED_LINE]
    elif name in BUILTIN_NAMES:
        from logsource.parse.builtin import JSON_LINE, LOG_LINE, LOGFMT_LINE  # noqa: PLC0415 - slow

        known = {"plain": LOG_LINE, "json_lines": JSON_LINE, "logfmt": LOGFMT_LINE}
        uris = [known[name]]
    else:
        pack = _pack(name, index)
        if pack is None:  # a plugin: nobody knows before it has spoken
            return SourceFacts(roles=_roles(source, {}))
        uris = [pack.spec.schema_, *(one.schema_ for one in pack.spec.patterns if one.schema_ is not None)]
        folders = pack.schema_dirs
        roles = pack.spec.page_view.model_dump(exclude_none=True) if pack.spec.page_view else {}
    shapes = {}
    for uri in dict.fromkeys(uris):
        schema = find_schema(uri, folders)
        if schema is None:
            return SourceFacts(roles=_roles(source, roles))
        shapes[uri] = read_shape(uri, schema)
    if "method" not in roles and any("method" in shape.rules for shape in shapes.values()):
        roles["method"] = "method"
    return SourceFacts(shapes, _roles(source, roles))


def _pack(name: str, index: PackIndex) -> Pack | None:
    if "/" in name:
        return load_pack(Path(name))
    return index.load(name) if index.find(name) is not None else None


def _roles(source: SourceConfig, of_pack: Mapping[str, str]) -> Roles:
    own = source.page_view.model_dump(exclude_none=True)
    labels = {role: own.get(f"{role}_field", of_pack.get(role)) for role in Roles.__dataclass_fields__}
    return Roles(**{role: path_of(label) for role, label in labels.items() if label})
