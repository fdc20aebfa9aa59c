"""`logsource explain`: how far a line gets and what stops it, for every engine; and what a source does with a record."""

import json

import pytest
import yaml
from click.testing import CliRunner

from logsource.cli.main import cli

PARSERS = {
    "dissected": {"dissect": ["[%{level}] %{name->}: %{text}", "%{a}|%{b}|%{c}"]},
    "cookie": {"json": {"prefix": "@cee:"}},
    "columns": {"csv": {"columns": ["a", "b", "c"], "delimiter": ";"}},
    "headed": {"csv": {"header": True}},
    "pairs": {"logfmt": True},
    "grokked": {"grok": "%{TIMESTAMP_ISO8601:at} %{LOGLEVEL:level} %{INT:code} %{GREEDYDATA:rest}"},
    "matched": {"regex": "(?P<a>[0-9]+)-(?P<b>[a-z]+)"},
    "typed": {"json": True, "types": {"n": "integer"}},
}
LINE = '10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET {target} HTTP/1.1" 200 12 "-" "curl/8.5.0"'
FILTERS = [
    {"drop_static_assets": True},
    {"drop_bots": "tag"},
    {"redact": {"fields": ["target"], "patterns": ["email"]}},
    {"drop_if": {"field": "status", "eq": 404}},
]


@pytest.fixture
def config(tmp_path):
    source = {
        "name": "web",
        "paths": [f"{tmp_path}/*.log"],
        "parser": "nginx_access",
        "event": "page_view",
        "page_view": {"host": "shop.example"},
        "filters": FILTERS,
    }
    numbers = {"name": "numbers", "paths": [f"{tmp_path}/*.txt"], "parser": "matched", "unmatched": "drop"}
    path = tmp_path / "logsource.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "agent": {"name": "host-1", "state_dir": str(tmp_path / "state")},
                "collector": {"url": "http://127.0.0.1:9", "base64": True},
                "sources": [source, numbers],
                "parsers": PARSERS,
            }
        )
    )
    return str(path)


def run(*words: str, stdin: str | None = None):
    return CliRunner().invoke(cli, words, input=stdin, catch_exceptions=False)


@pytest.mark.parametrize(
    ("parser", "line", "where", "what"),
    [
        ("dissected", "[INFO x", "pattern 1: stops at character 2 of 7", "expected '] ' for field level"),
        ("dissected", "[INFO] worker 12", "pattern 1: stops at character 8 of 16", "expected ': ' for field name"),
        ("dissected", "a|b", "pattern 2: stops at character 3 of 3", "expected '|' for field b"),
        ("dissected", "a|b", "pattern 1: stops at character 1 of 3", "expected '['"),
        ("cookie", '@cee: {"a": }', "json: stops at character 13 of 13", "expected JSON (unexpected character"),
        ("cookie", "@cee:[1]", "json: stops at character 6 of 8", "expected an object, from { to }"),
        ("columns", "1;2;3;4", "csv: stops at character 7 of 7", "expected the end of the record after 3 columns"),
        ("columns", '1;"2;3', "csv: stops at character 3 of 6", "expected a closing quote"),
        ("columns", "1", "csv: stops at the end of the line", "expected 3 columns, not 1 for field b"),
        ("pairs", "no pairs here", "logfmt: stops at character 1 of 13", "expected a pair key=value"),
        ("grokked", "2026-01-02T03:04:05Z INFO x rest", "pattern 1: stops at character 27 of 32", "expected [0-9]+ for field code"),
        ("matched", "123-", "pattern 1: stops at the end of the line", "expected [a-z]+ for field b"),
        ("syslog_rfc5424", "<13>1 2003-10-11T22:14:15Z h p - - [a b=c] x", "syslog: stops at character 38 of 44",
         'expected [ID NAME="VALUE"] for field structured_data'),
        ("syslog_rfc5424", "<13>1 2003-10-11 22:14:15Z h p - - -", "syslog: stops at character 7 of 36", "for field timestamp"),
        ("syslog_rfc5424", "<999>1 x", "syslog: stops at character 2 of 8", "expected a number up to 191 for field priority"),
        ("json_lines", '{"a": 1', "json: stops at the end of the line", "expected JSON (unexpected end of data)"),
        ("logfmt", "nothing", "logfmt: stops at character 1 of 7", "expected a pair key=value"),
    ],
)  # fmt: skip
def test_every_engine_says_where_it_stops_and_what_it_misses(config, parser, line, where, what):
    result = run("explain", "-c", config, parser, line)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert where in lines
    assert what in lines[lines.index(where) + 2], "below the line, at the caret"


def test_an_engine_that_takes_the_line_is_not_to_blame(config):
    result = run("explain", "-c", config, "typed", '{"n": "x"}')
    assert result.stdout.splitlines()[:2] == ["json: matches", "bad_value: n: 'x' is not of type integer"]


def test_columns_without_anything_in_them_are_columns(config):
    assert run("explain", "-c", config, "columns", ";;").stdout.splitlines()[0] == "csv: matches"


def test_a_source_shows_what_each_filter_does_and_the_event(config):
    result = run("explain", "-c", config, "--source", "web", LINE.format(target="/a?mail=bob@example.org"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[lines.index("filters[0] drop_static_assets: keeps it as it is") :] == [
        "filters[0] drop_static_assets: keeps it as it is",
        "filters[1] drop_bots: entity iglu:io.logsource/bot/jsonschema/1-0-0",
        'filters[2] redact: target: "/a?mail=bob@example.org" → "/a?mail=***"',
        "filters[3] drop_if: keeps it as it is",
        "event page_view",
        "  url  https://shop.example/a?mail=***",
        "  ua  curl/8.5.0",
        "  ip  10.0.0.1",
        (
            "entities iglu:io.logsource/log_source/jsonschema/1-0-0, iglu:io.logsource/bot/jsonschema/1-0-0, "
            "iglu:io.logsource/nginx_access/jsonschema/1-0-0"
        ),
    ]


def test_a_source_shows_which_filter_drops_a_record(config):
    result = run("explain", "-c", config, "--source", "web", LINE.format(target="/style.css"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-2:] == [
        "filters[0] drop_static_assets: drops it, counted as filter_drop_static_assets",
        "no event: filter_drop_static_assets filters[0] (drop_static_assets) drops it",
    ]


def test_try_gives_what_a_source_would_send(config):
    lines = [
        LINE.format(target="/a?mail=bob@example.org"),
        LINE.format(target="/b.png"),
        "nothing of the kind",
        "",
    ]
    result = run("try", "-c", config, "--source", "web", "--json", "-", stdin="\n".join(lines) + "\n")
    sent, dropped, odd, empty = map(json.loads, result.stdout.splitlines())
    assert (sent["event"], sent["members"]) == (
        "page_view",
        {"url": "https://shop.example/a?mail=***", "ua": "curl/8.5.0", "ip": "10.0.0.1"},
    )
    assert sent["data"]["target"] == "/a?mail=***"
    assert [one["schema"].split("/")[1] for one in sent["entities"]] == ["log_source", "bot", "nginx_access"]
    assert sent["timestamp"] == "2026-01-02T03:04:05.000Z"
    assert dropped["reason"] == "filter_drop_static_assets"
    assert odd["reason"] == "no_match"
    assert odd["sent_as"]["schema"] == "iglu:io.logsource/unparsed_line/jsonschema/1-0-0"
    assert odd["sent_as"]["data"]["message"] == "nothing of the kind"
    assert "sent_as" not in dropped
    assert empty["reason"] == "empty"
    dropped = run("try", "-c", config, "--source", "numbers", "--json", stdin="x\n")
    assert json.loads(dropped.stdout)["reason"] == "unmatched"


def test_try_shows_a_person_what_is_sent(config):
    """Also of a line that no pattern takes: what leaves the machine is what the filters leave of it."""
    lines = [LINE.format(target="/a"), "a line of bob@example.org"]
    shown = run("try", "-c", config, "--source", "web", "-", stdin="\n".join(lines) + "\n").stdout
    assert "  page_view\n    url  https://shop.example/a\n" in shown
    assert shown.count("user_agent") == 1  # the request's fields, which are an entity of the page view, once
    assert "  sent as iglu:io.logsource/unparsed_line/jsonschema/1-0-0\n    message  a line of ***\n" in shown


def test_mistakes_are_told(config):
    assert run("try", "-c", config, "--source", "web", "a", "b").exit_code == 2
    assert run("explain", "-c", config, "--source", "web", "a", "b").exit_code == 2
    assert run("explain", "-c", config).exit_code == 2
