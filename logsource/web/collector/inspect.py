"""What the page shows of an event: one row in a list, and all of it when somebody clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from logsource.event.iglu import parse_uri
from logsource.web.collector.enriched import enriched, payloads, timestamp
from logsource.web.collector.micro import bad_event, bad_row
from logsource.web.collector.protocol import EVENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from logsource.model import JSONValue
    from logsource.web.collector.memory import Kept

_BRIEF = 240


def rows(events: Iterable[Kept], *, after: int, limit: int, text: str) -> list[JSONValue]:
    """At most `limit` rows of events newer than number `after` that contain `text` (any case)."""
    wanted = text.lower()
    found: list[JSONValue] = []
    for event in events:
        if event.seq <= after or len(found) >= limit:
            break
        if not wanted or _contains(event, wanted):
            found.append(row(event))
    return found


def row(event: Kept) -> dict[str, JSONValue]:
    """One line of the list."""
    params = event.params or {}
    found = payloads(params)
    schema = parse_uri(event.verdict.schema or _schema(found["unstruct_event"]) or "")
    kind = params.get("e", "")
    return {
        "seq": event.seq,
        "good": event.good,
        "at": timestamp(event.request.received_ms),
        "type": EVENT_NAMES.get(kind, kind or "request"),
        "schema": f"{schema.vendor}/{schema.name}" if schema else "",
        "app": params.get("aid", ""),
        "line": position(found["contexts"]),
        "brief": brief(params, found["unstruct_event"], event.body),
        "reasons": list(event.verdict.reasons[:3]),
        "more": max(0, len(event.verdict.reasons) - 3),
    }


def detail(event: Kept) -> dict[str, JSONValue]:
    """Everything about one event."""
    params = event.params or {}
    found = payloads(params)
    whole: dict[str, JSONValue] = {
        **row(event),
        "reasons": list(event.verdict.reasons),
        "event_id": event.event_id or params.get("eid", ""),
        "log_source": log_source(found["contexts"]),
        "data": found["unstruct_event"].get("data") if isinstance(found["unstruct_event"], dict) else None,
        "parameters": dict(params),
    }
    if event.good:
        whole["enriched"] = {key: value for key, value in enriched(event).items() if value not in (None, {})}
    else:
        whole["bad_row"] = bad_row(event)
        whole["collector_payload"] = bad_event(event)["collectorPayload"]
    return whole


def log_source(contexts: JSONValue) -> dict[str, Any] | None:
    """Data of the entity that says which line an event was made from; None when there is none."""
    entities = contexts.get("data") if isinstance(contexts, dict) else None
    for entity in entities if isinstance(entities, list) else ():
        uri = parse_uri(_schema(entity) or "")
        if uri is not None and uri.name == "log_source" and isinstance(entity.get("data"), dict):
            data: dict[str, Any] = entity["data"]
            return data
    return None


def position(contexts: JSONValue) -> str:
    """`/var/log/app.log @1234`, the byte at which the event's line starts; empty when it is not from a log."""
    source = log_source(contexts)
    return f"{source.get('path', '?')} @{source.get('offset', '?')}" if source else ""


def _schema(value: JSONValue) -> str | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("data")
    if isinstance(inner, dict) and isinstance(inner.get("schema"), str):
        text: str = inner["schema"]
        return text
    own = value.get("schema")
    return own if isinstance(own, str) else None


def brief(params: Mapping[str, str], unstruct: JSONValue, body: str | None = None) -> str:
    """What an event says, in at most 240 characters: its message, its data, or where somebody went."""
    kind = params.get("e")
    inner = unstruct.get("data") if isinstance(unstruct, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("data"), dict):
        data = inner["data"]
        message = data.get("message")
        text = message if isinstance(message, str) else orjson.dumps(data).decode()
    elif kind in {"pv", "pp"}:
        text = params.get("url", "")
    elif kind == "se":
        text = " · ".join(
            params[key] for key in ("se_ca", "se_ac", "se_la", "se_pr", "se_va") if params.get(key)
        )
    elif params:
        text = orjson.dumps(dict(params)).decode()
    else:
        text = body or ""
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1] + "…"


def _contains(event: Kept, wanted: str) -> bool:
    texts = [*(event.params or {}).values(), *event.verdict.reasons, event.verdict.schema or ""]
    if event.params is None and event.body:
        texts.append(event.body)
    return any(wanted in text.lower() for text in texts)
