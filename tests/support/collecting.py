"""A collector with a few schemas of its own, and the events that tests send to it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import orjson

from logsource.event.lint import META_SCHEMA
from logsource.event.repository import StaticRepository, builtin_roots
from logsource.event.resolver import Resolver
from logsource.event.validate import Validators
from logsource.web.collector.core import Collector
from tests.support.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

TP2 = "/com.snowplowanalytics.snowplow/tp2"
JSON = "application/json"
PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
THING = "iglu:com.acme/thing/jsonschema/1-0-0"
USER = "iglu:com.acme/user/jsonschema/1-0-0"
EID = "f0a1b2c3-d4e5-4f60-8a7b-9c0d1e2f3a4b"
NOW_MS = 1_700_000_000_000

THING_PROPERTIES = {
    "name": {"type": "string", "maxLength": 20, "description": "Name of the thing."},
    "size": {"type": ["integer", "null"], "minimum": 0, "maximum": 100, "description": "Size in m."},
    "made": {"type": ["string", "null"], "format": "date-time", "description": "When it was made."},
    "id": {"type": ["string", "null"], "format": "uuid", "description": "Its number."},
    "extra": {"type": ["object", "null"], "additionalProperties": True, "description": "Anything."},
}
USER_PROPERTIES = {"type": {"type": "string", "maxLength": 20, "description": "Kind of user."}}


def write_schema(root: Path, key: str, properties: dict, required: tuple[str, ...] = (), **more) -> Path:
    """Put a schema that passes lint into a static repository."""
    vendor, name, form, version = key.removeprefix("iglu:").split("/")
    path = root / vendor / name / form / version
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = {
        "$schema": META_SCHEMA,
        "self": {"vendor": vendor, "name": name, "format": form, "version": version},
        "description": "For tests.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:  # draft 4 forbids an empty list
        schema["required"] = list(required)
    path.write_bytes(orjson.dumps({**schema, **more}))
    return path


def acme_repository(directory: Path) -> Path:
    """A static repository with `thing` and `user`."""
    root = directory / "schemas"
    write_schema(root, THING, THING_PROPERTIES, ("name",))
    write_schema(root, USER, USER_PROPERTIES, ("type",))
    return directory


def new_collector(directory: Path, **options) -> Collector:
    roots = [acme_repository(directory) / "schemas", *builtin_roots()]
    resolver = Resolver([StaticRepository(root) for root in roots])
    options.setdefault("clock", ManualClock(NOW_MS))
    return Collector(Validators(resolver), **options)


def text(value) -> str:
    return json.dumps(value, separators=(",", ":"))


def b64(value, *, url_safe: bool = True, padded: bool = True) -> str:
    raw = text(value).encode()
    encoded = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(raw).decode()
    return encoded if padded else encoded.rstrip("=")


def sdj(schema: str, data) -> dict:
    return {"schema": schema, "data": data}


def unstruct(data=None, *, schema: str = THING, wrapper: str = UNSTRUCT) -> dict:
    return sdj(wrapper, sdj(schema, {"name": "n"} if data is None else data))


def contexts(*entities, wrapper: str = CONTEXTS) -> dict:
    return sdj(wrapper, list(entities))


def event(**changes) -> dict:
    """A good self-describing event; a change to None takes the key away."""
    base = {
        "e": "ue",
        "p": "srv",
        "tv": "test-1.0",
        "eid": EID,
        "dtm": "1443452851000",
        "ue_pr": text(unstruct()),
        "stm": "1443452852000",
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def payload(*events) -> bytes:
    return orjson.dumps({"schema": PAYLOAD_DATA, "data": list(events)})


def post(collector: Collector, *events, headers=None) -> None:
    """Post events as a tracker does; the answer must be 200, as it always is."""
    answer = collector.accept_post(TP2, JSON, payload(*events), headers or {})
    assert (answer.status, answer.body) == (200, b"ok")


def reasons(collector: Collector) -> list[list[str]]:
    """Reasons of all bad events, in the order they came."""
    return [list(kept.verdict.reasons) for kept in reversed(collector.bad())]
