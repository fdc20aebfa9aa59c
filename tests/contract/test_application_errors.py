"""Stack traces as Snowplow's own application_error: a pack whose schema is that one, within its limits."""

from __future__ import annotations

from logsource.event.payload import EventFrame
from logsource.model import Chunk, Line
from logsource.parse.packs import load_pack
from logsource.render.source import SourceRenderer
from tests.support.collecting import NOW_MS, new_collector
from tests.support.rendering import chunk_of, events_of, judged

URI = "iglu:com.snowplowanalytics.snowplow/application_error/jsonschema/1-0-2"
YAML = f"""\
title: Stack traces of a service
description: Made for a test.
schema: {URI}
timestamp: {{field: time, format: iso8601}}
patterns:
  - name: exception
    regex: '(?P<time>[^ \\n]+) ERROR \\[(?P<threadName>[^]\\n]*)\\] (?P<exceptionName>[A-Za-z.]+): (?P<message>[^\\n]*)(?:\\n(?P<stackTrace>(?s:.*)))?'
    set: {{programmingLanguage: JAVA, isFatal: false}}
"""
TRACE = "\tat com.acme.Cart.add(Cart.java:42)\n\tat com.acme.Main.main(Main.java:7)"


def records(*texts: str) -> Chunk:
    """Multiline records, as tail reads them."""
    empty = chunk_of([])
    offsets = [sum(len(text) + 1 for text in texts[:index]) for index in range(len(texts))]
    lines = tuple(
        Line(text=text, offset=offset, reference_ms=NOW_MS)
        for text, offset in zip(texts, offsets, strict=True)
    )
    return Chunk(**{name: getattr(empty, name) for name in Chunk.__slots__} | {"lines": lines})


def test_stack_traces_arrive_within_the_limits_of_the_schema(tmp_path):
    folder = tmp_path / "acme_trace"
    folder.mkdir()
    (folder / "pack.yaml").write_text(YAML)
    made = SourceRenderer(frame=EventFrame(source="app", host="h"), parser=load_pack(folder).parser)
    head = "2023-11-14T22:13:10Z ERROR [main] java.lang.IllegalStateException: "
    rendered = made.render(
        records(head + "empty cart\n" + TRACE, head + "m" * 5000 + "\n" + TRACE * 500, head + "short")
    )

    collector = new_collector(tmp_path)
    assert judged(collector, rendered) == []
    first, long, bare = [event["record"] for event in events_of(rendered)]
    assert first == {
        "programmingLanguage": "JAVA",
        "message": "empty cart",
        "threadName": "main",
        "exceptionName": "java.lang.IllegalStateException",
        "stackTrace": TRACE,
        "isFatal": False,
    }
    assert (len(long["message"]), len(long["stackTrace"])) == (2048, 8192)
    assert "stackTrace" not in bare
    assert rendered.tally.events == {URI: 3}
