"""From a request to the parameters of its events, or to the reason why all of them are lost.

Enrich validates the body of a POST as a whole: one event with an unknown key, a value that is not a
string or a missing `e`, `p` or `tv` takes every other event of the request with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from logsource.event.iglu import json_type, self_describing_problem
from logsource.web.collector.fields import show
from logsource.web.collector.protocol import (
    CONTENT_TYPES,
    KEYS,
    MAX_PAYLOAD,
    PAYLOAD_DATA,
    PAYLOAD_VERSIONS,
    REQUIRED,
)

if TYPE_CHECKING:
    from logsource.model import JSONValue

_MOST_REASONS = 20
_STR = {str}


class Extracted(NamedTuple):
    """What a request held."""

    events: list[dict[str, str]]
    """Parameters of each event; when there are reasons, as far as they could be told."""
    reasons: tuple[str, ...] = ()
    """Why all events of the request are lost; empty when none is."""
    kind: str = "tracker_protocol_violations"
    """Name of the bad row's schema."""


def query_params(query: str) -> dict[str, str]:
    """Parameters of a query string; one without `=` has no value and is left out, the last of equals counts."""
    given = "&".join(part for part in query.split("&") if "=" in part)
    return dict(parse_qsl(given, keep_blank_values=True))


def extract_get(query: str) -> Extracted:
    """The one event of a GET. Its keys are not checked against payload_data, in the pipeline either."""
    params = query_params(query)
    if not params:
        return Extracted([], ("querystring: empty, not a tracker protocol event",))
    return Extracted([params])


def extract_post(body: bytes, content_type: str | None, query: str) -> Extracted:
    """The events of a POST; parameters of the query string are added to each and win."""
    if len(body) > MAX_PAYLOAD:
        reason = f"body: {len(body)} bytes, the sinks take {MAX_PAYLOAD}; the whole request is lost"
        return Extracted([], (reason,), "size_violation")
    extra = query_params(query) if query else {}
    if not body and not extra and content_type is None:
        return Extracted([], ("body: empty", "querystring: empty, not a tracker protocol event"))
    if content_type is None:
        if body:
            return Extracted([], (f"contentType: missing, expected one of {'; '.join(CONTENT_TYPES[:2])}",))
        return Extracted([extra])
    if content_type not in CONTENT_TYPES:
        expected = ", ".join(map(repr, CONTENT_TYPES))
        return Extracted([], (f"contentType: {show(content_type)}, expected one of {expected}",))
    if not body:
        return Extracted([], ("body: empty, not a tracker protocol event",))
    events, reasons = _payload_data(body)
    if reasons:
        return Extracted(events, tuple(reasons))
    if extra:
        events = [{**event, **extra} for event in events]
    return Extracted(events)


def _payload_data(body: bytes) -> tuple[list[Any], list[str]]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if body[:2] == b"\x1f\x8b":
            return [], ["body: gzipped; the collector does not inflate request bodies"]
        return [], [f"body: not JSON: {error}"]
    problem = self_describing_problem(payload)
    if problem is not None:
        return [], [f"body: {problem}"]
    schema: str = payload["schema"]
    if not schema.startswith(PAYLOAD_DATA) or schema[len(PAYLOAD_DATA) :] not in PAYLOAD_VERSIONS:
        return [], [f"body: schema is {schema}, expected {PAYLOAD_DATA}1-0-4"]
    data = payload["data"]
    if not isinstance(data, list):
        return [], [f"data: must be an array of events, not {json_type(data)}"]
    if not data:
        return [], ["data: empty, at least one event is expected"]
    reasons: list[str] = []
    for index, event in enumerate(data):
        # The whole check of a good event; only the others are looked at key by key.
        if (
            type(event) is not dict
            or not event.keys() <= KEYS
            or set(map(type, event.values())) != _STR
            or "e" not in event
            or "p" not in event
            or "tv" not in event
        ):
            reasons += _event_reasons(index, event)
            if len(reasons) >= _MOST_REASONS:
                break
    return data, reasons[:_MOST_REASONS]


def _event_reasons(index: int, event: JSONValue) -> list[str]:
    if not isinstance(event, dict):
        return [f"data/{index}: must be an object, not {json_type(event)}"]
    reasons = [
        f"data/{index}/{key[:80]}: not a key of payload_data 1-0-4" for key in event if key not in KEYS
    ]
    reasons += [
        f"data/{index}/{key}: must be a string, not {json_type(value)}"
        for key, value in event.items()
        if key in KEYS and not isinstance(value, str)
    ]
    reasons += [f"data/{index}/{key}: missing" for key in REQUIRED if key not in event]
    return reasons
