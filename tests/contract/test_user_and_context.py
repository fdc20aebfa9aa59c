"""Who the user was, and what every event of a source carries: fields, constants, derived session ids, entities."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.agent.renderers import build_renderers
from logsource.config.model import Config
from logsource.render.members import derived
from tests.support.collecting import THING, USER, new_collector
from tests.support.rendering import chunk_of, events_of, judged, renderer

PATHS = pytest.mark.parametrize("columns", [True, False], ids=["columns", "rows"])
PARSERS = {"app": {"regex": r"(?P<user>\S*) (?P<session>\S*) (?P<text>.*)"}}
SID = "F0A1B2C3-D4E5-4F60-8A7B-9C0D1E2F3A4B"


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


@PATHS
def test_constants_beside_fields(collector, columns):
    user = {
        "uid": {"field": "fields.user"},
        "duid": {"value": "gate-7"},
        "sid": {"value": SID},
        "vid": {"value": 3},
        "lang": {"value": "de"},
        "page": "fields.text",
    }
    rendered = renderer("app", parsers=PARSERS, user=user, columns=columns).render(
        chunk_of(["ann s1 hello", " - "])
    )
    assert judged(collector, rendered) == []
    first, second = events_of(rendered)
    constants = {"duid": "gate-7", "sid": SID.lower(), "vid": "3", "lang": "de"}
    assert {key: first[key] for key in (*constants, "uid", "page")} == {
        **constants,
        "uid": "ann",
        "page": "hello",
    }
    assert {key: second.get(key) for key in constants} == constants
    assert "uid" not in second


@PATHS
def test_constants_in_page_views_and_structured_events(collector, columns):
    line = '203.0.113.7 - - [14/Nov/2023:22:13:10 +0000] "GET /a HTTP/1.1" 200 12 "-" "x"'
    user = {"tnuid": {"value": "shop"}, "ua": {"value": "edge"}}
    kinds = [
        {"event": "page_view", "page_view": {"host": "a.example"}},
        {"event": "struct", "struct": {"category": "http", "action": {"field": "method"}, "value": 1.5}},
        {},
    ]
    for kind, name in zip(kinds, ("pv", "se", "ue"), strict=True):
        rendered = renderer(columns=columns, user=user, **kind).render(chunk_of([line]))
        assert judged(collector, rendered) == []
        [event] = events_of(rendered)
        assert (event["e"], event["tnuid"], event["ua"]) == (name, "shop", "edge")


@PATHS
def test_session_ids_of_another_form_become_uuids_always_the_same(collector, columns):
    user = {"sid": {"field": "fields.session", "derive": "uuid"}}
    lines = ["ann 8c6976e5b5410415 x", "bob 8c6976e5b5410415 y", f"eve {SID} z", "nobody  z", "ann other z"]
    rendered = renderer("app", parsers=PARSERS, user=user, columns=columns).render(chunk_of(lines))
    assert judged(collector, rendered) == []
    sids = [event.get("sid") for event in events_of(rendered)]
    assert sids[0] == sids[1] == DERIVED
    assert sids[2] == SID.lower()
    assert sids[3] is None
    assert sids[4] not in {sids[0], sids[2], None}


def test_a_derived_id_never_changes():
    """Whoever changes the namespace gives every session of everybody another id."""
    assert derived("8c6976e5b5410415") == DERIVED
    assert derived(12) == derived("12")
    assert derived("") is derived(None) is None


DERIVED = str(uuid.uuid5(uuid.UUID("6f2e9a0e-52d1-5b0c-9a63-0a9e0f4a7c11"), "8c6976e5b5410415"))


@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=20), min_size=1, max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_both_paths_derive_the_same_from_whatever_stands_there(texts):
    user = {
        "sid": {"field": "fields.session", "derive": "uuid"},
        "uid": {"value": "c"},
        "lang": "fields.user",
    }
    lines = [f"u {text} t" for text in texts]
    fast, slow = (
        renderer("app", parsers=PARSERS, user=user, columns=columns).render(chunk_of(lines)).events
        for columns in (True, False)
    )
    assert fast == slow


def test_every_event_of_a_source_carries_its_entities(collector):
    context = {THING: {"name": "till 4", "size": 3}, USER: {"type": "robot"}}
    parsers = {"app": {"regex": r"user=(?P<user>\w+)"}}
    lines = ["user=ann", "nothing that matches", "user=bob"]
    config = Config.model_validate(
        {
            "agent": {"name": "web-1"},
            "collector": {"url": "http://127.0.0.1"},
            "parsers": parsers,
            "sources": [
                {"name": "web", "paths": ["/var/log/web.log"], "parser": "app", "context": context},
                {"name": "other", "paths": ["/var/log/other.log"]},
            ],
        }
    )
    renderers = build_renderers(config)
    made = renderers["web"].render(chunk_of(lines))
    assert judged(collector, made) == []
    for event in events_of(made):
        assert event["entities"]["log_source"]["host"] == "web-1"
        assert event["entities"]["log_source"]["source"] == "web"
        assert event["entities"]["log_source"]["path"] == "/var/log/web.log"
        assert event["entities"]["thing"] == context[THING]
        assert event["entities"]["user"] == context[USER]
    [plain] = events_of(renderers["other"].render(chunk_of(["x"])))
    assert plain["entities"].keys() == {"log_source"}


def config_with(**agent):
    return Config.model_validate(
        {
            "agent": {"name": "web1", **agent},
            "collector": {"url": "http://127.0.0.1"},
            "sources": [{"name": "web", "paths": ["/var/log/web.log"], "context": {THING: {"name": "a"}}}],
        }
    )


def test_the_host_goes_along_when_it_is_wanted(collector):
    line = chunk_of(["hello"])
    bare = build_renderers(config_with())["web"].render(line)
    labels = {"role": "web", "dc": "eu-1"}
    told = build_renderers(config_with(host_entity=True, labels=labels))["web"].render(line)
    (before,), (after,) = events_of(bare), events_of(told)
    host = after["entities"].pop("host")
    assert host["name"] == "web1"
    assert host["labels"] == [{"name": "dc", "value": "eu-1"}, {"name": "role", "value": "web"}]
    assert set(host) == {"name", "os", "arch", "labels"}
    assert after["entities"] == before["entities"]
    assert judged(collector, told) == judged(collector, bare) == []
