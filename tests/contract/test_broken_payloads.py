"""Each rule of the wire, broken: the event goes bad with the reason, and its valid neighbour stays good."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.collecting import (
    CONTEXTS,
    EID,
    JSON,
    PAYLOAD_DATA,
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
    reasons,
    sdj,
    text,
    unstruct,
)


def nested(depth: int):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def deep_thing(depth: int) -> str:
    """ue_pr whose whole JSON is `depth` levels deep: wrapper, event and data take three, extra the rest."""
    return text(unstruct({"name": "n", "extra": nested(depth - 3)}))


LONG_HOST = "http://" + "h" * 256 + ".com/"
FIELD_RULES = [
    # key, broken value, what the reason says, a neighbour that is fine
    ("e", "xx", "e: 'xx' is not an event type (ue, se, pv, pp, tr, ti)", "pv"),
    ("e", "", "e: '' is not an event type", "se"),
    ("p", "mainframe", "p: 'mainframe' is not a platform", "srv"),
    ("p", "SRV", "p: 'SRV' is not a platform", "headset"),
    ("eid", "not-a-uuid", "eid: 'not-a-uuid' is not a UUID", EID),
    ("eid", EID.upper(), "is a UUID, but not in lower case", "00000000-0000-8000-8000-000000000000"),
    ("eid", EID.replace("-", ""), "is not a UUID", EID),
    ("sid", "7", "sid: '7' is not a UUID", EID),
    ("dtm", "yesterday", "dtm: 'yesterday' is not a whole number of milliseconds since the epoch", "0"),
    ("dtm", "1443452851000.5", "is not a whole number", "1443452851000"),
    ("dtm", "", "dtm: '' is not a whole number", "-1"),
    ("dtm", "١٤٤٣", "is not a whole number", "1443"),
    ("stm", "253402300800000", "stm: '253402300800000' is outside the years 0 to 9999", "253402300799999"),
    ("ttm", "-62167219200001", "is outside the years 0 to 9999", "-62167219200000"),
    ("ttm", "1e12", "ttm: '1e12' is not a whole number", "1000000000000"),
    ("aid", "a" * 256, "aid: 256 characters, at most 255 are allowed", "a" * 255),
    ("aid", "😀" * 128, "aid: 256 characters, at most 255", "😀" * 127),
    ("aid", "a" * 252 + "\t", "aid: 256 characters, at most 255", "a" * 251 + "\t"),
    ("tna", "t" * 129, "tna: 129 characters, at most 128", "t" * 128),
    ("tv", "v" * 101, "tv: 101 characters, at most 100", "v" * 100),
    ("uid", "u" * 256, "uid: 256 characters, at most 255", "u" * 255),
    ("duid", "d" * 129, "duid: 129 characters, at most 128", "d" * 128),
    ("tnuid", "d" * 129, "tnuid: 129 characters, at most 128", "d" * 128),
    ("ip", "1" * 129, "ip: 129 characters, at most 128", "1" * 128),
    ("ip", "1" * 129 + ", 10.0.0.1", "ip: 129 characters", "203.0.113.7, " + "1" * 200),
    ("ua", "m" * 1001, "ua: 1001 characters, at most 1000", "m" * 1000),
    ("page", "p" * 2001, "page: 2001 characters, at most 2000", "p" * 2000),
    ("url", "http://a.com/?" + "q" * 9990, "url: 10004 characters, at most 10000", "http://a.com/?" + "q" * 6000),
    ("url", "http://a.com/" + "p" * 3000, "url: its path has 3001 characters, at most 3000", "http://a.com/" + "p" * 2999),
    ("url", "http://a.com/?" + "q" * 6001, "url: its query has 6001 characters", "http://a.com/?" + "q" * 6000),
    ("url", LONG_HOST, "url: its host has 260 characters, at most 255", "http://" + "h" * 255),
    ("url", "http://a.com/%zz", "'%zz' at character 13 must be percent-encoded", "http://a.com/%7A"),
    ("url", "http://a.com/a|b", "'|b' at character 14 must be percent-encoded", "http://a.com/a%7Cb"),
    ("url", "http://a.com/{x}", "'{x}' at character 13 must be percent-encoded", "http://a.com/%7Bx%7D"),
    ("url", "http://a.com/\u00ff", "must be percent-encoded", "http://a.com/%C3%BF"),
    ("url", "http://a.com/\ufffd", "must be percent-encoded", "http://a.com/a b"),
    ("url", "http://a.com/#a#b", "its structure is not that of a URI", "http://a.com/#a"),
    ("refr", "http://a.com/<script>", "refr: ", "https://a.com/?x=%3Cscript%3E"),
    ("refr", "http://a.com/?" + "q" * 9990, "refr: 10004 characters, at most 10000", "http://a.com/"),
    ("se_ca", "c" * 1001, "se_ca: 1001 characters, at most 1000", "c" * 1000),
    ("se_ac", "c" * 1001, "se_ac: 1001 characters, at most 1000", "c" * 1000),
    ("se_pr", "c" * 1001, "se_pr: 1001 characters, at most 1000", "c" * 1000),
    ("se_la", "c" * 4097, "se_la: 4097 characters, at most 4096", "c" * 4096),
    ("se_va", "much", "se_va: 'much' is not a decimal number", "-1.5"),
    ("se_va", "1,5", "se_va: '1,5' is not a decimal number", "1e3"),
    ("tr_tt", "NaN", "tr_tt: 'NaN' is not a decimal number", ".5"),
    ("vid", "1.0", "vid: '1.0' is not a 32-bit integer", "1"),
    ("vid", "2147483648", "vid: '2147483648' is not a 32-bit integer", "2147483647"),
    ("ti_qu", "two", "ti_qu: 'two' is not a 32-bit integer", "2"),
    ("f_pdf", "true", "f_pdf: 'true' is not 0 or 1", "1"),
    ("cookie", "yes", "cookie: 'yes' is not 0 or 1", "0"),
    ("res", "1024", "res: '1024' is not WIDTHxHEIGHT", "1024x768"),
    ("vp", "1024X768", "vp: '1024X768' is not WIDTHxHEIGHT", "0x0"),
    ("ds", "-1x5", "ds: '-1x5' is not WIDTHxHEIGHT", "2147483647x1"),
    ("ds", "2147483648x1", "is not WIDTHxHEIGHT", "1x1"),
    ("ue_pr", "{", "ue_pr: is not JSON", text(unstruct())),
    ("ue_pr", "", "ue_pr: is not JSON", text(unstruct())),
    ("ue_pr", "[]", "ue_pr: must be an object with schema and data, not an array", text(unstruct())),
    ("ue_pr", text({"schema": UNSTRUCT}), "ue_pr: lacks data", text(unstruct())),
    ("ue_pr", text({**unstruct(), "x": 1}), "ue_pr: has more than schema and data: x", text(unstruct())),
    ("ue_pr", text(unstruct(wrapper=CONTEXTS)), f"ue_pr: is wrapped in {CONTEXTS}, expected {UNSTRUCT}", text(unstruct())),
    ("ue_pr", text(unstruct(wrapper=UNSTRUCT.replace("1-0-0", "1-0-1"))), "expected " + UNSTRUCT, text(unstruct())),
    ("ue_pr", text(sdj(UNSTRUCT, [])), "ue_pr/data: must be an object with schema and data", text(unstruct())),
    ("ue_pr", text(sdj(UNSTRUCT, {"schema": THING})), "ue_pr/data: lacks data", text(unstruct())),
    ("ue_pr", text(sdj(UNSTRUCT, {"data": {}})), "ue_pr/data: lacks schema", text(unstruct())),
    ("ue_pr", text(unstruct(schema="com.acme/thing/jsonschema/1-0-0")), "schema is not an Iglu key", text(unstruct())),
    ("ue_pr", text(unstruct(schema="iglu:com.acme/thing/jsonschema/0-0-1")), "schema is not an Iglu key", text(unstruct())),
    ("ue_pr", text(unstruct(schema="iglu:com.acme/thing/jsonschema/1-0")), "schema is not an Iglu key", text(unstruct())),
    ("ue_pr", text(unstruct(schema="iglu:com.acme/thing/jsonschema/01-0-0")), "schema is not an Iglu key", text(unstruct())),
    ("ue_pr", text(unstruct(schema="iglu:com.acme/other/jsonschema/1-0-0")), "ue_pr/data: schema iglu:com.acme/other/jsonschema/1-0-0 was not found", text(unstruct())),
    ("ue_pr", text(unstruct(schema="iglu:com.acme/thing/jsonschema/1-0-1")), "1-0-1 was not found", text(unstruct())),
    ("ue_pr", text(unstruct({})), 'ue_pr/data/data: "name" is a required property', text(unstruct())),
    ("ue_pr", text(unstruct({"name": 1})), 'ue_pr/data/data/name: 1 is not of type "string"', text(unstruct({"name": "1"}))),
    ("ue_pr", text(unstruct({"name": "n" * 21})), "ue_pr/data/data/name: ", text(unstruct({"name": "n" * 20}))),
    ("ue_pr", text(unstruct({"name": "n", "nmae": 1})), "ue_pr/data/data: Additional properties", text(unstruct({"name": "n", "size": 1}))),
    ("ue_pr", text(unstruct({"name": "n", "size": 1.0})), "ue_pr/data/data/size: 1.0 is not of type", text(unstruct({"name": "n", "size": 1}))),
    ("ue_pr", text(unstruct({"name": "n", "size": "1"})), 'ue_pr/data/data/size: "1" is not of type', text(unstruct({"name": "n", "size": None}))),
    ("ue_pr", text(unstruct({"name": "n", "size": 101})), "ue_pr/data/data/size: 101 is greater than", text(unstruct({"name": "n", "size": 100}))),
    ("ue_pr", text(unstruct({"name": "n", "made": "yesterday"})), "ue_pr/data/data/made: ", text(unstruct({"name": "n", "made": "2026-01-02T03:04:05.678Z"}))),
    ("ue_pr", text(unstruct({"name": "n", "made": "2026-01-02 03:04:05"})), 'is not a "date-time"', text(unstruct({"name": "n", "made": "2026-01-02T03:04:05+01:00"}))),
    ("ue_pr", text(unstruct({"name": "n", "id": "7"})), 'is not a "uuid"', text(unstruct({"name": "n", "id": EID}))),
    ("ue_pr", deep_thing(41), "ue_pr: is nested 41 levels deep, at most 40 are allowed", deep_thing(40)),
    ("ue_px", "!!!", "ue_px: is not base64", b64(unstruct())),
    ("ue_px", "YWJj", "ue_px: is not JSON", b64(unstruct())),
    ("ue_px", b64(unstruct({})), 'ue_px/data/data: "name" is a required property', b64(unstruct(), url_safe=False)),
    ("ue_px", b64(unstruct(wrapper=CONTEXTS)), "ue_px: is wrapped in", b64(unstruct({"name": "??>>~~"}), padded=False)),
    ("co", "{", "co: is not JSON", text(contexts(sdj(USER, {"type": "t"})))),
    ("co", text(contexts(wrapper=UNSTRUCT)), f"co: is wrapped in {UNSTRUCT}, expected {CONTEXTS}", text(contexts())),
    ("co", text(sdj(CONTEXTS, {})), "co/data: must be an array of entities, not an object", text(contexts())),
    ("co", text(contexts({"type": "t"})), "co/data/0: lacks data and schema", text(contexts(sdj(USER, {"type": "t"})))),
    ("co", text(contexts(sdj(USER, {"type": "t"}), sdj(USER, {}))), 'co/data/1/data: "type" is a required property', text(contexts(sdj(USER, {"type": "t"})))),
    ("co", text(contexts(sdj("iglu:a/b/jsonschema/1-0-0", {}))), "co/data/0: schema iglu:a/b/jsonschema/1-0-0 was not found", text(contexts())),
    ("cx", "***", "cx: is not base64", b64(contexts(sdj(USER, {"type": "t"})))),
    ("cx", b64(contexts("x")), "cx/data/0: must be an object with schema and data, not a string", b64(contexts(), padded=False)),
]  # fmt: skip
RULE_IDS = [f"{index}-{rule[0]}" for index, rule in enumerate(FIELD_RULES)]


@pytest.mark.parametrize(("key", "broken", "expected", "_fine"), FIELD_RULES, ids=RULE_IDS)
def test_a_broken_field_makes_its_event_bad_with_the_reason(tmp_path, key, broken, expected, _fine):
    collector = new_collector(tmp_path)
    post(collector, event(**{key: broken}))
    assert collector.summary().good == 0
    [[reason]] = reasons(collector)
    assert reason.startswith((f"{key}:", f"{key}/"))
    assert expected in reason


@pytest.mark.parametrize(("key", "_broken", "_expected", "fine"), FIELD_RULES, ids=RULE_IDS)
def test_the_valid_neighbour_of_a_broken_field_is_good(tmp_path, key, _broken, _expected, fine):
    collector = new_collector(tmp_path)
    post(collector, event(**{key: fine}))
    assert (reasons(collector), collector.summary().good) == ([], 1)


def test_a_bad_field_costs_its_own_event_only(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(), event(dtm="x", vid="y"), event())
    assert collector.summary()[:2] == (2, 1)
    assert [reason.partition(":")[0] for reason in reasons(collector)[0]] == ["dtm", "vid"]


def test_a_self_describing_event_needs_its_data(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(ue_pr=None))
    assert reasons(collector) == [["ue_pr: missing; a self-describing event (e=ue) needs ue_pr or ue_px"]]
    post(collector, event(ue_pr=None, e="pv"))
    assert collector.summary().good == 1


ENVELOPES = [
    # a payload_data value with one flaw, the reason
    ({"data": [event()]}, "body: lacks schema"),
    ({"schema": PAYLOAD_DATA}, "body: lacks data"),
    ({"schema": PAYLOAD_DATA, "data": [event()], "more": 1}, "body: has more than schema and data: more"),
    ({"schema": "payload_data", "data": [event()]}, "body: schema is not an Iglu key"),
    ({"schema": CONTEXTS, "data": [event()]}, f"body: schema is {CONTEXTS}, expected {PAYLOAD_DATA}"),
    ({"schema": PAYLOAD_DATA.replace("1-0-4", "1-0-5"), "data": [event()]}, "body: schema is"),
    ({"schema": PAYLOAD_DATA, "data": event()}, "data: must be an array of events, not an object"),
    ({"schema": PAYLOAD_DATA, "data": []}, "data: empty, at least one event is expected"),
    ({"schema": PAYLOAD_DATA, "data": ["x"]}, "data/0: must be an object, not a string"),
    ({"schema": PAYLOAD_DATA, "data": [event(foo="1")]}, "data/0/foo: not a key of payload_data 1-0-4"),
    ({"schema": PAYLOAD_DATA, "data": [event(cv="1")]}, "data/0/cv: not a key"),
    ({"schema": PAYLOAD_DATA, "data": [event(evn="1")]}, "data/0/evn: not a key"),
    ({"schema": PAYLOAD_DATA, "data": [event(u="1")]}, "data/0/u: not a key"),
    ({"schema": PAYLOAD_DATA, "data": [event(dtm=1443452851000)]}, "data/0/dtm: must be a string, not a number"),
    ({"schema": PAYLOAD_DATA, "data": [{**event(), "uid": None}]}, "data/0/uid: must be a string, not null"),
    ({"schema": PAYLOAD_DATA, "data": [event(ue_pr=unstruct())]}, "data/0/ue_pr: must be a string, not an object"),
    ({"schema": PAYLOAD_DATA, "data": [event(cookie=True)]}, "data/0/cookie: must be a string, not a boolean"),
    ({"schema": PAYLOAD_DATA, "data": [event(e=None)]}, "data/0/e: missing"),
    ({"schema": PAYLOAD_DATA, "data": [event(p=None)]}, "data/0/p: missing"),
    ({"schema": PAYLOAD_DATA, "data": [event(tv=None)]}, "data/0/tv: missing"),
    ([event()], "body: must be an object with schema and data, not an array"),
]  # fmt: skip


@pytest.mark.parametrize(("envelope", "expected"), ENVELOPES)
def test_a_flaw_of_the_envelope_loses_the_request(tmp_path, envelope, expected):
    collector = new_collector(tmp_path)
    answer = collector.accept_post(TP2, JSON, json.dumps(envelope).encode(), {})
    assert answer.status == 200
    assert collector.summary()[:2] == (0, 1)
    assert expected in reasons(collector)[0][0]


@pytest.mark.parametrize("flaw", [{"foo": "1"}, {"vid": 1}, {"tv": None}])
def test_one_event_against_payload_data_loses_the_whole_request_and_is_named(tmp_path, flaw):
    collector = new_collector(tmp_path)
    post(collector, event(), event(), event(**flaw), event())
    assert collector.summary()[:2] == (0, 4)
    innocent, culprit = reasons(collector)[0], reasons(collector)[2]
    assert culprit[0].startswith(f"data/2/{next(iter(flaw))}: ")
    assert innocent == ["request: lost as a whole because of another event in it", *culprit]


CONTENT_TYPES = [
    ("application/json", True),
    ("application/json; charset=utf-8", True),
    ("application/json; charset=UTF-8", True),
    ("application/json;charset=utf-8", False),
    ("application/json; charset=iso-8859-1", False),
    ("text/plain", False),
    ("application/x-www-form-urlencoded", False),
    ("", False),
]


@pytest.mark.parametrize(("content_type", "good"), CONTENT_TYPES)
def test_any_other_content_type_loses_the_request(tmp_path, content_type, good):
    collector = new_collector(tmp_path)
    answer = collector.accept_post(TP2, content_type, payload(event()), {})
    assert answer.status == 200
    assert collector.summary()[:2] == ((1, 0) if good else (0, 1))
    if not good:
        assert reasons(collector)[0][0].startswith(f"contentType: {content_type!r}, expected one of")


BODIES = [
    (JSON, b"", "", "body: empty, not a tracker protocol event"),
    (None, b"", "", "body: empty"),
    (None, payload(event()), "", "contentType: missing"),
    (JSON, b"{", "", "body: not JSON"),
    (JSON, payload(event())[:-1], "", "body: not JSON"),
    (JSON, b'{"schema":"\xff"}', "", "body: not JSON"),
    (
        JSON,
        gzip.compress(payload(event())),
        "",
        "body: gzipped; the collector does not inflate request bodies",
    ),
    (JSON, payload(event()), "p=nowhere", "p: 'nowhere' is not a platform"),
]


@pytest.mark.parametrize(("content_type", "body", "query", "expected"), BODIES)
def test_a_body_that_is_no_payload_is_one_bad_row(tmp_path, content_type, body, query, expected):
    collector = new_collector(tmp_path)
    assert collector.accept_post(TP2, content_type, body, {}, query=query).status == 200
    assert collector.summary()[:2] == (0, 1)
    assert reasons(collector)[0][0].startswith(expected)


def of_size(size: int) -> bytes:
    """A payload of exactly so many bytes, of events without a flaw; `mac` has no rule."""
    empty = payload(event(mac=""))
    one = len(payload(event(), event())) - len(payload(event())) - 1
    count = (size - len(empty) - 4096) // (one + 1)
    events = [event()] * count
    filler = size - len(payload(*events, event(mac="")))
    return payload(*events, event(mac="x" * filler))


@pytest.mark.parametrize(
    ("size", "status", "counts"),
    [
        (1024 * 1024, 200, None),
        (1024 * 1024 + 1, 200, (0, 1)),
        (2 * 1024 * 1024, 200, (0, 1)),
        (2 * 1024 * 1024 + 1, 413, (0, 0)),
    ],
)
def test_size_decides_between_events_one_bad_row_and_413(tmp_path, size, status, counts):
    collector = new_collector(tmp_path)
    body = of_size(size)
    assert len(body) == size
    assert collector.accept_post(TP2, JSON, body, {}).status == status
    if counts is None:
        assert collector.summary().good > 1000
        assert collector.summary().bad == 0
    else:
        assert collector.summary()[:2] == counts
        assert all(row[0].startswith(f"body: {size} bytes") for row in reasons(collector))


GETS = [
    ("e=pv&p=web&tv=js&url=http%3A%2F%2Fa.com%2F%3Fx%3D1", None),
    ("e=pv&anything=goes&cv=1", None),  # enrich holds only bodies against payload_data
    ("e=pv&dtm", None),  # a key without a value is none
    ("p=web&tv=js", "e: missing; an event needs a type"),
    ("", "querystring: empty, not a tracker protocol event"),
    ("e=pv&dtm=", "dtm: '' is not a whole number"),
    ("e=pv&url=http://a.com/%257C", None),
    ("e=pv&url=http://a.com/%7C", "url: 'http://a.com/|' is not a URI"),
]


@pytest.mark.parametrize(("query", "expected"), GETS)
def test_get(tmp_path, query, expected):
    collector = new_collector(tmp_path)
    answer = collector.accept_get(query, {})
    assert (answer.status, answer.content_type) == (200, "image/gif")
    assert answer.body.startswith(b"GIF89a")
    if expected is None:
        assert collector.summary()[:2] == (1, 0)
    else:
        assert reasons(collector)[0][0].startswith(expected)


def test_a_request_line_over_20480_bytes_is_refused(tmp_path):
    collector = new_collector(tmp_path)
    start = "e=pv&x="
    fits = start + "a" * (20480 - len("GET /i?" + start + " HTTP/1.1"))
    assert collector.accept_get(fits, {}).status == 200
    assert collector.accept_get(fits + "a", {}).status == 400
    assert collector.summary()[:2] == (1, 0)
