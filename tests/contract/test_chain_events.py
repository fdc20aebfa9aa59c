"""Events of chains, from lines to the judgement of the collector: the inner record, and its envelopes as entities."""

from __future__ import annotations

import json

import pytest

from tests.support.collecting import new_collector
from tests.support.rendering import chunk_of, events_of, judged, renderer

REQUEST = '192.0.2.7 - - [14/Nov/2023:22:13:10 +0000] "GET /cart?id=1 HTTP/1.1" 200 12 "-" "curl/8.5 bob@example.com"'
PARSERS = {
    "hosts": {
        "chain": {
            "envelope": "syslog_rfc3164",
            "inner": [{"parser": "nginx_access", "when": {"program": "nginx"}}, "sshd", "json_lines", "own"],
        }
    },
    "own": {"regex": r"(?P<key>[a-z]+)=(?P<value>[0-9]+)", "types": {"value": "integer"}},
    "pods": {"chain": {"envelope": "cri", "inner": "hosts"}},
    "docker": {"chain": {"envelope": "docker_json", "inner": ["hosts", "nginx_access"]}},
}
SYSLOG = "Nov 14 22:13:11 web1 nginx: "
LINES = {
    "hosts": [
        SYSLOG + REQUEST,
        "Nov 14 22:13:11 we\\b1 nginx: " + REQUEST.replace("curl", 'c\\"url\t\x01'),
        "Nov 14 22:13:11 web1 sshd[7]: Accepted password for bob from 192.0.2.9 port 4 ssh2",
        'Nov 14 22:13:11 web1 app[8]: {"a": ["\\u00e9", 1.5], "time": 1700000000}',
        "<13>Nov 14 22:13:11 wöb1 app: key=7",
        "Nov 14 22:13:11 web1 app: " + 'é\\"\x7f' * 50,
        "nothing of the kind",
    ],
    "pods": ["2023-11-14T22:13:11.5Z stdout F " + SYSLOG + REQUEST, "2023-11-14T22:13:11.5Z stderr P half a line"],
    "docker": [
        json.dumps({"log": text + "\n", "stream": "stdout", "time": "2023-11-14T22:13:11Z", "attrs": {"tag": 'a"b'}})
        for text in (SYSLOG + REQUEST, REQUEST, "Hello 😀", "")
    ],
}  # fmt: skip
PATHS = pytest.mark.parametrize("columns", [True, False], ids=["columns", "rows"])


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


def rendered(parser, lines, *, columns, **source):
    return renderer(parser, columns=columns, parsers=PARSERS, **source).render(chunk_of(lines))


@PATHS
@pytest.mark.parametrize("parser", sorted(LINES))
def test_every_event_is_good(collector, parser, columns):
    found = rendered(parser, LINES[parser], columns=columns)
    assert judged(collector, found) == []
    assert len(events_of(found)) == len(LINES[parser])


@PATHS
def test_the_envelopes_of_an_event_are_entities_from_the_outermost_on(columns):
    [event] = events_of(rendered("docker", LINES["docker"][:1], columns=columns))
    assert event["schema"] == "nginx_access"
    assert list(event["entities"]) == ["log_source", "docker_json", "syslog_rfc3164"]
    assert event["entities"]["docker_json"] == {"stream": "stdout", "attrs": {"tag": 'a"b'}, "message": ""}
    assert event["entities"]["syslog_rfc3164"] == {"host": "web1", "program": "nginx", "message": ""}


@PATHS
def test_an_inner_record_becomes_a_page_view(collector, columns):
    found = rendered(
        "hosts", LINES["hosts"], columns=columns, event="page_view", page_view={"host": "shop.example.com"}
    )
    assert judged(collector, found) == []
    event = events_of(found)[0]
    assert (event["e"], event["url"]) == ("pv", "https://shop.example.com/cart?id=1")
    assert list(event["entities"]) == ["log_source", "syslog_rfc3164", "nginx_access"]


@PATHS
def test_what_filters_hide_is_hidden_in_envelopes_too(collector, columns):
    line = json.dumps({"log": "x=1", "stream": "stdout", "time": "2023-11-14T22:13:11Z",
                       "attrs": {"mail": "bob@example.com", "deep": [{"mail": "ann@example.com"}]}})  # fmt: skip
    parsers = {**PARSERS, "docker": {"chain": {"envelope": "docker_json", "inner": ["own"]}}}
    made = renderer("docker", columns=columns, parsers=parsers, filters=[{"redact": {"patterns": ["email"]}}])
    found = made.render(chunk_of([line]))
    assert b"example.com" not in found.events
    assert judged(collector, found) == []
    [event] = events_of(found)
    assert event["schema"] == "parsed_line"
    assert "mail" in event["entities"]["docker_json"]["attrs"]


@PATHS
def test_tags_of_filters_stand_behind_the_envelope(columns):
    line = SYSLOG + REQUEST.replace("curl/8.5", "Googlebot/2.1")
    [event] = events_of(rendered("hosts", [line], columns=columns, filters=[{"drop_bots": "tag"}]))
    assert list(event["entities"]) == ["log_source", "syslog_rfc3164", "bot"]
