"""Parsers under `parsers:` of the configuration: with a schema we have, one we have not, and none."""

import pytest

from logsource.config.model import ParserConfig
from logsource.errors import PackError
from logsource.model import Line, Record, Reject
from logsource.parse.custom import build_custom
from logsource.parse.effects import ParserOptionsError
from logsource.parse.pattern import PatternParser
from tests.support.packs import PROPERTIES, make_pack

KNOWN = "iglu:com.acme/acme/jsonschema/1-0-0"
ELSEWHERE = "iglu:com.other/thing/jsonschema/1-0-0"
PARSED = "iglu:io.logsource/parsed_line/jsonschema/1-0-0"
TIME = {"field": "time", "format": "iso8601"}
ISO_MS = 1_767_323_045_678


@pytest.fixture
def build(tmp_path):
    folder = make_pack(tmp_path)
    return lambda **config: build_custom(
        "mine", ParserConfig.model_validate(config), schema_dirs=[folder / "schemas"]
    )


def parse(parser, text: str):
    return parser.parse(Line(text=text, offset=0))


REGEX = r"(?P<time>\S+) (?P<level>[A-Z]+) (?P<code>\S+) (?P<text>.*)"
LINE = "2026-01-02T03:04:05.678Z INFO 7 it works and this is too long"


def test_a_schema_we_have_gives_types_limits_and_blocks(build):
    parser = build(regex=REGEX, timestamp=TIME, schema=KNOWN)
    assert isinstance(parser, PatternParser)
    assert not parser.vetted
    data = {"level": "INFO", "code": 7, "text": "it works and this is"}
    assert parse(parser, LINE) == Record(KNOWN, data, ISO_MS)
    assert parse(parser, LINE.replace(" 7 ", " x ")).reason == "bad_value"
    assert parse(parser, LINE.replace("INFO", "LOUD")).reason == "bad_value"
    assert parse(parser, "nothing").reason == "no_match"


def test_no_schema_at_all(build):
    parser = build(regex=REGEX, timestamp=TIME, types={"code": "integer"})
    found = parse(parser, LINE)
    assert found.schema == PARSED
    assert found.data == {
        "parser": "mine",
        "fields": {"level": "INFO", "code": 7, "text": "it works and this is too long"},
    }
    assert found.timestamp_ms == ISO_MS
    assert parse(parser, LINE.replace(" 7 ", " x ")).reason == "bad_value"
    assert parse(parser, LINE.replace("2026", "soon")).reason == "bad_timestamp"


def test_a_schema_that_is_somewhere_else(build):
    found = parse(build(regex="(?P<http__status>[0-9]+)", schema=ELSEWHERE), "200")
    assert found == Record(ELSEWHERE, {"http": {"status": "200"}}, None)


@pytest.mark.parametrize(
    ("engine", "line", "fields"),
    [
        ({"grok": "%{WORD:verb} %{NUMBER:n:int}"}, "> GET 5.5", {"verb": "GET", "n": 5}),
        ({"grok": ["%{INT:a}x", "%{WORD:b}"]}, "word", {"b": "word"}),
        ({"grok": "%{MINE:a}", "pattern_definitions": {"MINE": "[0-9]+"}}, "x 42", {"a": "42"}),
        ({"grok": "%{INT} %{WORD:w}", "named_captures_only": False}, "7 x", {"INT": "7", "w": "x"}),
        ({"grok": "<%{DATA:a}>(?<b>x?)<"}, "<><", {}),
        ({"grok": "<%{DATA:a}>(?<b>x?)<", "keep_empty_captures": True}, "<><", {"a": "", "b": ""}),
        ({"grok": "<%{DATA:[a][b]}><", "keep_empty_captures": True}, "<><", {"a": {"b": ""}}),
        ({"grok": "%{WORD:a}(=%{INT:b:int})?", "keep_empty_captures": True}, "x", {"a": "x", "b": None}),
        (
            {"grok": "%{WORD:a}(=%{INT:b})?", "keep_empty_captures": True, "types": {"b": "integer"}},
            "x",
            {"a": "x", "b": None},
        ),
        ({"grok": ["a=%{INT:a}", "b=%{INT:b}"]}, "a=1 b=2", {"a": "1"}),
        ({"grok": ["a=%{INT:a}", "b=%{INT:b}"], "break_on_match": False}, "a=1 b=2", {"a": "1", "b": "2"}),
        ({"grok": "%{WORD:w} %{WORD:w}"}, "one two", {"w": ["one", "two"]}),
        ({"regex": ["(?P<a>[0-9]+)", "(?P<b>.*)"]}, "x", {"b": "x"}),
        ({"dissect": "%{a}, %{b}"}, "1, 2", {"a": "1", "b": "2"}),
        ({"json": True}, '{"a": {"b": 1}}', {"a": {"b": 1}}),
        ({"json": {"flatten": True}}, '{"a": {"b": 1}}', {"a.b": 1}),
        ({"logfmt": True}, 'a=1 b="x y"', {"a": "1", "b": "x y"}),
        ({"csv": {"columns": ["a", "b"]}}, '1,"x,y"', {"a": "1", "b": "x,y"}),
        (
            {
                "syslog": True,
                "timestamp": {"field": "timestamp", "format": "syslog"},
                "types": {"pid": "string"},
            },
            "Oct 11 22:14:15 web1 app[42]: up",
            {"host": "web1", "program": "app", "pid": "42", "message": "up"},
        ),
    ],
)
def test_every_engine(build, engine, line, fields):
    found = build(**engine).parse(Line(text=line, offset=0, reference_ms=ISO_MS))
    assert found.data == {"parser": "mine", "fields": fields}


@pytest.mark.parametrize(
    "engine",
    [
        {"grok": r"%{TIMESTAMP_ISO8601:time} %{WORD:level} %{INT:code} %{GREEDYDATA:text}"},
        {"grok": r"%{TIMESTAMP_ISO8601:time} %{WORD:level} %{INT:code:int} %{GREEDYDATA:text}"},
        {"dissect": "%{time} %{level} %{code} %{text}"},
    ],
)
def test_engines_give_the_same_event_for_a_schema_we_have(build, engine):
    parser = build(**engine, timestamp=TIME, schema=KNOWN)
    data = {"level": "INFO", "code": 7, "text": "it works and this is"}
    assert parse(parser, LINE) == Record(KNOWN, data, ISO_MS)


@pytest.mark.parametrize("code", ["%{DATA:code}", "%{DATA:code:int}"], ids=["block", "record"])
def test_empty_captures_leave_optional_fields_out(build, code):
    pattern = rf"%{{TIMESTAMP_ISO8601:time}} %{{WORD:level}} \[{code}\] %{{DATA:text}}$"
    line = "2026-01-02T03:04:05.678Z INFO [] "
    parser = build(grok=pattern, timestamp=TIME, schema=KNOWN)
    assert isinstance(parser, PatternParser) is (code == "%{DATA:code}")
    assert parse(parser, line).data == {"level": "INFO"} | ({"code": 0} if ":int" in code else {})
    kept = build(grok=pattern, timestamp=TIME, schema=KNOWN, keep_empty_captures=True)
    assert parse(kept, line.replace("[]", "[7]")).data == {"level": "INFO", "code": 7, "text": ""}


OPTIONAL = r"%{TIMESTAMP_ISO8601:time} %{WORD:level}(?: %{INT:code})?(?: %{WORD:text})?$"


@pytest.mark.parametrize("schema", [KNOWN, ELSEWHERE], ids=["ours", "elsewhere"])
def test_captures_that_took_no_part_are_null_when_empty_ones_are_kept(build, schema):
    parser = build(grok=OPTIONAL, timestamp=TIME, schema=schema, keep_empty_captures=True)
    line = "2026-01-02T03:04:05.678Z INFO"
    assert parse(parser, line) == Record(schema, {"level": "INFO", "code": None, "text": None}, ISO_MS)
    assert parse(parser, f"{line} up").data == {"level": "INFO", "code": None, "text": "up"}
    without = build(grok=OPTIONAL, timestamp=TIME, schema=schema)
    assert parse(without, line).data == {"level": "INFO"}


def test_patterns_whose_captures_all_take_part_keep_their_blocks(build):
    pattern = "%{TIMESTAMP_ISO8601:time} %{WORD:level} %{INT:code} (?<text>.*)"
    for schema in (KNOWN, None):
        parser = build(grok=pattern, timestamp=TIME, schema=schema, keep_empty_captures=True)
        assert isinstance(parser, PatternParser)
        assert not isinstance(
            build(grok=OPTIONAL, timestamp=TIME, schema=schema, keep_empty_captures=True), PatternParser
        )


def test_null_captures_need_a_schema_that_allows_them(tmp_path):
    strict = PROPERTIES | {"text": {"description": "What.", "type": "string", "maxLength": 20}}
    folder = make_pack(tmp_path, properties=strict)
    config = ParserConfig.model_validate(
        {"grok": OPTIONAL, "schema": KNOWN, "keep_empty_captures": True, "timestamp": TIME}
    )
    with pytest.raises(ParserOptionsError) as caught:
        build_custom("mine", config, schema_dirs=[folder / "schemas"])
    (problem,) = caught.value.problems
    assert problem.path == ("keep_empty_captures",)
    assert str(problem) == (
        f"keep_empty_captures: pattern 1 may give text as null, which {KNOWN} does not allow "
        "(allow it: the type of text is [string, null])"
    )


def test_json_with_a_schema_we_have(build):
    parser = build(json=True, schema=KNOWN)
    assert parse(parser, '{"level": "INFO", "code": "7", "other": 1}').data == {"level": "INFO", "code": 7}
    assert parse(parser, '{"code": 7}').reason == "bad_value"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"regex": "(?P<levle>.*)", "schema": KNOWN}, r"pattern 1 captures levle, which .* does not have \(did you mean level\?\)"),
        ({"regex": "(?P<text>.*)", "schema": KNOWN}, "pattern 1 does not give level, which .* requires"),
        ({"grok": "%{WROD:x}"}, "WORD"),
        ({"grok": "%{WORD:x}", "timestamp": {"field": "x", "format": "%Q"}}, "%Q"),
        ({"json": {"flaten": True}}, "unknown option 'flaten' .did you mean flatten"),
        ({"csv": {"columns": "a"}}, "columns must be a list"),
        ({"regex": REGEX, "types": {"cod": "integer"}}, r"types.cod: no pattern captures cod \(did you mean code\?\)"),
        ({"grok": "%{WORD:x}", "timestamp": TIME}, r"timestamp.field: no pattern captures time \(captured: x\)"),
    ],
)  # fmt: skip
def test_mistakes_name_the_parser(build, config, message):
    with pytest.raises(PackError, match=f"^parser mine: .*{message}"):
        build(**config)


def test_a_pattern_that_takes_for_ever_is_stopped(build):
    parser = build(regex=r"(?P<a>(?:[a-z]+ ?)*)[0-9]", timeout="50ms")
    assert parse(parser, "x" * 50_000 + "!") == Reject("timeout", "pattern 1 took more than 0.05 s")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "123", "123"),
        ("string", "1.5", "1.5"),
        ("string", "true", "true"),
        ("integer", '"42"', 42),
        ("integer", "42", 42),
        ("number", '"1e3"', 1000.0),
        ("number", "1.25", 1.25),
        ("boolean", '"true"', True),
        ("boolean", "false", False),
        ("integer", '["1", 2]', [1, 2]),
        ("integer", "null", None),
    ],
)
def test_types_of_members_hold_whatever_the_record_wrote(build, kind, value, expected):
    record = parse(build(json=True, types={"a": kind}), f'{{"a": {value}}}')
    assert record.data["fields"] == {"a": expected}


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "1.5"), ("integer", '{"b": 1}'), ("boolean", "7"), ("number", '"x"')]
)
def test_a_member_that_is_not_of_its_type_is_a_bad_value(build, kind, value):
    assert parse(build(json=True, types={"a": kind}), f'{{"a": {value}}}').reason == "bad_value"


@pytest.mark.parametrize(
    "engine",
    [{"regex": REGEX}, {"grok": r"%{NOTSPACE:time} %{WORD:level} %{INT:code} %{GREEDYDATA:text}"}, {"dissect": "%{time} %{level} %{code} %{text}"}],
)  # fmt: skip
def test_the_time_may_stay_a_field(build, engine):
    kept = parse(build(**engine, timestamp={**TIME, "keep": True}), LINE)
    gone = parse(build(**engine, timestamp=TIME), LINE)
    assert kept.timestamp_ms == gone.timestamp_ms == ISO_MS
    assert kept.data["fields"] == {"time": LINE.split(maxsplit=1)[0], **gone.data["fields"]}


def test_columns_may_be_left_out(build):
    parser = build(csv={"columns": ["?id", "level", "?x", "code"]}, schema=KNOWN)
    assert parse(parser, "9,INFO,y,7").data == {"level": "INFO", "code": 7}
