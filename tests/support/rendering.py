"""Renders lines through a source of a configuration, and judges the events as the pipeline would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from logsource.config.model import Config
from logsource.event.payload import EventFrame
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Checkpoint, Chunk, Rendered
from logsource.parse.packs import PackIndex
from logsource.render.build import build_renderer
from logsource.render.source import SourceRenderer
from tests.support.collecting import JSON, NOW_MS, TP2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import Parser
    from logsource.web.collector.core import Collector

FILE_ID = "0123456789abcdef" * 2


def renderer(
    parser: str = "nginx_access",
    *,
    columns: bool = True,
    parsers: Any = None,
    vendor: str | None = None,
    **source: Any,
) -> SourceRenderer:
    """The renderer of a source with these keys; events name our schemas under `vendor`."""
    config = Config.model_validate(
        {
            "collector": {"url": "http://127.0.0.1"},
            "sources": [{"name": "web", "paths": ["/var/log/web.log"], "parser": parser, **source}],
            "parsers": parsers or {},
            "schemas": {"vendor": vendor} if vendor else {},
        }
    )
    frame = EventFrame(source="web", host="h", namespace="logsource", app_id="shop")
    return build_renderer(config, config.sources[0], PackIndex(), frame, columns=columns)


def chunk_of(lines: Sequence[str | bytes], *, start: int = 0, now_ms: int = NOW_MS) -> Chunk:
    """A block of lines as tail reads it."""
    data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    return block_of(data, start=start, now_ms=now_ms)


def same_both_ways(parser: Parser, lines: Sequence[str | bytes]) -> None:
    """A parser with columns gives the same as a block and line by line, and no block fell back to lines."""
    frame = EventFrame(source="web", host="h")
    fast, slow = (SourceRenderer(frame=frame, parser=parser, columns=columns) for columns in (True, False))
    assert fast.has_columns
    assert fast.render(chunk_of(lines)) == slow.render(chunk_of(lines))
    assert fast.fell_back == 0


def block_of(data: bytes, *, start: int = 0, now_ms: int = NOW_MS) -> Chunk:
    """A block of bytes, which ends with a newline."""
    checkpoint = Checkpoint(file_id=FILE_ID, source="web", offset=start + len(data), state={})
    return Chunk(
        source="web",
        path="/var/log/web.log",
        file_id=FILE_ID,
        epoch=0,
        start=start,
        end=start + len(data),
        data=data,
        read_ms=now_ms,
        mtime_ms=now_ms,
        checkpoint=checkpoint,
    )


def events_of(rendered: Rendered) -> list[dict[str, Any]]:
    """The events with their JSON fields decoded: `record`, `schema`, `entities` beside the protocol's keys."""
    events = orjson.loads(b"[" + rendered.events + b"]")
    for event in events:
        described = orjson.loads(event.pop("co"))["data"]
        event["entities"] = {one["schema"].split("/")[1]: one["data"] for one in described}
        if "ue_pr" in event:
            record = orjson.loads(event.pop("ue_pr"))["data"]
            event["schema"], event["record"] = record["schema"].split("/")[1], record["data"]
    return events


def judged(collector: Collector, rendered: Rendered) -> list[list[str]]:
    """Send the events to a collector; the reasons against each bad one."""
    collector.reset()
    body = BODY_PREFIX + rendered.events + BODY_SUFFIX
    assert collector.accept_post(TP2, JSON, body, {}).status == 200
    return [list(kept.verdict.reasons) for kept in reversed(collector.bad())]
