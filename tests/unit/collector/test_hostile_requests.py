"""Whatever comes in, the collector answers, counts and can show it."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.web.collector import inspect
from logsource.web.collector.micro import bad_event, good_event
from logsource.web.collector.protocol import KEYS
from tests.support.collecting import (
    CONTEXTS,
    JSON,
    PAYLOAD_DATA,
    THING,
    TP2,
    UNSTRUCT,
    USER,
    event,
    new_collector,
)


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"), keep=200)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["schema", "data", "name", "path"]) | st.text(max_size=5), inner, max_size=3
        )
    ),
    max_leaves=10,
)
keys = st.sampled_from([UNSTRUCT, CONTEXTS, THING, USER, "iglu:a/log_source/jsonschema/1-0-0", "x"])
described = st.recursive(
    anything,
    lambda inner: st.builds(
        lambda schema, data: {"schema": schema, "data": data}, keys, inner | st.lists(inner, max_size=3)
    ),
    max_leaves=4,
)
jsons = described.map(lambda value: orjson.dumps(value).decode())
params = st.dictionaries(
    st.sampled_from(sorted(KEYS)), st.text(max_size=30) | st.integers().map(str), max_size=6
).flatmap(lambda some: st.builds(lambda ue, co: {**event(), **some, "ue_pr": ue, "co": co}, jsons, jsons))


def all_shown(collector):
    """Every kept event can be turned into each form in which it is shown; each of them is JSON."""
    for kept in collector.good():
        orjson.dumps(good_event(kept))
        orjson.dumps(inspect.detail(kept))
    for kept in collector.bad():
        assert kept.verdict.reasons
        assert all(reason.strip() for reason in kept.verdict.reasons)
        orjson.dumps(bad_event(kept))
        orjson.dumps(inspect.detail(kept))


def accepted(collector, body, *, events, content_type=JSON):
    collector.reset()
    assert collector.accept_post(TP2, content_type, body, {}).status == 200
    summary = collector.summary()
    assert summary.good + summary.bad == events
    assert summary.unique + summary.duplicates == summary.good
    all_shown(collector)


@given(st.binary(max_size=200), st.none() | st.text(max_size=20) | st.just(JSON))
def test_any_bytes(collector, body, content_type):
    accepted(collector, body, events=1, content_type=content_type)


@given(anything)
def test_any_json(collector, value):
    accepted(collector, orjson.dumps(value), events=1)


@given(st.lists(anything, min_size=1, max_size=4))
def test_any_events(collector, events):
    accepted(collector, orjson.dumps({"schema": PAYLOAD_DATA, "data": events}), events=len(events))


@given(st.lists(params, min_size=1, max_size=4))
@settings(max_examples=300)
def test_events_with_any_fields(collector, events):
    accepted(collector, orjson.dumps({"schema": PAYLOAD_DATA, "data": events}), events=len(events))


@given(
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(["cookie", "sp-anonymous", "host"]), st.text(max_size=20)),
)
def test_any_query(collector, query, headers):
    collector.reset()
    assert collector.accept_get(query, headers).status == 200
    assert sum(collector.summary()[:2]) == 1
    all_shown(collector)
