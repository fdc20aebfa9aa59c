"""The tracker protocol: one record becomes one JSON object of payload_data 1-0-4, as a string.

This file is the definition of an event's bytes; the column engine assembles the same bytes from the same
constants. Order of keys: e p tv [tna] [aid] eid dtm [ttm] ue_pr|ue_px co|cx stm. `stm` is a placeholder
of the right length, replaced at each send. Nothing volatile enters the payload when the line states its
own time, because de-duplication downstream compares everything but eid, stm and the like.

Protocol fields that a record gives (`url`, `ua`, `uid` …, see `Envelope`) stand between the times and ue_pr.
A page view or a structured event has no ue_pr; there the record travels as an entity, and so it does beside an
application_error made of it.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import orjson

from logsource import __version__
from logsource.event.ids import eid_prefix, event_id
from logsource.model import STM_PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import JSONValue, Line, Record

UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
LOG_SOURCE = "iglu:io.logsource/log_source/jsonschema/1-0-0"
HOST = "iglu:io.logsource/host/jsonschema/1-0-0"
UNPARSED_LINE = "iglu:io.logsource/unparsed_line/jsonschema/1-0-0"
TRACKER_VERSION = f"logsource-{__version__}"
MAX_MS = 253_402_300_799_999
"""Last millisecond of the year 9999; enrich refuses later times."""
TAIL = "," + STM_PLACEHOLDER.decode() + "}"


def json_text(value: JSONValue) -> str:
    """Compact JSON. Raises TypeError for what JSON cannot carry (lone surrogates, integers over 64 bits)."""
    return orjson.dumps(value).decode()


def escaped(text: str) -> str:
    """`text` as the inside of a JSON string, without the quotes."""
    return json_text(text)[1:-1]


def entities_text(entities: Iterable[JSONValue]) -> str:
    """Entities as they follow another one inside `co`: each with a comma before it. Raises TypeError as `json_text`."""
    return "".join("," + json_text(entity) for entity in entities)


EventName = Literal["ue", "pv", "se"]
"""Self-describing, page view, structured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What an event is besides its record."""

    name: EventName = "ue"
    members: tuple[tuple[str, str], ...] = ()
    """Protocol fields and their values, in the order in which they are written."""
    entities: tuple[JSONValue, ...] = ()
    """Self-describing JSONs about this record, after log_source."""
    body: tuple[str, JSONValue] | None = None
    """Iglu URI and data of a self-describing event that is not the record; the record is then an entity."""


PLAIN = Envelope()


@dataclass(frozen=True, kw_only=True)
class EventFrame:
    """What all events of one source have in common."""

    source: str
    host: str
    platform: str = "srv"
    namespace: str = ""
    app_id: str = ""
    base64: bool = False
    entities: tuple[JSONValue, ...] = ()
    """Static self-describing JSONs sent with each event, after log_source."""

    @cached_property
    def head(self) -> str:
        """`{"e":"ue","p":"srv",…` up to the opening quote of the event id's value."""
        return self.head_of("ue")

    def head_of(self, name: EventName) -> str:
        """As `head`, for any kind of event."""
        members = {"e": name, "p": self.platform, "tv": TRACKER_VERSION}
        if self.namespace:
            members["tna"] = self.namespace
        if self.app_id:
            members["aid"] = self.app_id
        return json_text(members)[:-1] + ',"eid":"'

    def for_file(self, *, file_id: str, epoch: int, path: str) -> FileFrame:
        """Add what all events of one file have in common."""
        return FileFrame(self, file_id=file_id, epoch=epoch, path=path)


class FileFrame:
    """Constants of one file's events, ready to be joined with what changes from line to line."""

    def __init__(self, frame: EventFrame, *, file_id: str, epoch: int, path: str) -> None:
        self.base64 = frame.base64
        self.prefix = eid_prefix(file_id, epoch)
        self.start = frame.head + self.prefix
        """Everything before the twelve hex digits of the offset."""
        self.starts = {name: frame.head_of(name) + self.prefix for name in ("ue", "pv", "se")}
        """The same for each kind of event."""
        position = {
            "source": frame.source,
            "host": frame.host,
            "path": os.fsencode(path).decode("utf-8", "replace"),
            "file_id": file_id,
        }
        self.contexts_head = (
            f'{{"schema":"{CONTEXTS}","data":[{{"schema":"{LOG_SOURCE}","data":'
            f'{json_text(position)[:-1]},"offset":'
        )
        self.contexts_tail = "}" + entities_text(frame.entities) + "]}"
        self.escaped_contexts_head = escaped(self.contexts_head)
        self.escaped_contexts_tail = escaped("}" + self.contexts_tail)
        self.escaped_contexts_rest = escaped(self.contexts_tail[1:])
        """What follows the log_source entity."""

    def render(self, record: Record, line: Line, read_ms: int, envelope: Envelope = PLAIN) -> str:
        """The event of one record, beginning with EVENT_START.

        `read_ms` is used as `dtm` only when the record states no time. Raises TypeError when the data is
        not JSON.
        """
        dtm = read_ms if record.timestamp_ms is None else record.timestamp_ms
        times = f'","dtm":"{dtm}"'
        if record.timestamp_ms is not None:
            times += f',"ttm":"{dtm}"'
        members = "".join(f',"{key}":{json_text(value)}' for key, value in envelope.members)
        described = f'{{"schema":{json_text(record.schema)},"data":{json_text(record.data)}}}'
        flags = f',"flags":{json_text(sorted(line.flags))}' if line.flags else ""
        about = entities_text((*record.entities, *envelope.entities))
        if envelope.name != "ue" or envelope.body is not None:
            about += "," + described
        contexts = f"{self.contexts_head}{line.offset}{flags}}}}}{about}{self.contexts_tail[1:]}"
        body = f',"cx":"{_base64(contexts)}"' if self.base64 else f',"co":{json_text(contexts)}'
        if envelope.name == "ue":
            if envelope.body is not None:
                schema, data = envelope.body
                described = f'{{"schema":{json_text(schema)},"data":{json_text(data)}}}'
            unstruct = f'{{"schema":"{UNSTRUCT}","data":{described}}}'
            body = (
                f',"ue_px":"{_base64(unstruct)}"' if self.base64 else f',"ue_pr":{json_text(unstruct)}'
            ) + body
        return self.starts[envelope.name] + event_id("", line.offset) + times + members + body + TAIL


def _base64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()
