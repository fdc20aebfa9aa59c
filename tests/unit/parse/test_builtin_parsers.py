"""plain, json_lines and logfmt."""

import json

import pytest

from logsource.model import Line, Record, Reject
from logsource.parse.builtin import FIELD_LENGTH, MESSAGE_LENGTH
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import BUILTIN_NAMES, resolve_parser
from logsource.parse.schemas import find_schema
from logsource.parse.statedtime import stated_time

ISO = "2026-01-02T03:04:05.678Z"
ISO_MS = 1_767_323_045_678


def parse(name: str, text: str):
    return resolve_parser(name).parse(Line(text=text, offset=0))


@pytest.mark.parametrize("text", ["", "a", " x ", "two\nlines", "\n", "a\r", "tab\t\x00", "é�\u2028"])
def test_plain_takes_everything_as_it_is(text):
    result = parse("plain", text)
    assert isinstance(result, Record)
    assert result.data == {"message": text}
    assert result.timestamp_ms is None


def test_plain_cuts_where_the_schema_does():
    result = parse("plain", "x" * (MESSAGE_LENGTH + 1))
    assert len(result.data["message"]) == MESSAGE_LENGTH
    schema = find_schema(result.schema, PackIndex().schema_dirs())
    assert schema["properties"]["message"]["maxLength"] == MESSAGE_LENGTH


def test_json_lines_keep_the_object():
    result = parse("json_lines", '{"a": {"b": [1, null, 1.5]}, "time": "' + ISO + '"}')
    assert result.data == {"fields": {"a": {"b": [1, None, 1.5]}, "time": ISO}}
    assert result.timestamp_ms == ISO_MS


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"x"', "null", '{"a": NaN}', '{"a": "\ud800"}', "{}x"])
def test_what_is_no_json_object(text):
    result = parse("json_lines", text)
    assert isinstance(result, Reject)
    assert result.reason == "no_match"


def test_json_nested_too_deeply_would_be_lost_later():
    deep = json.dumps({"a": json.loads("[" * 31 + "]" * 31)})
    deeper = json.dumps({"a": json.loads("[" * 32 + "]" * 32)})
    assert isinstance(parse("json_lines", deep), Record)
    assert parse("json_lines", deeper) == Reject("bad_value", "nested more than 32 levels deep")


def test_logfmt():
    result = parse("logfmt", f'ts={ISO} level=info msg="it \\"works\\"" n=1 done a=1 a=2')
    assert result.data == {
        "fields": {
            "ts": ISO,
            "level": "info",
            "msg": 'it "works"',
            "n": "1",
            "done": "true",
            "a": '["1","2"]',
        }
    }
    assert result.timestamp_ms == ISO_MS


def test_logfmt_without_pairs_and_with_a_long_value():
    assert parse("logfmt", "only words here").reason == "no_match"
    assert len(parse("logfmt", "a=" + "x" * (FIELD_LENGTH + 1)).data["fields"]["a"]) == FIELD_LENGTH


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"time": ISO}, ISO_MS),
        ({"@timestamp": ISO}, ISO_MS),
        ({"ts": 1767323045}, 1767323045000),
        ({"ts": 1767323045.678}, ISO_MS),
        ({"ts": "1767323045.5"}, 1767323045500),
        ({"time": ISO_MS}, ISO_MS),
        ({"time": ISO_MS * 1000}, ISO_MS),
        ({"time": ISO_MS * 1_000_000}, ISO_MS),
        ({"timestamp": ISO, "time": 5}, ISO_MS),
        ({"timestamp": None, "time": ISO}, ISO_MS),
        ({"time": "soon"}, None),
        ({"time": True}, None),
        ({"time": 5}, None),
        ({"time": -1}, None),
        ({"time": [ISO]}, None),
        ({"time": "inf"}, None),
        ({"when": ISO}, None),
        ({}, None),
    ],
)
def test_the_time_under_one_of_its_usual_names(fields, expected):
    assert stated_time(fields) == expected


@pytest.mark.parametrize("name", BUILTIN_NAMES)
def test_their_schemas_are_shipped(name):
    text = {"plain": "x", "json_lines": '{"a": 1}', "logfmt": "a=1"}[name]
    assert find_schema(parse(name, text).schema, PackIndex().schema_dirs()) is not None
