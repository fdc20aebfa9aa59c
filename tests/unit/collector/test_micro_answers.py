"""The shapes of Micro's answers, and the canonical event inside them."""

from __future__ import annotations

import json

import pytest

from logsource.web.collector import micro
from logsource.web.collector.micro import BadFilter, bad_events, good_events, parse_filters
from tests.support.collecting import (
    CONTEXTS,
    JSON,
    THING,
    TP2,
    UNSTRUCT,
    USER,
    b64,
    contexts,
    event,
    new_collector,
    payload,
    post,
    sdj,
    text,
    unstruct,
)

HEADERS = {"host": "localhost:9090", "user-agent": "agent/1", "referer": "http://r.com/"}


def only_event(collector):
    [found] = good_events(collector.good(), {})
    return found


def test_a_good_event(tmp_path):
    collector = new_collector(tmp_path)
    sent = event(cx=b64(contexts(sdj(USER, {"type": "t"}))), aid="shop", ttm="1443452850000")
    collector.accept_post(TP2, JSON, payload(sent), HEADERS, address="203.0.113.9")
    found = only_event(collector)
    assert set(found) == {"rawEvent", "eventType", "schema", "contexts", "event"}
    assert (found["eventType"], found["schema"], found["contexts"]) == ("unstruct", THING, [USER])
    raw = found["rawEvent"]
    assert raw["api"] == {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"}
    assert raw["parameters"] == sent
    assert raw["contentType"] == JSON
    assert raw["source"]["hostname"] == "localhost"
    assert raw["context"]["ipAddress"] == "203.0.113.9"
    assert "user-agent: agent/1" in raw["context"]["headers"]
    canonical = found["event"]
    assert len(canonical) == 131
    assert canonical["unstruct_event"] == unstruct()
    assert canonical["contexts"] == contexts(sdj(USER, {"type": "t"}))
    assert canonical["derived_contexts"] == {}
    assert canonical["app_id"] == "shop"
    assert canonical["user_ipaddress"] == "203.0.113.9"
    assert canonical["useragent"] == "agent/1"
    assert canonical["collector_tstamp"] == "2023-11-14T22:13:20.000Z"
    assert canonical["true_tstamp"] == canonical["derived_tstamp"] == "2015-09-28T15:07:30.000Z"
    assert (canonical["event_vendor"], canonical["event_version"]) == ("com.acme", "1-0-0")
    assert canonical["mkt_medium"] is None


FIELDS = [
    ({"url": "https://a.com/p?q=1#f"}, {"page_urlscheme": "https", "page_urlhost": "a.com", "page_urlport": 443,
      "page_urlpath": "/p", "page_urlquery": "q=1", "page_urlfragment": "f", "page_url": "https://a.com/p?q=1#f"}),
    ({"refr": "http://b.com/"}, {"page_referrer": "http://b.com/", "refr_urlhost": "b.com", "refr_urlport": 80}),
    ({"res": "10x20", "vp": "1x2", "ds": "3x4"}, {"dvce_screenwidth": 10, "dvce_screenheight": 20, "br_viewwidth": 1,
      "br_viewheight": 2, "doc_width": 3, "doc_height": 4}),
    ({"se_va": "1e2", "vid": "3", "f_pdf": "1", "cookie": "0"}, {"se_value": 100.0, "domain_sessionidx": 3,
      "br_features_pdf": True, "br_cookies": False}),
    ({"se_va": "null", "vid": "null"}, {"se_value": None, "domain_sessionidx": None}),
    ({"ip": "1.2.3.4, 5.6.7.8"}, {"user_ipaddress": "1.2.3.4"}),
    ({"nuid": "a", "tnuid": "b"}, {"network_userid": "b"}),
    ({"ua": "own"}, {"useragent": "own"}),
    ({"dtm": "-62167219200000"}, {"dvce_created_tstamp": "0001-01-01T00:00:00.000Z"}),
    ({"ttm": "253402300799999"}, {"derived_tstamp": "9999-12-31T23:59:59.999Z"}),
    # The clock of the sender is an hour wrong; it sent the event 10 s after creating it.
    ({"dtm": "1699996400000", "stm": "1699996410000"}, {"derived_tstamp": "2023-11-14T22:13:10.000Z"}),
    ({"dtm": "1699996410000", "stm": "1699996400000"}, {"derived_tstamp": "2023-11-14T22:13:20.000Z"}),
    ({"stm": None}, {"derived_tstamp": "2023-11-14T22:13:20.000Z", "dvce_sent_tstamp": None}),
]  # fmt: skip


@pytest.mark.parametrize(("params", "expected"), FIELDS)
def test_fields_of_the_canonical_event(tmp_path, params, expected):
    collector = new_collector(tmp_path)
    collector.accept_post(TP2, JSON, payload(event(**params)), HEADERS)
    canonical = only_event(collector)["event"]
    assert {key: canonical[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "event_type", "schema"),
    [
        ("pv", "page_view", "iglu:com.snowplowanalytics.snowplow/page_view/jsonschema/1-0-0"),
        ("pp", "page_ping", "iglu:com.snowplowanalytics.snowplow/page_ping/jsonschema/1-0-0"),
        ("se", "struct", "iglu:com.google.analytics/event/jsonschema/1-0-0"),
        ("tr", "transaction", "iglu:com.snowplowanalytics.snowplow/transaction/jsonschema/1-0-0"),
        ("ti", "transaction_item", "iglu:com.snowplowanalytics.snowplow/transaction_item/jsonschema/1-0-0"),
    ],
)
def test_names_of_events_that_describe_nothing(tmp_path, kind, event_type, schema):
    collector = new_collector(tmp_path)
    post(collector, event(e=kind, ue_pr=None))
    found = only_event(collector)
    assert (found["eventType"], found["schema"], found["contexts"]) == (event_type, schema, [])
    assert (found["event"]["unstruct_event"], found["event"]["contexts"]) == ({}, {})


def test_a_bad_event(tmp_path):
    collector = new_collector(tmp_path)
    body = payload(event(), event(dtm="x"))
    collector.accept_post(TP2, JSON, body, HEADERS, query="aid=a%20b")
    [found] = bad_events(collector.bad(), {})
    assert found["rawEvent"]["parameters"] == {**event(dtm="x"), "aid": "a b"}
    assert found["collectorPayload"]["body"] == body.decode()
    assert found["collectorPayload"]["querystring"] == ["aid=a b"]
    assert found["errors"][0] == "Error while validating the event."
    row = json.loads(found["errors"][1])
    assert row["schema"] == "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/2-0-0"
    assert row["data"]["processor"]["artifact"] == "logsource"
    message = "'x' is not a whole number of milliseconds since the epoch"
    assert row["data"]["failure"]["messages"] == [{"field": "dtm", "error": message}]
    assert found["reasons"] == [f"dtm: {message}"]


def test_a_lost_request(tmp_path):
    collector = new_collector(tmp_path)
    collector.accept_post(TP2, JSON, b"nonsense", HEADERS)
    [found] = bad_events(collector.bad(), {})
    assert found["rawEvent"] is None
    assert found["collectorPayload"]["body"] == "nonsense"
    assert found["errors"][0] == micro._LOST
    assert "tracker_protocol_violations" in found["errors"][1]


@pytest.fixture
def mixed(tmp_path):
    collector = new_collector(tmp_path)
    user, both = sdj(USER, {"type": "t"}), sdj(THING, {"name": "n"})
    post(collector, event(uid="1"), event(uid="2", co=text(contexts(user))))
    post(collector, event(uid="3", co=text(contexts(user, both))), event(uid="4", e="pv", ue_pr=None))
    return collector


@pytest.mark.parametrize(
    ("filters", "users"),
    [
        ({}, "4321"),
        ({"limit": 2}, "43"),
        ({"limit": 0}, ""),
        ({"event_type": "unstruct"}, "321"),
        ({"event_type": "ue"}, "321"),
        ({"event_type": "page_view"}, "4"),
        ({"schema": THING}, "321"),
        ({"schema": UNSTRUCT}, ""),
        ({"contexts": [USER]}, "32"),
        ({"contexts": [THING, USER]}, "3"),
        ({"contexts": [CONTEXTS]}, ""),
        ({"contexts": [], "schema": None}, "4321"),
        ({"schema": THING, "contexts": [USER], "limit": 1}, "3"),
    ],
)
def test_filters_of_good_events(mixed, filters, users):
    parsed = parse_filters(json.dumps(filters).encode(), good=True)
    assert "".join(one["event"]["user_id"] for one in good_events(mixed.good(), parsed)) == users


def test_filters_of_bad_events(tmp_path):
    collector = new_collector(tmp_path)
    collector.accept_post("/com.acme/track", JSON, payload(event(p="x")), {})
    collector.accept_post(TP2, JSON, payload(event(e="x")), {})
    count = lambda **filters: len(bad_events(collector.bad(), filters))
    assert (count(), count(vendor="com.acme"), count(version="tp2"), count(limit=1)) == (2, 1, 1, 1)
    assert count(vendor="com.acme", version="tp2") == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "the filters are not JSON"),
        (b"[]", "the filters must be a JSON object"),
        (b'{"shema":"x"}', "unknown filter 'shema'; known are event_type, schema, contexts, limit"),
        (b'{"limit":"1"}', "filter 'limit' must be of type int"),
        (b'{"limit":true}', "filter 'limit' must be of type int"),
        (b'{"contexts":"x"}', "filter 'contexts' must be of type list"),
    ],
)
def test_a_filter_that_filters_nothing_is_refused(body, reason):
    with pytest.raises(BadFilter, match=reason):
        parse_filters(body, good=True)
