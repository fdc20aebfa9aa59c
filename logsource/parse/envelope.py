"""What is left of an envelope when the text inside it became an event: an entity, or the header of a syslog line."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.parse.builtin import JSON_LINE, LOGFMT_LINE
from logsource.parse.free import PARSED_LINE
from logsource.parse.members import look_up, without
from logsource.parse.outcome import iso
from logsource.parse.schemas import find_schema
from logsource.parse.shape import read_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from logsource.model import JSONValue, Record
    from logsource.parse.members import Path as FieldPath

FREE_SCHEMAS = frozenset({PARSED_LINE, JSON_LINE, LOGFMT_LINE})
"""Generic schemas, whose records keep what was found under `fields`."""
NO_TIME = "1971-01-01T00:00:00.000Z"
"""Stands where a syslog line has its time, when the envelope states none; nobody takes it for one."""
_HOSTS = ("host", "hostname")
_PROGRAMS = ("program", "identifier", "tag")
_NO_HOST = frozenset(" \t\r\n[]")
_NO_PROGRAM = frozenset(" \t\r\n[]:")
"""Characters that no host or program in a header has; a name with one of them could pass for more than a name."""


def fields_of(record: Record) -> Mapping[str, JSONValue]:
    """Fields as a configuration names them: those of a generic schema stand under `fields`."""
    inner = record.data.get("fields") if record.schema in FREE_SCHEMAS else None
    return inner if isinstance(inner, dict) else record.data


class Envelopes:
    """Makes entities of envelopes. What it knows of their schemas is found out when they are first met."""

    def __init__(self, path: FieldPath, schema_dirs: Sequence[Path]) -> None:
        """`path`: the field whose text became the event."""
        self._path = path
        self._schema_dirs = schema_dirs
        self._emptied: dict[str, bool | None] = {}

    def entity(self, record: Record) -> JSONValue:
        """The record as a self-describing entity, without the text that became the event."""
        schema, data = record.schema, record.data
        if schema in FREE_SCHEMAS:
            inner = data.get("fields")
            left = {**data, "fields": without(inner if isinstance(inner, dict) else {}, [self._path])}
            return {"schema": schema, "data": left}
        emptied = self.emptied(schema)
        if emptied is None:
            return {"schema": schema, "data": dict(data)}
        if len(self._path) == 1:
            name = self._path[0]
            left = {key: value for key, value in data.items() if key != name}
            if emptied:
                left[name] = ""
        else:
            left = without(data, [self._path])
        return {"schema": schema, "data": left}

    def emptied(self, schema: str) -> bool | None:
        """Whether the text must leave an empty one behind, because its schema requires the field.

        None: the text has to stay, because nobody knows whether the schema could do without it, or because it
        would not take an empty one. An entity that is not valid would lose the event.
        """
        if schema not in self._emptied:
            self._emptied[schema] = self._find_out(schema)
        return self._emptied[schema]

    def _find_out(self, uri: str) -> bool | None:
        try:
            schema = find_schema(uri, self._schema_dirs)
        except PackError:
            return None
        if schema is None:
            return None
        shape = read_shape(uri, schema)
        label = ".".join(self._path)
        rule = shape.rules.get(label)
        if rule is None or any(one.startswith((f"{label}:", "(root)")) for one in shape.unpromised):
            return None
        if not rule.required:
            return False
        return True if len(self._path) == 1 and rule.kind == "string" and rule.enum is None else None


def syslog_line(record: Record, text: str) -> str | None:
    """The line that a syslog daemon would have written of an envelope and the text in it; None when it cannot be told."""
    fields = fields_of(record)
    program = _name(fields, _PROGRAMS, _NO_PROGRAM)
    if not program:
        return None
    pid = fields.get("pid")
    number = str(pid) if pid is not None else ""
    tag = f"{program}[{number}]" if number.isascii() and number.isdigit() else program
    time = NO_TIME if record.timestamp_ms is None else _written(record.timestamp_ms)
    return f"{time} {_name(fields, _HOSTS, _NO_HOST) or '-'} {tag}: {text}"


def _name(fields: Mapping[str, JSONValue], labels: Sequence[str], never: frozenset[str]) -> str | None:
    for label in labels:
        value = look_up(fields, (label,))
        if isinstance(value, str) and value:
            return None if never.intersection(value) else value
    return None


@lru_cache(maxsize=4096)
def _written(instant_ms: int) -> str:
    return iso(instant_ms) or NO_TIME
