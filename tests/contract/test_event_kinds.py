"""Page views, structured events and user fields, from lines of real formats to the judgement of the collector."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.parse.packs import PackIndex
from logsource.render.members import page_url
from tests.support.collecting import new_collector
from tests.support.rendering import chunk_of, events_of, judged, renderer

COMBINED = '{ip} - {user} [14/Nov/2023:22:13:10 +0000] "{request}" {status} 12 "{referrer}" "{agent}"'
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PAGE_VIEW = {"event": "page_view", "page_view": {"host": "shop.example.com"}}
PATHS = pytest.mark.parametrize("columns", [True, False], ids=["columns", "rows"])


def combined(request="GET /cart?id=1 HTTP/1.1", **parts):
    given = {"ip": "203.0.113.7", "user": "-", "status": 200, "referrer": "-", "agent": FIREFOX, **parts}
    return COMBINED.format(request=request, **given)


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


@PATHS
def test_a_request_becomes_a_page_view(collector, columns):
    line = combined(referrer="https://www.example.org/search?q=a b")
    rendered = renderer(columns=columns, **PAGE_VIEW).render(chunk_of([line]))
    assert judged(collector, rendered) == []
    [event] = events_of(rendered)
    assert event["e"] == "pv"
    assert event["p"] == "srv"
    assert event["url"] == "https://shop.example.com/cart?id=1"
    assert event["refr"] == "https://www.example.org/search?q=a%20b"
    assert (event["ua"], event["ip"]) == (FIREFOX, "203.0.113.7")
    assert event["dtm"] == event["ttm"] == "1699999990000"
    assert "page" not in event
    assert event["entities"]["nginx_access"]["status"] == 200
    assert event["entities"]["log_source"]["offset"] == 0
    assert rendered.tally.events == {"iglu:io.logsource/nginx_access/jsonschema/1-0-0": 1}


@PATHS
@pytest.mark.parametrize(
    "line", [combined("POST /cart HTTP/1.1"), combined("-", status=400), combined("GET * HTTP/1.1")]
)
def test_what_is_no_page_view_stays_self_describing_or_is_dropped_and_counted(collector, line, columns):
    rendered = renderer(columns=columns, **PAGE_VIEW).render(chunk_of([line]))
    assert judged(collector, rendered) == []
    [event] = events_of(rendered)
    assert (event["e"], event["schema"]) == ("ue", "nginx_access")

    strict = {"event": "page_view", "page_view": {"host": "shop.example.com", "others": "drop"}}
    rendered = renderer(columns=columns, **strict).render(chunk_of([line]))
    assert rendered.events == b""
    assert rendered.tally.dropped == {"not_page_view": 1}
    assert rendered.tally.imbalance == 0


@PATHS
def test_apache_tells_the_host_itself(collector, columns):
    line = "Shop.example.org:443 " + combined()
    rendered = renderer("apache_access", columns=columns, **PAGE_VIEW).render(chunk_of([line, combined()]))
    assert judged(collector, rendered) == []
    assert [event["url"] for event in events_of(rendered)] == [
        "https://shop.example.org/cart?id=1",
        "https://shop.example.com/cart?id=1",
    ]


def test_the_query_of_a_log_that_keeps_it_apart_is_part_of_the_url():
    paths = (("path",), ("query",), None, ("scheme",))
    member = page_url(paths, host="e.org", scheme="https")
    assert member.of({"path": "/a", "query": "b=c&d"}) == "https://e.org/a?b=c&d"
    assert member.of({"path": "/a", "query": "?b", "scheme": "http"}) == "http://e.org/a?b"
    assert member.of({"path": "/a?x", "query": "b"}) == "https://e.org/a?x"
    assert member.of({"path": "/a", "scheme": "ftp"}) == "https://e.org/a"
    assert member.of({"query": "b"}) is None


HOSTILE = st.text(max_size=30) | st.sampled_from(
    [
        "/%zz",
        "/a|b{c}",
        "/\\x22\\xC3",
        "//x",
        "/a%",
        "http://[::1",
        "http://e.org/ü?%",
        "/" + "a%20" * 3000,
        "\t" * 900,
        "😀" * 600,
        "1.2.3.4, 5.6.7.8",
        "x" * 5000,
        "javascript:alert(1)",
        "http://",
        "https://a b/",
    ]
)


@PATHS
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=8))
def test_whatever_scanners_send_arrives(collector, columns, parts):
    quoted = [[one.replace('"', "").replace("\n", "") for one in row] for row in parts]
    lines = [
        combined(f"GET {target} HTTP/1.1", referrer=referrer, agent=agent, ip=address)
        for target, referrer, agent, address in quoted
    ]
    rendered = renderer(columns=columns, **PAGE_VIEW).render(chunk_of(lines))
    assert judged(collector, rendered) == []
    assert rendered.tally.imbalance == 0
    assert collector.summary().good == len(lines)


@PATHS
def test_struct_from_fields_and_constants(collector, columns):
    struct = {"category": "http", "action": {"field": "method"}, "label": {"field": "target"}}
    struct |= {"property": {"field": "remote_user"}, "value": {"field": "body_bytes_sent"}}
    made = renderer(columns=columns, event="struct", struct=struct, user={"uid": "remote_user"})
    rendered = made.render(chunk_of([combined(user="ann"), combined("-", status=400)]))
    assert judged(collector, rendered) == []
    event, other = events_of(rendered)
    assert {key: value for key, value in event.items() if key.startswith("se_")} == {
        "se_ca": "http",
        "se_ac": "GET",
        "se_la": "/cart?id=1",
        "se_pr": "ann",
        "se_va": "12",
    }
    assert (event["e"], event["uid"]) == ("se", "ann")
    assert event["entities"]["nginx_access"]["target"] == "/cart?id=1"
    assert (other["e"], other["schema"]) == ("ue", "nginx_access")


@PATHS
def test_user_fields_of_any_event_keep_to_the_limits(collector, columns):
    parsers = {"app": {"regex": r"(?P<user>\S*) (?P<sid>\S*) (?P<visit>\S*) (?P<ip>.*)"}}
    fields = {"uid": "fields.user", "sid": "fields.sid", "vid": "fields.visit", "ip": "fields.ip"}
    made = renderer("app", parsers=parsers, user=fields, columns=columns)
    sid = "F0A1B2C3-D4E5-4F60-8A7B-9C0D1E2F3A4B"
    rendered = made.render(chunk_of([f"{'u' * 400} {sid} 7 10.0.0.1, 10.0.0.2", "  x 99999999999 -"]))
    assert judged(collector, rendered) == []
    known, unknown = events_of(rendered)
    assert (known["uid"], known["sid"], known["vid"]) == ("u" * 255, sid.lower(), "7")
    assert known["ip"] == "10.0.0.1"
    assert not {"uid", "sid", "vid"} & unknown.keys()


INDEX = PackIndex()
WITH_PAGE_VIEWS = [name for name in INDEX.names() if INDEX.load(name).spec.page_view is not None]
LONG_AFTER_THE_SAMPLES = 1_900_000_000_000
FILTERS = [
    {"drop_static_assets": True},
    {"drop_bots": "tag"},
    {"redact": {"patterns": ["email", "url_secret"]}},
    {"sample": {"rate": 0.9}},
]


@pytest.mark.parametrize("name", WITH_PAGE_VIEWS)
@pytest.mark.parametrize("filters", [[], FILTERS], ids=["plain", "filtered"])
def test_page_views_of_all_samples_of_all_packs_that_know_them(collector, name, filters):
    """Odd and hostile samples among them; and the columns give what the rows give."""
    spec = INDEX.load(name).spec
    assert spec.page_view is not None
    if spec.page_view.user_agent is None:
        filters = [step for step in filters if "drop_bots" not in step]
    lines = [
        line
        for file in sorted((INDEX.load(name).folder / "samples").glob("*.log"))
        for line in file.read_bytes().split(b"\n")[:-1]
    ]
    chunk = chunk_of(lines, now_ms=LONG_AFTER_THE_SAMPLES)
    rows, columns = (
        renderer(name, columns=columns, filters=filters, **PAGE_VIEW).render(chunk)
        for columns in (False, True)
    )
    assert columns.events == rows.events
    assert columns.tally == rows.tally
    assert judged(collector, rows) == []
    assert any(event["e"] == "pv" for event in events_of(rows))


def test_page_views_in_base64(collector):
    from logsource.event.payload import EventFrame

    made = renderer(**PAGE_VIEW)
    made._frame = EventFrame(source="web", host="h", base64=True)
    rendered = made.render(chunk_of([combined(), combined("POST / HTTP/1.1")]))
    assert judged(collector, rendered) == []
    assert collector.summary().good == 2
