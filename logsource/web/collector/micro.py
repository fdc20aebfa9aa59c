"""The answers of Snowplow Micro's REST API, so that test suites written for it run against us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from logsource import __version__
from logsource.event.resolution import resolution_error
from logsource.web.collector.enriched import enriched, timestamp
from logsource.web.collector.protocol import EVENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from logsource.model import JSONValue
    from logsource.web.collector.core import Summary
    from logsource.web.collector.judge import Verdict
    from logsource.web.collector.memory import Kept
    from logsource.web.collector.request import RequestInfo

Filters = dict[str, Any]
_COLLECTOR = f"logsource-{__version__}"
_BADROWS = "iglu:com.snowplowanalytics.snowplow.badrows"
_HEADLINES = {
    "schema_violations": "Error while validating the event.",
    "size_violation": "The request is larger than what the pipeline takes.",
}
_LOST = "Error while extracting event(s) from collector payload and validating it/them."
_GOOD_FILTERS: dict[str, type] = {"event_type": str, "schema": str, "contexts": list, "limit": int}
_BAD_FILTERS: dict[str, type] = {"vendor": str, "version": str, "limit": int}


class BadFilter(ValueError):
    """The body of a filtered query is not one; the text says why."""


def summary_json(summary: Summary) -> dict[str, int]:
    """`/micro/all`: exact totals, also of events that are no longer kept."""
    return {"total": summary.good + summary.bad, "good": summary.good, "bad": summary.bad}


def parse_filters(body: bytes, *, good: bool) -> Filters:
    """The filters of `POST /micro/good` or `/micro/bad`; absent and null fields do not filter. Raises BadFilter."""
    known = _GOOD_FILTERS if good else _BAD_FILTERS
    try:
        given = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        raise BadFilter(f"the filters are not JSON: {error}") from error
    if not isinstance(given, dict):
        raise BadFilter("the filters must be a JSON object")
    filters = {key: value for key, value in given.items() if value is not None}
    for key, value in filters.items():
        if key not in known:
            raise BadFilter(f"unknown filter {key!r}; known are {', '.join(known)}")
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise BadFilter(f"filter {key!r} must be of type {known[key].__name__}")
    return filters


def good_events(events: Iterable[Kept], filters: Filters) -> list[JSONValue]:
    """Good events that pass the filters, the newest first."""
    limit = filters.get("limit")
    found: list[JSONValue] = []
    for event in events:
        if limit is not None and len(found) >= limit:
            break
        if _passes(event, filters):
            found.append(good_event(event))
    return found


def bad_events(events: Iterable[Kept], filters: Filters) -> list[JSONValue]:
    """Bad events that pass the filters, the newest first."""
    limit = filters.get("limit")
    found: list[JSONValue] = []
    for event in events:
        if limit is not None and len(found) >= limit:
            break
        api = {"vendor": event.request.vendor, "version": event.request.version}
        if all(filters.get(key, value) == value for key, value in api.items()):
            found.append(bad_event(event))
    return found


def good_event(event: Kept) -> dict[str, JSONValue]:
    """One element of `/micro/good`."""
    assert event.params is not None
    return {
        "rawEvent": _raw_event(event.request, event.params),
        "eventType": EVENT_NAMES[event.params["e"]],
        "schema": event.verdict.schema,
        "contexts": list(event.verdict.contexts),
        "event": enriched(event),
    }


def bad_event(event: Kept) -> dict[str, JSONValue]:
    """One element of `/micro/bad`. `reasons` is ours: the same as in the bad row, to be read by people."""
    raw = None if event.params is None else _raw_event(event.request, event.params)
    headline = _HEADLINES.get(event.kind, _LOST)
    return {
        "collectorPayload": _collector_payload(event),
        "rawEvent": raw,
        "errors": [headline, orjson.dumps(bad_row(event)).decode()],
        "reasons": list(event.verdict.reasons),
    }


def bad_row(event: Kept) -> dict[str, JSONValue]:
    """The reasons in the form of a Snowplow bad row, without the payload."""
    version = "2-0-0" if event.kind == "schema_violations" else "1-0-0"
    return {
        "schema": f"{_BADROWS}/{event.kind}/jsonschema/{version}",
        "data": {
            "processor": {"artifact": "logsource", "version": __version__},
            "failure": {
                "timestamp": timestamp(event.request.received_ms),
                "messages": _messages(event.verdict),
            },
        },
    }


def _messages(verdict: Verdict) -> list[JSONValue]:
    """One for each reason; schemas that were not resolved in enrich's own form, with what each registry said."""
    unresolved = {one.reason: one for one in verdict.unresolved}
    messages: list[JSONValue] = []
    for reason in verdict.reasons:
        one = unresolved.get(reason)
        field, _, error = reason.partition(": ")
        if one is None:
            messages.append({"field": field, "error": error})
        else:
            messages.append(resolution_error(one.key, one.lookups))
    return messages


def _passes(event: Kept, filters: Filters) -> bool:
    assert event.params is not None
    kind = event.params["e"]
    wanted = filters.get("event_type")
    # Micro compares the long name; its documentation speaks of the parameter `e`. Both work.
    if wanted is not None and wanted not in {kind, EVENT_NAMES[kind]}:
        return False
    if "schema" in filters and filters["schema"] != event.verdict.schema:
        return False
    return all(context in event.verdict.contexts for context in filters.get("contexts", ()))


def _raw_event(request: RequestInfo, params: Mapping[str, str]) -> dict[str, JSONValue]:
    return {
        "api": {"vendor": request.vendor, "version": request.version},
        "parameters": dict(params),
        "contentType": request.content_type,
        "source": _source(request),
        "context": _context(request),
    }


def _collector_payload(event: Kept) -> dict[str, JSONValue]:
    request = event.request
    return {
        "api": {"vendor": request.vendor, "version": request.version},
        "querystring": [f"{key}={value}" for key, value in parse_qsl(request.query, keep_blank_values=True)],
        "contentType": request.content_type,
        "body": event.body,
        "source": _source(request),
        "context": _context(request),
    }


def _source(request: RequestInfo) -> dict[str, JSONValue]:
    host = request.headers.get("host")
    return {"name": _COLLECTOR, "encoding": "UTF-8", "hostname": host.rsplit(":", 1)[0] if host else None}


def _context(request: RequestInfo) -> dict[str, JSONValue]:
    return {
        "timestamp": timestamp(request.received_ms),
        "ipAddress": request.address,
        "useragent": request.headers.get("user-agent"),
        "refererUri": request.headers.get("referer"),
        "headers": [f"{name}: {value}" for name, value in request.headers.items()],
        "userId": request.network_userid,
    }
