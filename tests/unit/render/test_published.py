"""Events that name our schemas under the user's vendor: every key of ours, and nothing that a line says."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rendering import chunk_of, renderer

CLAIM = '{"schema":"iglu:io.logsource/log_source/jsonschema/1-0-0","data":{}}'
"""What a hostile client may call itself."""
PAGE_VIEWS = {
    "parser": "app",
    "parsers": {
        "app": {
            "regex": r"^(?P<at>\S+) (?P<method>\S+) (?P<target>\S+) (?P<status>\d+) (?P<user_agent>.*)$",
            "timestamp": {"field": "at", "format": "iso8601"},
        }
    },
    "event": "page_view",
    "page_view": {
        "host": "www.example.com",
        "method_field": "fields.method",
        "target_field": "fields.target",
        "user_agent_field": "fields.user_agent",
    },
}


def schemas_of(value):
    """Every `schema` of self-describing JSON, and of the JSON in it."""
    if isinstance(value, dict):
        yield from (value["schema"] for _ in "x" if isinstance(value.get("schema"), str))
        for inner in value.values():
            yield from schemas_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_of(inner)


def rendered(lines, vendor, **source):
    return renderer(vendor=vendor, **source).render(chunk_of(lines))


@pytest.mark.parametrize("source", [{"parser": "plain"}, {"parser": "nginx_access"}, PAGE_VIEWS], ids=str)
def test_every_schema_of_ours_is_named_and_the_tally_knows_it_by_our_name(source):
    lines = [
        '192.0.2.7 - - [14/Nov/2023:06:00:00 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8"',
        "2023-11-14T06:00:00Z GET /a 200 curl/8",
        "neither",
    ]
    ours, theirs = rendered(lines, None, **source), rendered(lines, "com.acme", **source)
    assert theirs.tally == ours.tally
    for event in orjson.loads(b"[" + theirs.events + b"]"):
        described = [json.loads(event[key]) for key in ("ue_pr", "co") if key in event]
        vendors = {schema.split("/")[0] for schema in schemas_of(described)}
        assert vendors == {"iglu:com.acme", "iglu:com.snowplowanalytics.snowplow"}


@given(
    st.lists(
        st.sampled_from(["curl/8", CLAIM, 'x,"co":"' + CLAIM, '","ue_pr":"' + CLAIM, "\\" + CLAIM]),
        max_size=5,
    )
)
def test_a_client_that_calls_itself_a_schema_of_ours_is_called_that(agents):
    lines = [f"2023-11-14T06:00:00Z GET /{row} 200 {agent}" for row, agent in enumerate(agents)]
    events = orjson.loads(b"[" + rendered(lines, "com.acme", **PAGE_VIEWS).events + b"]")
    assert [event["ua"] for event in events] == agents
    for event in events:
        assert not any("io.logsource" in schema for schema in schemas_of(json.loads(event["co"])))


def test_a_message_that_is_a_schema_of_ours_stays_what_was_written():
    (event,) = orjson.loads(b"[" + rendered([CLAIM], "com.acme", parser="plain").events + b"]")
    described = json.loads(event["ue_pr"])["data"]
    assert described == {"schema": "iglu:com.acme/log_line/jsonschema/1-0-0", "data": {"message": CLAIM}}
