"""Whatever stands on a line is an event that the collector calls good, or is told to be none; never anything else."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.emit.split import join
from logsource.errors import EventInvalid
from logsource.tracker import Subject
from logsource.tracker.build import Common
from logsource.tracker.lines import ABOUT, KINDS, event_of
from tests.support.collecting import JSON, THING, TP2, USER, new_collector, reasons
from tests.support.tracked import builder_of

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.just("https://example.com/"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = [one.name for one in fields(Subject)]
ENTITY = st.fixed_dictionaries({"schema": st.just(USER) | ANY, "data": st.just({"type": "t"}) | ANY})
LINES = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(list(KINDS)) | ANY,
        **{one.name: ANY for kind in KINDS.values() for one in fields(kind)},
        "schema": st.just(THING) | ANY,
        "data": st.just({"name": "n"}) | ANY,
        **dict.fromkeys(ABOUT, ANY),
        "entities": st.lists(ENTITY, max_size=2) | ANY,
        "subject": st.dictionaries(st.sampled_from(NAMES), ANY, max_size=4) | ANY,
        "true_timestamp": st.datetimes().map(lambda at: at.isoformat() + "Z") | ANY,
    },
)
LIKELY = st.one_of(
    st.builds(
        lambda kind, values, more: {
            "event": kind,
            **{one.name: values[at] for at, one in enumerate(fields(KINDS[kind]))},
            **more,
        },
        st.sampled_from(list(KINDS)),
        st.lists(st.text(min_size=1, max_size=9) | st.none() | ANY, min_size=8, max_size=8),
        st.fixed_dictionaries(
            {}, optional={"subject": st.dictionaries(st.sampled_from(NAMES), ANY, max_size=2)}
        ),
    ),
    LINES,
)


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    return builder_of(tmp_path_factory.mktemp("acme"), common=Common(unknown_schemas="refuse"))


@given(line=LIKELY | ANY)
def test_good_or_told(builder, collector, line):
    try:
        built = builder.build(event_of(line))
    except EventInvalid as error:
        said = error.problems
    else:
        collector.reset()
        collector.accept_post(TP2, JSON, join([built.text]).body, {})
        assert (reasons(collector), len(collector.good())) == ([], 1)
        return
    assert said
    assert all(": " in problem for problem in said)
