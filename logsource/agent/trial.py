"""What a source would make of a line: parser, filters, kind of event, entities, as the agent does it; for tools.

The event is made by the very renderer of the agent; only the filters are looked at one by one besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.agent.renderers import build_frame
from logsource.errors import PackError
from logsource.event.ids import event_id
from logsource.model import Checkpoint, Chunk, Record, Reject
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import resolve_parser
from logsource.render.build import build_renderer, is_plain
from logsource.render.facts import source_facts
from logsource.render.filters.chain import Dropped, FilterChain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.config.model import Config, SourceConfig
    from logsource.model import JSONValue, Line, Parser

FILE_ID = "0" * 32
_KINDS = {"ue": "self_describing", "pv": "page_view", "se": "struct"}
_FRAME = frozenset({"e", "p", "tv", "tna", "aid", "eid", "dtm", "ttm", "stm", "ue_pr", "co"})
"""Members of every event, and those that are shown in other ways."""


@dataclass(frozen=True, slots=True)
class FilterTrial:
    """What one item of `filters` did to a record."""

    number: int
    action: str
    """Its key, such as `drop_bots`."""
    dropped: str | None = None
    """Reason under which it is counted as dropped; None: the record went on."""
    changes: tuple[str, ...] = ()
    """`field: "old" → "new"`, for people."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one line."""

    parsed: Record | Reject | None
    """What the parser made of it."""
    filters: tuple[FilterTrial, ...] = ()
    """Up to the one that dropped it."""
    reason: str | None = None
    """Why there is no event of it: counted under this reason; None when there is one."""
    detail: str = ""
    schema: str | None = None
    """Schema of `data`: that of the record, or of what was made of it (`event: application_error`)."""
    data: Mapping[str, JSONValue] | None = None
    """The event's data: the record's behind the filters, or what was made of them."""
    kind: str | None = None
    """Kind of its event: self_describing, page_view or struct."""
    members: Mapping[str, str] | None = None
    """Members of the tracker protocol that the kind, or `user`, adds: url, refr, ua, ip, uid, se_ca …"""
    entities: tuple[Mapping[str, JSONValue], ...] = ()


class SourceTrial:
    """Tries lines on one source of a configuration."""

    def __init__(self, config: Config, name: str) -> None:
        """Raises PackError when there is no such source, or when it cannot be built."""
        found = next((one for one in config.sources if one.name == name), None)
        if found is None:
            raise PackError(
                f"no source is named {name} (there are: {', '.join(one.name for one in config.sources)})"
            )
        plain = config.model_copy(update={"collector": config.collector.model_copy(update={"base64": False})})
        index = PackIndex(config.pack_dirs)
        self.source: SourceConfig = found
        self.parser: Parser = resolve_parser(found.parser, config, index)
        self._frame = build_frame(plain, found)
        self._renderer = build_renderer(plain, found, index, self._frame, columns=False)
        self._facts = None if is_plain(found) else source_facts(config, found, index)

    def of(self, line: Line) -> Trial:
        """Try one line. A parser that remembers sees it twice."""
        parsed = self.parser.parse(line)
        steps = tuple(self._steps(parsed, line)) if isinstance(parsed, Record) else ()
        rendered = self._renderer.render(self._chunk(line))
        tally = rendered.tally
        event = orjson.loads(rendered.events) if rendered.events else None
        if event is None:
            reason = next(iter(tally.dropped or tally.rejected), "parser")
            detail = rendered.dead[0].detail if rendered.dead else ""
            if steps and steps[-1].dropped is not None:
                detail = f"filters[{steps[-1].number}] ({steps[-1].action}) drops it"
            return Trial(parsed, steps, reason, detail)
        entities = tuple(orjson.loads(event["co"])["data"]) if "co" in event else ()
        unparsed = next(iter(tally.unparsed), None)
        members = {name: value for name, value in event.items() if name not in _FRAME}
        body = orjson.loads(event["ue_pr"])["data"] if "ue_pr" in event else None
        if body is None and isinstance(parsed, Record):
            body = next((one for one in reversed(entities) if one["schema"] == parsed.schema), None)
        detail = ""
        if unparsed is not None:
            detail = (
                parsed.detail if isinstance(parsed, Reject) else "the filters left nothing its schema takes"
            )
        return Trial(
            parsed,
            steps,
            unparsed,
            detail,
            schema=None if body is None else body["schema"],
            data=None if body is None else body["data"],
            kind=_KINDS.get(event["e"], event["e"]),
            members=members,
            entities=entities,
        )

    def _steps(self, record: Record, line: Line) -> Iterator[FilterTrial]:
        """Each item of `filters`, on what those before it left."""
        assert self._facts is not None or not self.source.filters
        identity = event_id(self._frame.for_file(file_id=FILE_ID, epoch=0, path="-").prefix, line.offset)
        for number, step in enumerate(self.source.filters):
            assert self._facts is not None
            found = FilterChain.of([step], self._facts.web).apply(record, identity)
            if isinstance(found, Dropped | Reject):
                yield FilterTrial(number, step.action, dropped=found.reason)
                return
            added = tuple(f"entity {one['schema']}" for one in found.entities if isinstance(one, dict))
            yield FilterTrial(
                number, step.action, changes=(*_differences(record.data, found.record.data), *added)
            )
            record = found.record

    def _chunk(self, line: Line) -> Chunk:
        end = line.offset + len(line.text.encode("utf-8", "replace")) + 1
        return Chunk(
            source=self.source.name,
            path="-",
            file_id=FILE_ID,
            epoch=0,
            start=line.offset,
            end=end,
            data=b"",
            read_ms=line.reference_ms,
            mtime_ms=line.reference_ms,
            checkpoint=Checkpoint(file_id=FILE_ID, source=self.source.name, offset=end, state={}),
            lines=(line,),
        )


def _differences(before: Mapping[str, JSONValue], after: Mapping[str, JSONValue]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name not in after:
            yield f"{name} is left out"
        elif name not in before:
            yield f"{name}: new, {_shown(new)}"
        elif old != new:
            yield f"{name}: {_shown(old)} → {_shown(new)}"


def _shown(value: JSONValue) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 120 else text[:119] + "…"
