"""Columns of fixed width, as a mainframe writes them: where they are, what fills them up, and records that end early."""

import json

import pytest
from click.testing import CliRunner

from logsource.cli.explain import explain
from logsource.config.fixedwidth import FixedColumn, read_columns
from logsource.config.load import load_config
from logsource.config.model import ParserConfig
from logsource.errors import ConfigError, PackError
from logsource.model import Line, Record, Reject
from logsource.parse.custom import build_custom
from logsource.parse.effects import ParserOptionsError
from logsource.parse.packs import load_pack
from logsource.parse.pattern import PatternParser
from logsource.parse.readme import readme
from tests.support.packs import make_pack

PARSED = "iglu:io.logsource/parsed_line/jsonschema/1-0-0"
KNOWN = "iglu:com.acme/acme/jsonschema/1-0-0"
COLUMNS = {"time": "1-15", "job": 8, "?": 1, "severity": 3, "cpu": 10, "text": "rest"}
LINE = "20261122 061500JOBA0012 I   00012.50- STEP FINISHED  RC=0000  "
TIME = {"field": "time", "format": "%Y%m%d %H%M%S"}
AT = 1_795_328_100_000


def build(columns=None, **config):
    given = ParserConfig.model_validate({"fixed": COLUMNS if columns is None else columns, **config})
    return build_custom("mf", given, schema_dirs=())


def fields(parser, text):
    result = parser.parse(Line(text=text, offset=0))
    return result.data["fields"] if isinstance(result, Record) else result


def test_a_record_of_a_mainframe():
    parser = build(timestamp=TIME, types={"cpu": "number"})
    assert isinstance(parser, PatternParser)  # so that whole blocks are taken apart at once
    assert parser.vetted
    assert parser.parse(Line(text=LINE, offset=0)) == Record(
        PARSED,
        {
            "parser": "mf",
            "fields": {"job": "JOBA0012", "severity": "I", "cpu": -12.5, "text": "STEP FINISHED  RC=0000"},
        },
        AT,
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"a": 3, "?": 2, "b": 4, "c": "rest"},
        {"a": "1-3", "b": "6-9", "c": "10-"},
        {"a": " 1-3 ", "b": "6-9", "c": "rest"},
        [{"name": "a", "width": 3}, {"name": "b", "from": 6, "to": 9}, {"name": "c", "width": "rest"}],
        [{"name": "a", "from": 1, "to": 3}, {"name": "?x", "width": 2}, {"name": "b", "width": 4}, {"name": "c", "from": 10}],
        {"columns": {"a": "3", "b": "6-9", "c": "10-"}, "filler": " "},
    ],
)  # fmt: skip
def test_the_ways_to_write_them(columns):
    read, problems = read_columns(columns)
    assert not problems
    kept = [one for one in read if not one.left_out]
    assert kept == [FixedColumn("a", 0, 3), FixedColumn("b", 5, 9), FixedColumn("c", 9, None)]
    assert fields(build(columns), "AB .. 12 the rest ") == {"a": "AB", "b": "12", "c": "the rest"}


def test_fillers_are_no_part_of_values():
    columns = [
        {"name": "job", "width": 10},
        {"name": "amount", "width": 8, "filler": "*"},
        {"name": "note", "width": 6},
    ]
    parser = build({"columns": columns, "filler": "."}, types={"amount": "number"})
    assert fields(parser, "JOB1......***12.50ok....") == {"job": "JOB1", "amount": 12.5, "note": "ok"}
    assert fields(parser, "..........********......") == {}
    assert fields(parser, "JOB1......***12.50ok............") == {"job": "JOB1", "amount": 12.5, "note": "ok"}


def test_a_record_may_end_early():
    parser = build({"a": 3, "b": 3, "c": 3})
    assert fields(parser, "123456789") == {"a": "123", "b": "456", "c": "789"}
    assert fields(parser, "12345678") == {"a": "123", "b": "456", "c": "78"}
    assert fields(parser, "123456") == {"a": "123", "b": "456"}
    assert fields(parser, "1234") == {"a": "123", "b": "4"}
    assert fields(parser, "1") == {"a": "1"}
    assert fields(parser, "123456789  ") == {"a": "123", "b": "456", "c": "789"}
    assert fields(parser, "123456789 x").reason == "no_match"
    assert fields(parser, "").reason == "no_match"


def test_the_rest_may_hold_lines_of_its_own():
    assert fields(build({"code": 4, "text": "rest"}), "E01 a\n  b \n") == {"code": "E01", "text": "a\n  b \n"}
    assert fields(build({"code": 4, "text": 6}), "E01 a\nb").reason == "no_match"


def test_a_time_that_is_blank_or_wrong_is_a_reject():
    for schema in (None, "iglu:com.other/thing/jsonschema/1-0-0"):
        parser = build(timestamp=TIME, schema=schema)
        blank = parser.parse(Line(text=" " * 15 + "JOB", offset=0))
        assert blank == Reject("bad_timestamp", "the column of the time is blank")
        assert parser.parse(Line(text="2026xx22 061500JOB", offset=0)).reason == "bad_timestamp"


def test_a_schema_that_we_have_gives_types_and_limits(tmp_path):
    folder = make_pack(tmp_path)
    config = {
        "fixed": {"time": 20, "level": 6, "code": 4, "text": "rest"},
        "timestamp": {"field": "time"},
        "schema": KNOWN,
    }
    parser = build_custom("mf", ParserConfig.model_validate(config), schema_dirs=[folder / "schemas"])
    good = "2026-11-22T06:15:00ZWARN  0042"
    assert parser.parse(Line(text=good, offset=0)) == Record(KNOWN, {"level": "WARN", "code": 42}, AT)
    assert parser.parse(Line(text=good.replace("WARN", "LOUD"), offset=0)).reason == "bad_value"
    assert parser.parse(Line(text=good.replace("WARN", "    "), offset=0)).reason == "bad_value"  # required
    config["fixed"] = {"time": 20, "levle": 6}
    with pytest.raises(ParserOptionsError) as caught:
        build_custom("mf", ParserConfig.model_validate(config), schema_dirs=[folder / "schemas"])
    assert [str(one) for one in caught.value.problems] == [
        f"fixed: {KNOWN} has no field levle (did you mean level?)",
        f"fixed does not give level, which {KNOWN} requires",
    ]


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        ({"a": 0}, ["parsers.mf.fixed.a: a: a width is 1 to 65536 characters, not 0"]),
        ({"a": "x"}, ["parsers.mf.fixed.a: is neither a width nor a place (write NAME: WIDTH, NAME: FROM-TO, NAME: FROM-, or NAME: rest)"]),
        ({"a": "4-2"}, ["parsers.mf.fixed.a: columns 4-2 are none (the first character is 1)"]),
        ({"a": "1-4", "b": "3-5"}, ["parsers.mf.fixed.b: b begins before a ends (columns stand one behind the other)"]),
        ({"a": "rest", "b": 3}, ["parsers.mf.fixed.b: b begins before a ends (a goes to the end of the line)"]),
        ({"?": 3, "?b": 4}, ["parsers.mf.fixed: keeps no column (a name without ? keeps one)"]),
        ([{"name": "a", "width": 3}] * 2, ["parsers.mf.fixed: two columns are named 'a'; one of them would be lost (give them two names, or write ?NAME)"]),
        ([{"nam": "a"}], ["parsers.mf.fixed[0]: is no column with a name (write {name: NAME, width: WIDTH} or {name: NAME, from: FROM, to: TO})"]),
        ([{"name": "a", "width": 3, "to": 4}], ["parsers.mf.fixed[0]: a says its place by halves or twice (write {name: NAME, width: WIDTH} or {name: NAME, from: FROM, to: TO})"]),
        ({"columns": {"a": 3}, "filer": "."}, ["parsers.mf.fixed.filer: unknown option filer (did you mean filler?)"]),
        ({"columns": {"a": 3}, "filler": ""}, ['parsers.mf.fixed.filler: filler must be a text of one character or more (write filler: " ", or filler: ".")']),
        # what stands behind a mistake is not complained about for it
        ({"a": "x", "b": 3, "c": 0}, ["parsers.mf.fixed.a: is neither", "parsers.mf.fixed.c: c: a width"]),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_a_hint(tmp_path, columns, problems):
    file = tmp_path / "logsource.yaml"
    file.write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: mf}]\n"
        f"parsers: {{mf: {{fixed: {json.dumps(columns)}}}}}\n"  # JSON is YAML
    )
    with pytest.raises(ConfigError) as caught:
        load_config(file, env={}, known_parsers=lambda _: ())
    found = [problem.removeprefix(f"{file}:") for problem in caught.value.problems]
    assert len(found) == len(problems)
    for one, expected in zip(found, problems, strict=True):
        assert one.startswith("3:")
        assert one.partition(" ")[2].startswith(expected)


def test_explain_names_the_column(tmp_path):
    file = tmp_path / "logsource.yaml"
    file.write_text(
        "collector: {url: http://127.0.0.1:9090}\n"
        "sources: [{name: a, paths: [/var/log/a.log], parser: mf}]\n"
        "parsers: {mf: {fixed: {date: 8, job: 8, code: 4}}}\n"
    )
    result = CliRunner().invoke(explain, ["mf", "-c", str(file), "20261122JOBA"])
    assert result.exit_code == 0, result.output
    assert "expected .{8} for field job" in result.output


PACK = """\
title: Acme log
description: Made for a test.
schema: iglu:com.acme/{name}/jsonschema/1-0-0
nulls: ["-"]
timestamp: {{field: time}}
fixed: {{time: 20, level: 6, code: 4, text: rest}}
fields:
  level: {{words: {{I: INFO, W: WARN}}}}
"""


def test_a_pack_of_fixed_columns(tmp_path):
    pack = load_pack(make_pack(tmp_path, yaml=PACK))
    good = "2026-11-22T06:15:00ZW     0042 up"
    assert pack.parser.parse(Line(text=good, offset=0)) == Record(
        KNOWN, {"level": "WARN", "code": 42, "text": "up"}, AT
    )
    dash = good.replace("0042 up", "  -     ")
    assert pack.parser.parse(Line(text=dash, offset=0)).data == {"level": "WARN"}
    assert pack.parser.parse(Line(text=good[:22], offset=0)).data == {"level": "WARN"}
    assert "- 21-26: `level`" in readme(pack)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("level: 6", "level: x", "8:18: fixed: is neither a width nor a place"),
        ("level: 6", "levle: 6", "7:8: fixed captures levle, which the schema does not have (did you mean level?)"),
        ("fixed:", "json: {{}}\nfixed:", "must have exactly one of patterns, chain, fixed, json"),
        ("{{words: {{I: INFO, W: WARN}}}}", "{{strip: true}}", "must not have fields with strip"),
        ("fields:", "rest: text\nfields:", "must not have rest"),
    ],
)  # fmt: skip
def test_mistakes_in_a_pack(tmp_path, old, new, problem):
    with pytest.raises(PackError) as caught:
        _ = load_pack(make_pack(tmp_path, yaml=PACK.replace(old, new))).parser
    assert problem.split(": ", 1)[-1] in str(caught.value)
