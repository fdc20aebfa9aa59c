"""Stack traces as Snowplow's own application_error: by `event: application_error`, or by a pack of that schema."""

from __future__ import annotations

import pytest

from logsource.event.payload import EventFrame
from logsource.model import Chunk, Line
from logsource.parse.packs import load_pack
from logsource.render.source import SourceRenderer
from tests.support.collecting import NOW_MS, new_collector
from tests.support.rendering import chunk_of, events_of, judged, renderer

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


JAVA = """2023-01-02 03:04:05,678 [pool-1] FATAL com.acme.Shop - order 4711 failed
java.lang.IllegalStateException: no "cart"
\tat com.acme.Cart.add(Cart.java:42)
Caused by: java.io.IOException: disk
\tat com.acme.Disk.read(Disk.java:7)"""
PYTHON = """2023-01-02 03:04:05,678 - acme.shop - ERROR - order failed
Traceback (most recent call last):
  File "/srv/shop.py", line 12, in order
    pay()
ValueError: no card"""
PHP = """[02-Jan-2023 03:04:05 UTC] PHP Fatal error:  Uncaught Error: Call to undefined function f() in /srv/a.php:5
Stack trace:
#0 {main}
  thrown in /srv/a.php on line 5"""
RUBY = """E, [2023-01-02T03:04:05.678901 #812] ERROR -- : boom (ArgumentError)
/srv/app.rb:3:in `f'
/srv/app.rb:6:in `<main>'"""
ZAP = (
    '{"level":"error","ts":1672628645.678,"caller":"a/b.go:1","msg":"no card",'
    '"stacktrace":"main.pay\\n\\t/srv/main.go:8\\nmain.main\\n\\t/srv/main.go:3"}'
)
PLAIN = PYTHON.partition("\n")[2]


@pytest.mark.parametrize(
    ("parser", "text", "error"),
    [
        ("log4j", JAVA, {"programmingLanguage": "JAVA", "message": "order 4711 failed", "threadName": "pool-1",
            "exceptionName": "java.lang.IllegalStateException", "className": "com.acme.Cart", "fileName": "Cart.java",
            "lineNumber": 42, "isFatal": True, "causeStackTrace": JAVA[JAVA.index("Caused"):]}),
        ("python_logging", PYTHON, {"programmingLanguage": "PYTHON", "message": "order failed", "isFatal": False,
            "exceptionName": "ValueError", "fileName": "/srv/shop.py", "lineNumber": 12}),
        ("php_error", PHP, {"programmingLanguage": "PHP", "isFatal": True, "exceptionName": "Error", "lineNumber": 5,
            "message": "Uncaught Error: Call to undefined function f()", "fileName": "/srv/a.php"}),
        ("ruby_logger", RUBY, {"programmingLanguage": "RUBY", "message": "boom (ArgumentError)", "isFatal": False,
            "exceptionName": "ArgumentError", "fileName": "/srv/app.rb", "lineNumber": 3}),
        ("zap", ZAP, {"programmingLanguage": "GOLANG", "message": "no card", "isFatal": False,
            "fileName": "/srv/main.go", "lineNumber": 8}),
        ("plain", PLAIN, {"programmingLanguage": "PYTHON", "message": "Traceback (most recent call last):",
            "exceptionName": "ValueError", "fileName": "/srv/shop.py", "lineNumber": 12}),
    ],
    ids=["java", "python", "php", "ruby", "go_json", "plain"],
)  # fmt: skip
def test_a_record_with_a_trace_becomes_an_application_error(tmp_path, parser, text, error):
    rendered = renderer(parser, event="application_error").render(records(text))
    [event] = events_of(rendered)
    assert judged(new_collector(tmp_path), rendered) == []
    assert event["schema"] == "application_error"
    trace = event["record"].pop("stackTrace")
    assert trace in text.replace("\\n", "\n").replace("\\t", "\t")
    assert event["record"] == error
    [entity] = [data for name, data in event["entities"].items() if name != "log_source"]
    assert error["message"] in (entity.get("message", entity.get("msg")))
    assert sum(rendered.tally.events.values()) == rendered.tally.read == 1


LINES = [
    "2023-01-02 03:04:05,678 [main] INFO com.acme.Shop - started",
    '2023-01-02 03:04:05,678 [main] WARN com.acme.Shop - odd "quoted" \\ one',
    "2023-01-02 03:04:05,678 INFO [main] com.acme.Shop - another layout",
    "not at all",
    "2023-01-02 03:04:05,678 [main] ERROR com.acme.Shop - é",
]


@pytest.mark.parametrize("others", ["self_describing", "drop"])
def test_records_without_a_trace_are_sent_as_they_are_or_dropped(others):
    keys = {"event": "application_error", "application_error": {"others": others}, "user": {"uid": "logger"}}
    fast = renderer("log4j", **keys).render(chunk_of(LINES))
    slow = renderer("log4j", columns=False, **keys).render(chunk_of(LINES))
    assert (fast.events, fast.tally) == (slow.events, slow.tally)
    if others == "drop":
        assert fast.tally.dropped == {"not_application_error": 4}
    else:
        assert renderer("log4j", **keys).has_columns
        assert [event.get("uid") for event in events_of(fast)] == ["com.acme.Shop"] * 3 + [
            None,
            "com.acme.Shop",
        ]


def test_filters_come_first(tmp_path):
    keys = {
        "event": "application_error",
        "filters": [
            {"drop_if": {"field": "level", "eq": "WARN"}},
            {"redact": {"regex": ["[0-9]{4}"], "with": "#"}},
        ],
    }
    rendered = renderer("log4j", **keys).render(records(JAVA, JAVA.replace("FATAL", "WARN")))
    [event] = events_of(rendered)
    assert event["record"]["message"] == event["entities"]["log4j"]["message"] == "order # failed"
    assert rendered.tally.dropped == {"filter_drop_if": 1}


def test_a_trace_field_of_ones_own_and_one_language():
    parsers = {"mine": {"json": True}}
    line = '{"text": "bad", "error": {"stack": "E: x\\n    at f (/srv/a.js:3:9)"}, "severity": "panic"}'
    keys = {
        "message_field": "fields.text",
        "trace_field": "fields.error.stack",
        "level_field": "fields.severity",
    }
    for more, schema in (({}, "application_error"), ({"language": "JAVA"}, "parsed_line")):
        made = renderer("mine", parsers=parsers, event="application_error", application_error=keys | more)
        [event] = events_of(made.render(chunk_of([line])))
        assert event["schema"] == schema
        if not more:
            assert event["record"]["lineColumn"] == 9
            assert event["record"]["isFatal"] is True
