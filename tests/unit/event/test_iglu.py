"""Iglu keys and self-describing JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.event.iglu import IgluUri, parse_uri, self_describing_problem

names = st.text("abcXYZ019-_", min_size=1, max_size=12)
vendors = st.lists(names, min_size=1, max_size=4).map(".".join)
numbers = st.integers(0, 99)


@given(vendors, names, names, st.integers(1, 99), numbers, numbers)
def test_a_key_reads_back_as_it_is_written(vendor, name, form, model, revision, addition):
    uri = IgluUri(vendor, name, form, model, revision, addition)
    assert parse_uri(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "iglu:",
        "com.acme/thing/jsonschema/1-0-0",
        "iglu:com.acme/thing/jsonschema",
        "iglu:com.acme/thing/jsonschema/1-0",
        "iglu:com.acme/thing/jsonschema/0-1-0",
        "iglu:com.acme/thing/jsonschema/01-0-0",
        "iglu:com.acme/thing/jsonschema/1-00-0",
        "iglu:com.acme/thing/jsonschema/1-0-0 ",
        "iglu:com.acme/thing/jsonschema/1-0-0\n",
        "iglu:com.acme/th.ing/jsonschema/1-0-0",
        "iglu:com acme/thing/jsonschema/1-0-0",
        "iglu:../thing/jsonschema/1-0-0",
        "iglu:com..acme/thing/jsonschema/1-0-0",
        "iglu:.ssh/thing/jsonschema/1-0-0",
    ],
)
def test_what_is_not_a_key(text):
    assert parse_uri(text) is None


def test_versions_sort_by_number():
    keys = [parse_uri(f"iglu:a/b/jsonschema/{version}") for version in ("1-0-10", "2-0-0", "1-0-9", "1-1-0")]
    assert [key.version for key in sorted(keys)] == ["1-0-9", "1-0-10", "1-1-0", "2-0-0"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"schema": "iglu:a/b/c/1-0-0", "data": None}, None),
        (None, "must be an object with schema and data, not null"),
        (True, "must be an object with schema and data, not a boolean"),
        (1.5, "must be an object with schema and data, not a number"),
        ({}, "lacks data and schema"),
        (
            {"schema": "iglu:a/b/c/1-0-0", "data": 1, "hierarchy": 1},
            "has more than schema and data: hierarchy",
        ),
        ({"schema": 7, "data": 1}, "schema is not an Iglu key (iglu:vendor/name/jsonschema/1-0-0): '7'"),
    ],
)
def test_self_describing(value, problem):
    assert self_describing_problem(value) == problem
