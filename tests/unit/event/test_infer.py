"""Schemas from records: right for the records, good by the lint rules, with room for more."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.event.evolve import Bump, bump_of, changes
from logsource.event.grow import grown
from logsource.event.iglu import IgluUri
from logsource.event.infer import Rules, infer_schema, look_at, schema_of
from logsource.event.lint import findings
from logsource.event.validate import CompiledSchema

URI = IgluUri("com.acme", "shop", "jsonschema", 1, 0, 0)


def infer(records, **rules) -> dict:
    return infer_schema(
        records,
        URI,
        description="One order.",
        describe=lambda path: f"{'.'.join(path)}.",
        rules=Rules(**rules),
    )


def member(records, name, **rules) -> dict:
    return {
        key: value
        for key, value in infer(records, **rules)["properties"][name].items()
        if key != "description"
    }


def test_scalars():
    records = [{"n": 1, "f": 1.5, "yes": True, "text": "some words"}]
    assert member(records, "n") == {"type": "integer", "minimum": 0, "maximum": 2147483647}
    assert member(records, "f") == {"type": "number", "minimum": 0, "maximum": 1e15}
    assert member(records, "yes") == {"type": "boolean"}
    assert member(records, "text") == {"type": "string", "maxLength": 32}


def test_large_and_negative_numbers():
    assert member([{"n": -5}], "n")["minimum"] == -(2**31)
    assert member([{"n": 3_000_000_000}], "n")["maximum"] == 2**63 - 1
    assert member([{"n": 1}, {"n": 2.5}], "n")["type"] == "number"


def test_what_is_missing_somewhere_may_be_null():
    schema = infer([{"a": 1, "b": "x"}, {"a": 2, "b": None}, {"a": 3}])
    assert schema["required"] == ["a"]
    assert schema["properties"]["b"]["type"] == ["string", "null"]


def test_few_values_that_come_often_are_a_list():
    records = [{"state": word, "user": word} for word in ["open", "closed"] * 30]
    assert member(records, "state") == {"type": "string", "enum": ["closed", "open"]}
    assert "enum" not in member(records, "user")  # there are always more users
    assert "enum" not in member(records[:40], "state")  # too few records to tell
    assert "enum" not in member([*records, {"state": "late", "user": "x"}], "state")  # seen once


def test_an_optional_list_of_values_has_null_in_it():
    records = [{"state": word, "n": 1} for word in ["open", "closed"] * 30] + [{"n": 1}]
    assert member(records, "state") == {"type": ["string", "null"], "enum": ["closed", "open", None]}


def test_levels_that_were_not_seen_are_allowed_too():
    assert {"INFO", "ERROR", "DEBUG", "WARN"} <= set(member([{"level": "INFO"}], "level")["enum"])


def test_formats_only_where_all_have_them():
    records = [
        {"ip": "10.0.0.1", "at": "2026-01-02T03:04:05Z"},
        {"ip": "10.0.0.2", "at": "2026-01-02T03:04:05.1+01:00"},
    ]
    assert member(records, "ip")["format"] == "ipv4"
    assert member(records, "at")["format"] == "date-time"
    assert "format" not in member([*records, {"ip": "gate", "at": "now"}], "ip")
    assert "format" not in member(records, "ip", formats=False)


def test_values_of_two_types():
    records = [{"x": 1}, {"x": "one"}]
    assert member(records, "x")["type"] == ["integer", "string"]
    assert member(records, "x", unions=False) == {"type": "string", "maxLength": 65535}


def test_objects_lists_and_maps():
    schema = infer(
        [{"who": {"id": 1}, "tags": ["a", "b"], "free": {}, "map": {f"k{n}": n for n in range(80)}}]
    )
    who = schema["properties"]["who"]
    assert (who["required"], who["additionalProperties"]) == (["id"], False)
    assert schema["properties"]["tags"]["items"]["type"] == "string"
    assert schema["properties"]["free"]["additionalProperties"] is True
    assert schema["properties"]["map"]["additionalProperties"] is True


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(-1e300, 1e300)
    | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1, max_size=4), min_size=1, max_size=8
)


@settings(max_examples=150, deadline=None)
@given(RECORDS)
@example([{"a": [[], "EMERGENCY"]}])
def test_every_record_is_valid_against_the_schema_made_of_it(records):
    schema = infer(records)
    compiled = CompiledSchema(schema)
    kept = [{name: value for name, value in record.items() if value is not None} for record in records]
    assert [problem for record in kept for problem in compiled.problems(_without_nulls(record))] == []
    assert list(findings(schema, URI)) == []


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS)
@example([{"d": {"": False}}], [{"d": {}}])
def test_a_grown_schema_takes_the_new_records_and_an_addition_takes_the_old_ones_too(first, second):
    first, second = ([{**_without_nulls(one), "always": 1} for one in records] for records in (first, second))
    old, seen = infer(first), look_at(second)
    inferred = schema_of(seen, URI, description="One order.", describe=lambda path: f"{'.'.join(path)}.")
    new = grown(old, seen, inferred)
    compiled = CompiledSchema(new)
    assert [problem for record in second for problem in compiled.problems(record)] == []
    assert list(findings(new, URI)) == []
    if bump_of(changes(old, new)) <= Bump.ADDITION:
        assert [problem for record in first for problem in compiled.problems(record)] == []


def _without_nulls(value):
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(one) for one in value if one is not None] if isinstance(value, list) else value
