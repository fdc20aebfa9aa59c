"""Members of structured records become fields, and the rest stays together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.model import Line, Record, Reject
from logsource.parse.engines import JsonEngine
from logsource.parse.fields import BadValueError
from logsource.parse.members import Remainder, convert, look_up, without
from logsource.parse.shape import read_shape
from logsource.parse.structured import Member, StatedTime, StructuredParser
from logsource.parse.timestamps import compile_timestamp

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": ["string", "null"], "maxLength": 5, "description": "t"},
        "word": {"enum": ["a", "b", None], "type": ["string", "null"], "description": "w"},
        "count": {"type": ["integer", "null"], "minimum": 0, "maximum": 10, "description": "c"},
        "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "s"},
        "yes": {"type": ["boolean", "null"], "description": "y"},
        "tags": {"type": ["array", "null"], "maxItems": 2, "items": {"type": "string", "maxLength": 3}, "description": "t"},
        "free": {"type": ["object", "null"], "additionalProperties": True, "description": "f"},
        "who": {
            "type": ["object", "null"],
            "description": "w",
            "properties": {"name": {"type": ["string", "null"], "maxLength": 9, "description": "n"}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}  # fmt: skip
SHAPE = read_shape("iglu:com.acme/x/jsonschema/1-0-0", SCHEMA)


def test_rules_come_from_the_schema():
    assert list(SHAPE.rules) == ["text", "word", "count", "share", "yes", "tags", "free", "who.name"]
    assert SHAPE.rules["word"].enum == {"a", "b"}
    assert SHAPE.rules["count"].maximum == 10
    assert SHAPE.unpromised == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": {"type": "string", "format": "ipv4"}}, "text: format"),
        ({"text": {"type": "string", "minLength": 2}}, "text: minLength"),
        ({"text": {"type": ["string", "integer"]}}, "text: type"),
        ({"count": {"type": "integer", "multipleOf": 2}}, "count: multipleOf"),
        ({"count": {"type": "integer", "enum": [1, 2]}}, "count: enum"),
        (
            {"free": {"type": "object", "additionalProperties": {"type": "string"}}},
            "free: additionalProperties",
        ),
        ({"tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}, "tags: uniqueItems"),
        ({"who": {**SCHEMA["properties"]["who"], "required": ["name"]}}, "who: required"),
    ],
)
def test_what_a_list_of_fields_cannot_promise_is_named(change, named):
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], **change}}
    assert read_shape("iglu:com.acme/x/jsonschema/1-0-0", schema).unpromised == (named,)


def test_constraints_between_fields_are_named():
    assert read_shape("iglu:a/b/jsonschema/1-0-0", {**SCHEMA, "minProperties": 1}).unpromised == (
        "(root): minProperties",
    )


@pytest.mark.parametrize(
    ("label", "value", "expected"),
    [
        ("text", "abcdefg", "abcde"),
        ("text", 5, "5"),
        ("text", 5.0, "5"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("text", {"a": 1}, '{"a":'),
        ("text", None, None),
        ("count", 7, 7),
        ("count", "7", 7),
        ("count", 7.0, 7),
        ("share", 0.5, 0.5),
        ("share", 1, 1.0),
        ("yes", False, False),
        ("yes", "TRUE", True),
        ("tags", ["abcd", 1, None], ["abc", "1"]),
        ("tags", "abcd", ["abc"]),
        ("tags", [], []),
        ("free", {"a": [1]}, {"a": [1]}),
    ],
)
def test_values_are_made_what_the_schema_wants(label, value, expected):
    assert convert(SHAPE.rules[label], value, frozenset()) == expected


@pytest.mark.parametrize(
    ("label", "value"),
    [("word", "c"), ("count", 11), ("count", -1), ("count", 1.5), ("count", "x"), ("count", 10**17), ("share", 2), ("yes", 1), ("free", [1])],
)  # fmt: skip
def test_values_that_are_no_such_thing(label, value):
    with pytest.raises(BadValueError, match=f"^{label}: "):
        convert(SHAPE.rules[label], value, frozenset())


def test_dotted_names_that_stand_as_they_are_win():
    assert look_up({"a.b": 1, "a": {"b": 2}}, ("a", "b")) == 1
    assert look_up({"a": {"b": 2}}, ("a", "b")) == 2
    assert look_up({"a": 5}, ("a", "b")) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map(tuple), max_size=4, unique=True
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), JSON, max_size=4), PATHS)
def test_the_remainder_in_one_pass_is_what_is_left_after_each_removal(fields, paths):
    prefixes = {path[:length] for path in paths for length in range(1, len(path))}
    paths = [path for path in paths if path not in prefixes]
    before = repr(fields)
    assert Remainder(paths).of(fields) == without(fields, paths)
    assert repr(fields) == before, "the record itself is not changed"


def parser(**options) -> StructuredParser:
    members = [
        Member(rule, rule.path, strip=rule.label == "text")
        for rule in SHAPE.rules.values()
        if rule.label != "free"
    ]
    return StructuredParser("x", JsonEngine(), members, SHAPE.uri, **options)


def parse(text: str, **options):
    return parser(**options).parse(Line(text=text, offset=0, reference_ms=0))


def test_the_rest_stays_together():
    rest = SHAPE.rules["free"]
    result = parse('{"text": "a \\n", "who": {"name": "x", "age": 3}, "more": [1]}', rest=rest)
    assert result == Record(
        SHAPE.uri, {"text": "a", "who": {"name": "x"}, "free": {"who": {"age": 3}, "more": [1]}}, None
    )
    assert parse('{"text": "a"}', rest=rest).data == {"text": "a"}
    assert parse('{"text": "a", "more": 1}').data == {"text": "a"}


def test_a_rest_that_is_nested_too_deeply():
    deep = '{"more": ' + "[" * 40 + "]" * 40 + "}"
    assert parse(deep, rest=SHAPE.rules["free"]).reason == "bad_value"


def test_the_time_of_a_record():
    reader = compile_timestamp(["epoch_ms"])
    time = StatedTime(("t", "$date"), reader)
    assert parse('{"t": {"$date": 1700000000000}}', timestamp=time).timestamp_ms == 1_700_000_000_000
    assert parse('{"text": "x"}', timestamp=time).timestamp_ms is None
    required = StatedTime(("t",), reader, required=True)
    assert parse('{"text": "x"}', timestamp=required) == Reject("bad_timestamp", "t: the record has none")
    assert parse('{"t": "soon"}', timestamp=required).reason == "bad_timestamp"


VALUES = JSON | st.sampled_from(
    ["abcdef", "a", "-", "7", "0.5", "true", 11, 10, 0, -1, 10**17, 0.5, 2.0, True]
)


@settings(deadline=None)
@given(st.sampled_from(list(SHAPE.rules)), VALUES, st.sets(st.sampled_from(["-", "a", ""])))
def test_shortcuts_give_what_conversion_gives(label, value, nulls):
    rule, nulls = SHAPE.rules[label], frozenset(nulls)
    taking = StructuredParser("x", FixedEngine({"it": value}), [Member(rule, ("it",), nulls)], SHAPE.uri)
    result = taking.parse(Line(text="", offset=0))
    try:
        expected = convert(rule, value, nulls)
    except BadValueError as caught:
        error = str(caught)
    else:
        assert isinstance(result, Record)
        assert look_up(result.data, rule.path) == expected
        assert type(look_up(result.data, rule.path)) is type(expected)
        return
    assert result == Reject("bad_value", error)


class FixedEngine:
    """Gives the same members for every record."""

    def __init__(self, fields: dict) -> None:
        self._fields = fields

    def fields(self, text: str) -> dict:
        return dict(self._fields)


def test_a_number_of_json_may_have_any_number_of_digits():
    share = SHAPE.rules["share"]
    assert convert(share, 0.0028261913904479297, frozenset()) == 0.0028261913904479297
    with pytest.raises(BadValueError, match=r"outside \[0, 1\]"):
        convert(share, 1.0000000000000002, frozenset())
