"""Base64 in every dialect, and nesting."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.web.collector.jsonfield import BadField, decode_base64, load, load_field, nesting

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.binary(), st.booleans(), st.booleans(), st.sampled_from(["", "\n", "\r\n", " "]))
def test_every_dialect_of_base64_is_decoded(data, url_safe, padded, gap):
    encoded = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    if not padded:
        encoded = encoded.rstrip("=")
    broken_into_lines = gap.join(encoded[at : at + 7] for at in range(0, len(encoded), 7))
    assert decode_base64(broken_into_lines) == data


@pytest.mark.parametrize("text", ["a", "abcde", "ab!d", "äöü="])
def test_what_is_not_base64(text):
    with pytest.raises(BadField, match="is not base64"):
        decode_base64(text)


@given(json_values)
def test_nesting_is_the_number_of_brackets_around_the_deepest_value(value):
    def slow(node):
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else None
        return 0 if children is None else 1 + max(map(slow, children), default=0)

    assert nesting(value) == slow(value)


@given(json_values)
def test_a_value_survives_either_encoding(value):
    text = orjson.dumps(value).decode()
    assert load_field("ue_pr", text) == value
    assert load_field("cx", base64.urlsafe_b64encode(text.encode()).decode()) == value


def test_brackets_inside_strings_are_not_nesting():
    assert load('{"a":"' + "[" * 100 + '"}') == {"a": "[" * 100}
    assert load("[" * 40 + "]" * 40) is not None
    with pytest.raises(BadField, match="nested 41 levels"):
        load("[" * 41 + "]" * 41)


@pytest.mark.parametrize("text", ["", "{", "NaN", "{'a':1}", '{"a":1}x', '"\\ud800"', "[" * 100_000])
def test_what_is_not_json(text):
    with pytest.raises(BadField):
        load(text)
