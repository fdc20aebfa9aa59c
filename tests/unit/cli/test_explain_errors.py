"""`explain` of a source that makes application errors: which stack trace was read, or where none was found."""

import json

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli

JAVA = """\
ERROR it broke
java.lang.IllegalStateException: bad
\tat com.acme.Foo.run(Foo.java:12)
\tat com.acme.Main.main(Main.java:3)
Caused by: java.io.IOException: disk
\tat com.acme.Bar.go(Bar.java:7)"""
PYTHON = """\
ERROR oops
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    go()
ValueError: no"""


@pytest.fixture
def explain(tmp_path):
    def run(text, code=0, command="explain", **error):
        config = {
            "collector": {"url": "http://127.0.0.1:9090"},
            "sources": [
                {
                    "name": "app",
                    "paths": [f"{tmp_path}/*.log"],
                    "parser": "own",
                    "event": "application_error",
                    "application_error": error,
                    "filters": [{"drop_if": {"field": "fields.level", "eq": "DEBUG"}}],
                }
            ],
            "parsers": {"own": {"regex": "(?P<level>[A-Z]+) (?P<message>(?s:.*))"}},
        }
        path = tmp_path / "logsource.yaml"
        path.write_text(json.dumps(config))
        arguments = [command, "-c", str(path), "--source", "app"]
        asked = [text] if command == "explain" else ["--records", "--json"]
        given = None if command == "explain" else json.dumps(text) + "\n"
        result = CliRunner().invoke(cli, [*arguments, *asked], input=given, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.stdout

    return run


def test_language_frames_error_place_message_and_cause_are_told(explain):
    assert (
        "stack trace: JAVA, 3 frames, error java.lang.IllegalStateException, class com.acme.Foo, at Foo.java:12, "
        "message 'it broke', cause 'Caused by: java.io.IOException: disk'\n"
    ) in explain(JAVA)
    assert "stack trace: PYTHON, 1 frame, error ValueError, at /app/main.py:3, message 'oops'\n" in explain(
        PYTHON
    )


def test_where_none_was_found_is_told(explain):
    told = explain("ERROR it broke")
    fields = "stack_trace, traceback, backtrace, stacktrace, stack, message, msg, short_message"
    assert f"stack trace: none in {fields}; the record is sent as it is\n" in told
    assert "  a trace has several lines: `multiline` of the source joins them\n" in told
    strict = explain(JAVA, code=1, language="PYTHON", others="drop", trace_field="fields.message")
    assert (
        "stack trace: none of PYTHON in fields.message, message, msg, short_message; the record is dropped"
        in strict
    )
    assert "multiline" not in strict
    assert "no event: not_application_error" in strict


def test_nothing_is_said_of_a_record_that_a_filter_drops(explain):
    assert "stack trace" not in explain("DEBUG x\n" + JAVA, code=1)


def test_try_names_the_schema_of_what_is_sent(explain):
    sent = json.loads(explain(JAVA, command="try"))
    assert sent["schema"] == "iglu:com.snowplowanalytics.snowplow/application_error/jsonschema/1-0-2"
    assert sent["data"]["exceptionName"] == "java.lang.IllegalStateException"
    assert (
        json.loads(explain("ERROR x", command="try"))["schema"]
        == "iglu:io.logsource/parsed_line/jsonschema/1-0-0"
    )
