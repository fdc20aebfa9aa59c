"""Invariant: a record whose form is known becomes what the definition makes of it, and is refused where it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.model import Line, Record, Reject
from logsource.parse.engines import JsonEngine
from logsource.parse.fields import BadValueError
from logsource.parse.recordplan import MAX_FORMS, RecordPlans
from logsource.parse.shape import read_shape
from logsource.parse.structured import Member, StatedTime, StructuredParser
from logsource.parse.timestamps import compile_timestamp

URI = "iglu:com.acme/x/jsonschema/1-0-0"
KINDS = [
    {"type": ["string", "null"], "maxLength": 3},
    {"type": ["string", "null"], "maxLength": 40},
    {"type": ["string", "null"]},
    {"type": ["string", "null"], "enum": ["abc", "-", "7", "longer", None]},
    {"type": ["string", "null"], "enum": ["abc", "longer", None], "maxLength": 4},
    {"type": ["integer", "null"], "minimum": 0, "maximum": 99},
    {"type": ["integer", "null"]},
    {"type": ["number", "null"], "minimum": -1, "maximum": 10.5},
    {"type": ["number", "null"]},
    {"type": ["boolean", "null"]},
    {"type": ["array", "null"], "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
    {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0}},
    {"type": ["object", "null"], "additionalProperties": True},
]
SOURCES = [
    ("a",),
    ("b",),
    ("c",),
    ("o", "a"),
    ("o", "b"),
    ("o", "p", "a"),
    ("o", "p", "q", "a"),
    ("o",),
    ("a", "x"),
]
TEXTS = [
    "",
    "-",
    "a",
    "abc",
    "abcd",
    "longer",
    "7",
    "07",
    "-7",
    "+7",
    "٧",
    "1" * 19,
    "9" * 18,
    "1.5",
    "true",
    " a \n",
    "\0",
]
scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, 7, 99, 100, -1, 10**18 - 1, 10**18, 0.5, -0.0, 10.5, 11.0, 1e300]),
    st.sampled_from(TEXTS),
)
deep = st.integers(25, 40).map(lambda levels: json.loads("[" * levels + "]" * levels))
free = st.one_of(
    scalar, st.lists(scalar, max_size=3), deep, st.dictionaries(st.sampled_from("abx"), scalar, max_size=2)
)
record = st.fixed_dictionaries(
    {},
    optional={
        "a": free,
        "b": free,
        "c": scalar,
        "t": st.sampled_from([1_700_000_000_000, "1700000000000", "soon", None]),
        "o": st.one_of(
            free,
            st.fixed_dictionaries(
                {},
                optional={
                    "a": scalar,
                    "b": free,
                    "p": st.one_of(
                        scalar,
                        st.fixed_dictionaries(
                            {},
                            optional={
                                "a": scalar,
                                "q": st.fixed_dictionaries({}, optional={"a": free, "z": scalar}),
                            },
                        ),
                    ),
                },
            ),
        ),
        "o.a": scalar,
        "o.p.a": free,
        "a.x": scalar,
        "more": free,
    },
)


@st.composite
def parsers(draw):
    chosen = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=6, unique=True))
    properties, members, required = {}, [], []
    for number in range(len(chosen)):
        properties[f"f{number}"] = {"description": "x", **draw(st.sampled_from(KINDS))}
        if draw(st.integers(0, 3)) == 0:
            required.append(f"f{number}")
    properties["rest"] = {"type": ["object", "null"], "additionalProperties": True, "description": "x"}
    rest = draw(st.sampled_from([None, "rest", "rest", "required"]))
    if rest == "required":
        required.append("rest")
    rules = read_shape(URI, {"type": "object", "properties": properties, "required": required}).rules
    for number, source in enumerate(chosen):
        nulls = frozenset(draw(st.sets(st.sampled_from(["", "-", "7", "abcd"]), max_size=2)))
        members.append(Member(rules[f"f{number}"], source, nulls, strip=draw(st.integers(0, 3)) == 0))
    reader = compile_timestamp(["epoch_ms"])
    time = draw(
        st.sampled_from([None, StatedTime(("t",), reader), StatedTime(("o", "b"), reader, keep=True)])
    )
    rule = None if rest is None else rules["rest"]
    parser = StructuredParser("x", JsonEngine(), members, URI, timestamp=time, rest=rule)
    hidden = [time.source] if time is not None and not time.keep else []
    shown = [member for member in members if member.source not in hidden]
    # also where a plan is right but no faster
    parser.plans = RecordPlans(shown, hidden=hidden, remainder=parser._remainder, rest=rule)
    return parser


def planned(parser: StructuredParser, text: str):
    """What a plan makes of a record; None when there is none, or it leaves the record to the definition."""
    found = parser.plans.find(json.loads(text), len(text))
    return None if found is None else found[0].data(found[1], text)


@settings(max_examples=300, deadline=None)
@given(parsers(), st.lists(record, min_size=1, max_size=5))
def test_a_plan_gives_what_the_definition_gives(parser, records):
    for fields in records * 3:  # a form has a plan from its third record on
        text = json.dumps(fields)
        found = planned(parser, text)
        try:
            expected = parser._data(json.loads(text))
        except BadValueError:
            expected = None
        assert found is None or json.dumps(found) == json.dumps(expected)  # the order counts


@settings(max_examples=150, deadline=None)
@given(parsers(), st.lists(record, min_size=1, max_size=4))
def test_what_a_parser_says_does_not_depend_on_what_it_has_seen(parser, records):
    lines = [Line(text=json.dumps(fields), offset=0, reference_ms=1_800_000_000_000) for fields in records]
    first = [parser.parse(line) for line in lines]
    for _ in range(3):
        again = [parser.parse(line) for line in lines]
        for one, other in zip(first, again, strict=True):
            assert type(one) is type(other)
            if isinstance(one, Record):
                assert json.dumps(one.data) == json.dumps(other.data)
                assert one.timestamp_ms == other.timestamp_ms
            else:
                assert one == other


def a_parser(**options) -> StructuredParser:
    shape = read_shape(
        URI,
        {
            "type": "object",
            "properties": {
                "level": {"type": "string", "maxLength": 8, "description": "x"},
                "host": {"type": ["string", "null"], "maxLength": 4096, "description": "x"},
                "rest": {"type": ["object", "null"], "additionalProperties": True, "description": "x"},
            },
            "required": ["level"],
        },
    )
    members = [Member(shape.rules["level"], ("level",)), Member(shape.rules["host"], ("request", "host"))]
    return StructuredParser("x", JsonEngine(), members, URI, rest=shape.rules["rest"], **options)


def test_every_day_records_have_a_plan():
    parser = a_parser()
    text = json.dumps({"level": "info", "request": {"host": "h", "headers": {}}, "status": 200})
    expected = {"level": "info", "host": "h", "rest": {"request": {"headers": {}}, "status": 200}}
    assert [planned(parser, text) for _ in range(4)] == [None, expected, expected, expected]


def test_an_object_that_held_nothing_but_fields_goes_with_them():
    parser = a_parser()
    text = json.dumps({"level": "info", "request": {"host": "h"}})
    assert [planned(parser, text) for _ in range(3)][1:] == [{"level": "info", "host": "h"}] * 2


def test_a_record_without_a_required_field_is_refused_each_time():
    parser = a_parser()
    for _ in range(4):
        result = parser.parse(Line(text='{"request": {"host": "h"}}', offset=0))
        assert isinstance(result, Reject)
        assert "level" in result.detail


def test_forms_without_end_do_not_fill_the_memory():
    parser = a_parser()
    for number in range(3 * MAX_FORMS):
        for value in ("info", None):
            line = Line(text=json.dumps({"level": "info", f"member{number}": value, "n": number}), offset=0)
            assert isinstance(parser.parse(line), Record)
    assert len(parser.plans._plans) <= MAX_FORMS
    assert len(parser.plans._seen) <= MAX_FORMS


@pytest.mark.parametrize("more", [{"x" * 20_000: 1}, {f"x{number}": 1 for number in range(201)}])
def test_very_long_records_have_no_plan(more):
    parser = a_parser()
    text = json.dumps({"level": "info", **more})
    assert [planned(parser, text) for _ in range(3)] == [None, None, None]
    assert parser.parse(Line(text=text, offset=0)).data["rest"] == more
