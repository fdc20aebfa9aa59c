"""Lint of schemas: every rule of igluctl's, broken once and kept once; what can be skipped; the command."""

from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.schemas import schemas
from logsource.errors import LogsourceError
from logsource.event.iglu import parse_uri
from logsource.event.lint import checks_to_skip, findings, lint_paths
from logsource.event.lintrules import RULES
from logsource.event.repository import builtin_roots
from tests.support.collecting import THING, write_schema

FINE = {"a": {"type": "string", "maxLength": 5, "description": "d"}}
IGLUCTL = [
    "rootObject",
    "numericMinimumMaximum",
    "stringMinMaxLength",
    "stringMaxLengthRange",
    "arrayMinMaxItems",
    "numericProperties",
    "stringProperties",
    "arrayProperties",
    "objectProperties",
    "requiredPropertiesExist",
    "unknownFormats",
    "numericMinMax",
    "stringLength",
    "optionalNull",
    "description",
    "schemaUri",
    "bqDisallowedCharacters",
    "bqIllegalStart",
]

ROOT = [
    # change of the schema, rule, pointer and text of the finding
    (
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        "schemaUri",
        "/$schema: is not Iglu's meta schema",
    ),
    ({"self": {"vendor": "x"}}, "self", "/self: is {'vendor': 'x'}"),
    ({"type": "array"}, "rootObject", "/type: the root is 'array'"),
    ({"properties": {}}, "rootObject", "/: an object without properties"),
    ({"description": ""}, "description", "/: has no description"),
    ({"additionalProperties": True}, "closedObject", "/additionalProperties: is True"),
    ({"additionalProperties": None}, "draft4", "/: is not JSON Schema draft 4"),
    ({"type": "objekt"}, "draft4", "/: is not JSON Schema draft 4"),
    ({"required": ["a", "b"]}, "requiredPropertiesExist", "/required: names 'b', which is not a property"),
]

D = {"description": "d"}
STRING, NUMBER = {"type": ["string", "null"], **D}, {"type": ["number", "null"], **D}
ARRAY, OBJECT = {"type": ["array", "null"], **D}, {"type": ["object", "null"], **D}
TEXT = {"type": "string", "maxLength": 5, **D}
PROPERTY = [
    # definition of an optional property, the one rule that it breaks, text of the finding
    ({"type": ["string", "null"], "maxLength": 5}, "description", "has no description"),
    (D, "type", "has no type"),
    (STRING, "stringLength", "a string without limit"),
    ({**STRING, "maxLength": 65536}, "stringMaxLengthRange", "maxLength 65536 is more than Redshift's 65535"),
    ({**STRING, "minLength": 9, "maxLength": 1}, "stringMinMaxLength", "minLength is greater than maxLength"),
    ({"type": "string", "maxLength": 5, **D}, "optionalNull", "is optional and cannot be null"),
    ({"enum": ["a", "b"], **D}, "optionalNull", "is optional and cannot be null"),
    ({"type": ["integer", "null"], **D}, "numericMinMax", "a number without minimum and maximum"),
    ({**NUMBER, "minimum": 0}, "numericMinMax", "a number without maximum"),
    ({**NUMBER, "minimum": 9, "maximum": 1}, "numericMinimumMaximum", "minimum is greater than maximum"),
    ({**STRING, "maxLength": 5, "minimum": 0}, "numericProperties", "minimum without the type integer and number"),
    ({**NUMBER, "minimum": 0, "maximum": 1, "maxLength": 5}, "stringProperties", "maxLength without the type string"),
    ({**STRING, "maxLength": 5, "items": TEXT}, "arrayProperties", "items without the type array"),
    ({**STRING, "maxLength": 5, "properties": {}}, "objectProperties", "properties without the type object"),
    ({**STRING, "maxLength": 5, "format": "ip"}, "unknownFormats", "format 'ip' is not known"),
    (ARRAY, "arrayItems", "an array of anything"),
    ({**ARRAY, "items": TEXT, "minItems": 3, "maxItems": 2}, "arrayMinMaxItems", "minItems is greater than maxItems"),
    ({**ARRAY, "items": {"type": "string", **D}}, "stringLength", "items: a string without limit"),
    ({**ARRAY, "items": [TEXT, {"type": "string", **D}]}, "stringLength", "items/1: a string without limit"),
    (OBJECT, "closedObject", "additionalProperties: is None"),
    ({**OBJECT, "additionalProperties": False}, "closedObject", "an object without properties"),
    ({**OBJECT, "additionalProperties": {"type": "string", **D}}, "stringLength", "a string without limit"),
    ({**OBJECT, "additionalProperties": False, "properties": FINE, "required": ["a", "b"]}, "requiredPropertiesExist", "names 'b'"),
    ({"oneOf": [{"type": "string", **D}, {"type": "null", **D}], **D}, "stringLength", "oneOf/0: a string without limit"),
    ({"anyOf": [TEXT, {"type": "null"}], **D}, "description", "anyOf/1: has no description"),
]  # fmt: skip
GOOD = [
    {**STRING, "enum": ["a", None]},
    {**STRING, "format": "ipv4"},
    {**STRING, "format": "uuid"},
    {**STRING, "maxLength": 65535, "minLength": 65535, "pattern": "^a"},
    {**NUMBER, "enum": [1, None]},
    {**NUMBER, "minimum": 1, "maximum": 1, "multipleOf": 1},
    {"oneOf": [TEXT, {"type": "null", **D}], **D},
    {**OBJECT, "additionalProperties": True},
    {**OBJECT, "additionalProperties": TEXT},
    {**OBJECT, "additionalProperties": False, "patternProperties": {"^x": TEXT}},
    {**ARRAY, "items": TEXT, "minItems": 1, "maxItems": 1},
    {"type": ["boolean", "null"], **D},
    {"type": ["string", "integer", "null"], "maxLength": 5, "minimum": 0, "maximum": 9, **D},
]
NAMES = [("a b", "bqDisallowedCharacters"), ("a.b", "bqDisallowedCharacters"), ("@timestamp", "bqDisallowedCharacters"),
         ("1st", "bqIllegalStart"), ("_TABLE_x", "bqIllegalStart"), ("__ROOT__", "bqIllegalStart"), ("", "bqIllegalStart")]  # fmt: skip


def put(root, change):
    path = write_schema(root, THING, FINE, ("a",))
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), **change}))
    return path


def rules(path, **options):
    return {problem.rule for problem in lint_paths(path, **options)}


@pytest.mark.parametrize(("change", "rule", "expected"), ROOT)
def test_rules_of_the_whole_schema(tmp_path, change, rule, expected):
    path = put(tmp_path, change)
    [problem] = [one for one in lint_paths(tmp_path) if one.rule == rule]
    assert str(problem).startswith(f"{path}: {expected}")
    assert str(problem).endswith(f") [{rule}]")


@pytest.mark.parametrize(("definition", "rule", "expected"), PROPERTY)
def test_rules_of_a_property(tmp_path, definition, rule, expected):
    write_schema(tmp_path, THING, {"p": definition})
    [problem] = lint_paths(tmp_path, strict=True)
    assert problem.rule == rule
    assert problem.pointer.startswith("/properties/p")
    assert expected in str(problem)


@pytest.mark.parametrize("definition", GOOD)
def test_lint_has_nothing_against(tmp_path, definition):
    assert lint_paths(write_schema(tmp_path, THING, {"p": definition}), strict=True) == []


@pytest.mark.parametrize(("name", "rule"), NAMES)
def test_names_that_are_no_columns_of_bigquery_are_found_when_asked_for(tmp_path, name, rule):
    path = write_schema(tmp_path, THING, {name: TEXT}, (name,))
    assert rules(path) == set()
    assert rules(path, strict=True) == {rule}


def test_every_rule_of_igluctl_is_here_and_is_broken_above():
    assert set(RULES) > set(IGLUCTL)
    broken = {rule for _, rule, _ in [*ROOT, *PROPERTY]} | {rule for _, rule in NAMES}
    assert broken == set(RULES) - {"schemaVer", "versionGap"}


VERSIONS = [
    # versions in a repository and how long `a` may be in each, and what is found at which
    ({"1-0-0": 5, "1-0-1": 9, "1-1-0": 9}, []),
    ({"1-0-0": 5, "1-0-1": 4}, ["1-0-1: /self/version: a: maxLength 5 became 4 since 1-0-0: that is a new MODEL"]),
    ({"1-0-0": 5, "1-1-0": 4}, ["1-1-0: /self/version: a: maxLength 5 became 4 since 1-0-0: that is a new MODEL"]),
    ({"1-0-0": 5, "2-0-0": 4}, []),
    ({"1-0-0": 5, "1-0-2": 5}, ["1-0-2: /self/version: 1-0-1 is missing before it"]),
    ({"1-0-0": 5, "1-2-0": 5}, ["1-2-0: /self/version: 1-1-0 is missing before it"]),
    ({"2-0-0": 5, "2-0-1": 6}, ["2-0-0: /self/version: 1-0-0 is missing before it"]),
    ({"1-0-9": 5, "1-0-10": 4}, ["1-0-9: /self/version: 1-0-8 is missing", "1-0-10: /self/version: a: maxLength 5 became 4"]),
]  # fmt: skip


@pytest.mark.parametrize(("lengths", "expected"), VERSIONS)
def test_versions_beside_each_other(tmp_path, lengths, expected):
    for version, length in lengths.items():
        key = THING.replace("1-0-0", version)
        write_schema(tmp_path / "schemas", key, {"a": {**FINE["a"], "maxLength": length}}, ("a",))
    found = [
        str(one).removeprefix(f"{tmp_path}/schemas/com.acme/thing/jsonschema/")
        for one in lint_paths(tmp_path, strict=True)
    ]
    assert len(found) == len(expected)
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True)), found
    assert all("missing" not in str(one) for one in lint_paths(tmp_path))
    assert lint_paths(tmp_path, skip=frozenset({"schemaVer"})) == []


def test_a_closed_object_that_was_open_is_a_revision(tmp_path):
    inner = {"type": ["object", "null"], "additionalProperties": True, **D}
    write_schema(tmp_path, THING, {"o": inner})
    closed = {**inner, "additionalProperties": False, "properties": FINE, "required": ["a"]}
    write_schema(tmp_path, THING.replace("1-0-0", "1-0-1"), {"o": closed})
    [problem] = lint_paths(tmp_path)
    assert problem.rule == "schemaVer"
    assert "since 1-0-0: that is a new " in problem.what


def test_what_is_deep_inside_is_found(tmp_path):
    inner = {
        "type": "object",
        "properties": {"x": {"type": "string", **D}},
        "required": ["x"],
        "additionalProperties": False,
        **D,
    }
    path = write_schema(tmp_path, THING, {"list": {"type": "array", "items": inner, **D}}, ("list",))
    [problem] = lint_paths(path)
    assert problem.pointer == "/properties/list/items/properties/x"


def test_a_long_string_is_allowed_unless_lint_is_strict(tmp_path):
    path = write_schema(tmp_path, THING, {"p": {**STRING, "maxLength": 262144}})
    assert rules(path) == set()
    assert rules(path, strict=True) == {"stringMaxLengthRange"}


def test_skipping(tmp_path):
    path = write_schema(tmp_path, THING, {"p": {"type": "string"}})
    assert rules(path) == {"description", "stringLength", "optionalNull"}
    assert rules(path, skip=checks_to_skip(["description", "optionalNull"])) == {"stringLength"}
    with pytest.raises(LogsourceError, match=r"stringLenght is no check; these can be skipped: rootObject, "):
        checks_to_skip(["stringLenght"])
    with pytest.raises(
        LogsourceError, match="the check self cannot be skipped: registries and the pipeline find"
    ):
        checks_to_skip(["description", "self"])


def test_misplaced_files(tmp_path):
    assert "no schema found" in str(lint_paths(tmp_path)[0])
    path = tmp_path / "thing.json"
    path.write_text("{}")
    assert "not a place in an Iglu repository" in str(lint_paths(path)[0])
    moved = write_schema(tmp_path, THING, FINE).rename(tmp_path / "com.acme/thing/jsonschema/1-0-1")
    assert f"{moved}: /self: is" in str(lint_paths(tmp_path)[0])
    moved.write_text("{")
    assert str(lint_paths(tmp_path)[0]).startswith(f"{moved}: /: not a schema")


def test_the_schemas_that_we_ship_break_no_rule_but_the_one_of_long_strings():
    problems = [problem for root in builtin_roots() for problem in lint_paths(root, strict=True)]
    assert {problem.rule for problem in problems} == {"stringMaxLengthRange"}


def test_a_hostile_schema_does_not_break_lint(tmp_path):
    deep: dict = {"type": "string"}
    for _ in range(200):
        deep = {"type": "object", "properties": {"p": deep}}
    uri = parse_uri(THING)
    assert {one.rule for one in findings({"properties": {"p": deep}}, uri)} >= {
        "schemaUri",
        "self",
        "rootObject",
    }
    for odd in (
        {"properties": 5},
        {"items": "x"},
        {"required": "a"},
        {"type": 7},
        {"maxLength": "x"},
    ):
        assert "draft4" in {one.rule for one in findings({"type": "object", "properties": {"p": odd}}, uri)}


def test_the_command(tmp_path):
    path = write_schema(tmp_path / "schemas", THING, {"p": {"type": "string", "maxLength": 70000}})
    run = lambda *arguments: CliRunner().invoke(schemas, ["lint", *arguments, str(tmp_path)])
    done = run()
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f'{path}: /properties/p: is optional and cannot be null (add "null" to its type, or require it) [optionalNull]',
        f"{path}: /properties/p: has no description (say what it is and in which unit) [description]",
    ]
    assert done.stderr == "2 problems\n"
    assert run("--skip-checks", "description,optionalNull").exit_code == 0
    assert run("--skip-checks", "description", "--skip-checks", "optionalNull").exit_code == 0
    assert "stringMaxLengthRange" in run("--skip-checks", "description,optionalNull", "--strict").stdout
    wrong = run("--skip-checks", "draft4")
    assert isinstance(wrong.exception, LogsourceError)
