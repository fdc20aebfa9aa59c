"""The collector over a real loopback socket."""

from __future__ import annotations

import re
import socket
from importlib.resources import files

import orjson
import pytest
import requests

from logsource.web.collector.app import create_app
from logsource.web.collector.core import ANONYMOUS_USERID
from logsource.web.server import serve
from tests.support.collecting import (
    JSON,
    THING,
    TP2,
    USER,
    contexts,
    event,
    new_collector,
    payload,
    sdj,
    text,
    unstruct,
)

HEADERS = {"Content-Type": JSON}
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


@pytest.fixture
def collector(tmp_path):
    return new_collector(tmp_path)


@pytest.fixture
def server(collector):
    with serve(create_app(collector), "127.0.0.1", 0) as running:
        yield running


@pytest.fixture
def http(server):
    with requests.Session() as session:
        yield lambda method, path, **options: session.request(
            method, server.url + path, timeout=10, allow_redirects=False, **options
        )


def test_a_post_is_answered_ok_and_shows_up(http):
    answer = http("POST", TP2, data=payload(event(), event(vid="x")), headers=HEADERS)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert http("GET", "/micro/all").json() == {"total": 2, "good": 1, "bad": 1}
    assert http("POST", "/micro/all").json()["total"] == 2
    assert len(http("GET", "/micro/good").json()) == 1
    assert http("GET", "/micro/bad").json()[0]["reasons"] == ["vid: 'x' is not a 32-bit integer"]
    assert http("GET", "/logsource/summary").json() == {
        "good": 1, "bad": 1, "unique": 1, "duplicates": 0, "conflicts": 0, "forgotten": 0, "requests": 1,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/i", "/ice.png", TP2, "/com.acme/track"])
def test_a_get_is_answered_with_a_pixel(http, path):
    answer = http("GET", path + "?e=pv&p=web&tv=x&url=http%3A%2F%2Fa.com%2F%3Fq%3Da%252Bb")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/gif")
    assert "no-store" in answer.headers["Cache-Control"]
    [found] = http("GET", "/micro/good").json()
    assert found["event"]["page_urlquery"] == "q=a%2Bb"


def test_custom_paths_are_kept_as_vendor_and_version(http):
    assert http("POST", "/com.acme/track", data=payload(event()), headers=HEADERS).status_code == 200
    assert http("GET", "/micro/good").json()[0]["rawEvent"]["api"] == {
        "vendor": "com.acme",
        "version": "track",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("POST", "/tp2"),
        ("POST", "/a/b/c"),
        ("POST", "/r/tp2"),
        ("GET", "/r/tp2?u=http://evil.example/"),
        ("POST", "/com.snowplowanalytics.iglu/v1"),
        ("GET", "/nothing"),
        ("GET", "/micro/nothing"),
        ("GET", "/micro/iglu/com.acme/thing/jsonschema/9-9-9"),
        ("GET", "/micro/iglu/com.acme/..%2f..%2fthing/jsonschema/1-0-0"),
        ("GET", "/micro/iglu/%2e%2e/thing/jsonschema/1-0-0"),
        ("GET", "/logsource/event/99"),
    ],
)
def test_what_is_not_there(http, collector, method, path):
    answer = http(method, path, data=payload(event()) if method == "POST" else None, headers=HEADERS)
    assert answer.status_code in {404, 405}
    assert collector.summary().requests == 0


def test_health(http):
    assert http("GET", "/health").text == "ok"


def test_413_reaches_a_client_that_sends_it_all(http, collector):
    answer = http("POST", TP2, data=b"x" * (8 * 1024 * 1024), headers=HEADERS)
    assert answer.status_code == 413
    answer = http("POST", TP2, data=iter([b"x" * 1_000_000] * 3), headers=HEADERS)
    assert answer.status_code == 413
    assert collector.summary().requests == 0


@pytest.mark.parametrize("length", [20_481, 40_000, 200_000])
def test_a_long_request_line_is_400(http, collector, length):
    assert http("GET", "/i?e=pv&x=" + "a" * length).status_code == 400
    assert collector.summary().requests == 0


def test_a_cookie_is_set_and_honoured_unless_anonymity_is_asked_for(http):
    url = "/i?e=pv"
    first = http("GET", url)
    assert re.fullmatch(
        r"sp=[0-9a-f-]{36}; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=None",
        first.headers["Set-Cookie"],
    )
    http("GET", url, headers={"Cookie": "sp=known-user; other=1"})
    http("GET", url + "&nuid=asked")
    anonymous = http("GET", url, headers={"Cookie": "sp=known-user", "SP-Anonymous": "*"})
    assert "Set-Cookie" not in anonymous.headers
    found = http("GET", "/micro/good").json()
    assert [one["event"]["network_userid"] for one in found[:3]] == [ANONYMOUS_USERID, "asked", "known-user"]
    assert found[0]["rawEvent"]["context"]["ipAddress"] == "unknown"
    assert found[1]["rawEvent"]["context"]["ipAddress"] == "127.0.0.1"


def test_a_cookie_cannot_smuggle_a_header(http):
    answer = http("GET", "/i?e=pv&nuid=a%0d%0aSet-Cookie:%20evil=1")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert http("GET", "/i?e=pv", headers={"Cookie": 'sp="a;b"; \x01'}).status_code == 200


def test_a_browser_may_post_from_anywhere(http):
    answer = http("OPTIONS", TP2, headers={"Origin": "http://shop.example"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "http://shop.example"
    assert "SP-Anonymous" in answer.headers["Access-Control-Allow-Headers"]
    posted = http("POST", TP2, data=payload(event()), headers={**HEADERS, "Origin": "http://shop.example"})
    assert posted.headers["Access-Control-Allow-Origin"] == "http://shop.example"


@pytest.mark.parametrize("path", ["/", "/micro/good", "/micro/all", "/logsource/recent", "/micro/reset"])
def test_another_site_cannot_read_what_was_collected(http, path):
    """Neither by CORS nor by pointing a name of its own at 127.0.0.1 (DNS rebinding)."""
    assert http("GET", path, headers={"Host": "evil.example"}).status_code == 403
    answer = http("GET", path, headers={"Origin": "http://evil.example", "Host": "localhost:9090"})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_site_cannot_reset_us_but_may_link_to_the_page(http):
    http("GET", "/i?e=pv", headers={"Sec-Fetch-Site": "cross-site"})
    assert http("POST", "/micro/reset", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert http("GET", "/micro/reset", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert http("GET", "/micro/all", headers={"Sec-Fetch-Site": "same-origin"}).json()["good"] == 1
    assert http("GET", "/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_collector_for_others_is_shown_under_any_name(collector):
    with serve(create_app(collector, local_only=False), "127.0.0.1", 0) as server:
        answer = requests.get(server.url + "/micro/all", headers={"Host": "collector:9090"}, timeout=10)
    assert answer.status_code == 200


def test_filters_over_http(http):
    user = text(contexts(sdj(USER, {"type": "t"})))
    http("POST", TP2, data=payload(event(), event(co=user), event(e="pv", ue_pr=None)), headers=HEADERS)
    ask = lambda **filters: len(http("POST", "/micro/good", json=filters).json())
    assert (ask(), ask(schema=THING), ask(contexts=[USER]), ask(limit=1), ask(event_type="pv")) == (
        3,
        2,
        1,
        1,
        1,
    )
    refused = http("POST", "/micro/good", json={"colour": "red"})
    assert refused.status_code == 400
    assert "unknown filter 'colour'" in refused.json()["error"]


def test_schemas_and_reset(http):
    assert http("GET", "/micro/iglu/com.acme/thing/jsonschema/1-0-0").json()["self"]["name"] == "thing"
    assert "was not found" in http("GET", "/micro/iglu/com.acme/x/jsonschema/1-0-0").json()["error"]
    http("GET", "/i?e=pv")
    for method in ("POST", "GET"):
        assert http(method, "/micro/reset").json() == {"total": 0, "good": 0, "bad": 0}
    assert http("GET", "/micro/good").json() == []
    assert "Supported endpoints" in http("GET", "/micro/what").text


def line(number, message, **more):
    data = {"source": "web", "host": "h", "path": "/var/log/a.log", "file_id": "0" * 32, "offset": number}
    entity = sdj("iglu:io.logsource/log_source/jsonschema/1-0-0", data)
    log_line = unstruct({"message": message}, schema="iglu:io.logsource/log_line/jsonschema/1-0-0")
    return event(ue_pr=text(log_line), co=text(contexts(entity)), **more)


def test_rows_for_the_page(http):
    http("POST", TP2, data=payload(*(line(n, f"message {n}") for n in range(5))), headers=HEADERS)
    http("POST", TP2, data=payload(line(77, HOSTILE, vid="x")), headers=HEADERS)
    ask = lambda query="": http("GET", f"/logsource/recent?{query}").json()["rows"]
    newest = ask()[0]
    assert (newest["good"], newest["brief"], newest["line"]) == (False, HOSTILE, "/var/log/a.log @77")
    assert newest["reasons"] == ["vid: 'x' is not a 32-bit integer"]
    assert [row["seq"] for row in ask()] == [6, 5, 4, 3, 2, 1]
    assert [row["seq"] for row in ask("after=4")] == [6, 5]
    assert [row["seq"] for row in ask("limit=2&kind=good")] == [5, 4]
    assert [row["seq"] for row in ask("kind=bad")] == [6]
    assert [row["seq"] for row in ask("q=MESSAGE%203")] == [4]
    assert [row["seq"] for row in ask("q=32-bit")] == [6]
    assert ask("limit=x&after=-1&q=nothing") == []
    whole = http("GET", "/logsource/event/6").json()
    assert whole["log_source"]["offset"] == 77
    assert whole["data"]["data"] == {"message": HOSTILE}
    assert "schema_violations" in whole["bad_row"]["schema"]
    assert http("GET", "/logsource/event/1").json()["enriched"]["event_name"] == "log_line"


@pytest.mark.parametrize(
    "params",
    [
        {"ue_pr": "{"},
        {"ue_pr": "[]"},
        {"ue_pr": '{"data":7}'},
        {"ue_pr": '{"schema":7,"data":{"schema":[],"data":[]}}'},
        {"co": '{"data":{"a":1}}'},
        {"co": '{"data":[7,{"schema":"iglu:a/log_source/b/1-0-0","data":7},{"schema":7}]}'},
        {"co": text(contexts()), "cx": "e30="},
        {"url": "%%%", "e": "pv"},
        {"e": HOSTILE},
    ],
)
def test_the_page_shows_any_broken_event(http, params):
    http("POST", TP2, data=payload(event(**params)), headers=HEADERS)
    [row] = http("GET", "/logsource/recent").json()["rows"]
    assert row["good"] is False
    whole = http("GET", f"/logsource/event/{row['seq']}")
    assert whole.status_code == 200
    assert whole.json()["parameters"] == event(**params)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", HOSTILE.encode(), orjson.dumps({"schema": 1, "data": [1]})]
)
def test_the_page_shows_any_broken_request(http, body):
    http("POST", TP2, data=body, headers=HEADERS)
    [row] = http("GET", "/logsource/recent").json()["rows"]
    assert (row["type"], row["good"]) == ("request", False)
    assert http("GET", "/logsource/event/1").status_code == 200


def test_the_page_is_self_contained_and_lets_no_log_line_become_code(http):
    answer = http("GET", "/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self'" in policy
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='; ", policy)
    page = files("logsource.web.collector").joinpath("page.html").read_text()
    assert answer.text == page
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
    ):
        assert sink not in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    for path in ("/micro/good", "/logsource/recent"):
        shown = http("GET", path)
        assert shown.headers["Content-Type"] == "application/json"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"


def test_garbage_on_the_socket_does_not_stop_the_server(server, http):
    for garbage in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /a/b HTTP/1.1\r\nContent-Length: 50\r\n\r\nhalf",
    ):
        with socket.create_connection((server.host, server.port), timeout=10) as raw:
            raw.sendall(garbage)
    assert http("GET", "/health").status_code == 200
