"""From a source of the configuration to its renderer: parser, schemas, filters, kind of event."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.event.repository import SchemaUnreadable
from logsource.parse.compose import composed
from logsource.parse.resolve import resolve_parser
from logsource.parse.staged import staged
from logsource.render.chainblocks import open_envelopes
from logsource.render.check import findings
from logsource.render.facts import SourceFacts, source_facts
from logsource.render.filters.chain import FilterChain
from logsource.render.kinds import EventKind, application_error, page_view, self_describing, struct
from logsource.render.published import PublishedRenderer
from logsource.render.source import SourceRenderer

if TYPE_CHECKING:
    from logsource.config.model import Config, SourceConfig
    from logsource.event.payload import EventFrame
    from logsource.parse.packs import PackIndex


def build_renderer(
    config: Config, source: SourceConfig, index: PackIndex, frame: EventFrame, *, columns: bool = True
) -> SourceRenderer:
    """Build the renderer of a source. Raises PackError, complete and meant for a person.

    Without `columns` every line goes the row path; the events are the same.
    """
    parser = resolve_parser(source.parser, config, index)
    filters, kind = None, None
    if not is_plain(source):
        facts = source_facts(config, source, index)
        problems = [found for found in findings(config, source, facts) if not found.warning]
        if problems:
            raise PackError(
                "\n".join(f"{one.what} ({one.hint})" if one.hint else one.what for one in problems)
            )
        filters = build_filters(source, facts)
        kind = build_kind(source, facts)
    if columns:
        patterns = composed(parser) or staged(parser)
        if patterns is not None:
            # as a kind of events, because entities are written as those of kinds and filters are
            parser, kind = patterns, kind or self_describing(None)
    vendor = config.schemas.vendor
    made = partial(PublishedRenderer, vendor=vendor) if vendor else SourceRenderer
    renderer = made(
        frame=frame,
        parser=parser,
        unmatched=source.unmatched,
        skip_empty=source.skip_empty,
        columns=columns,
        filters=filters,
        kind=kind,
    )
    open_envelopes(renderer, parser)
    return renderer


def is_plain(source: SourceConfig) -> bool:
    """Whether a source's records just become events, so that nothing needs to be known about them."""
    asked = source.filters or source.user or source.struct or source.context
    return not asked and source.event == "self_describing"


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
    if source.event == "application_error":
        return application_error(source.application_error, source.user)
    return None if source.user is None else self_describing(source.user)
