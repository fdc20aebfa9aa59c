"""Parser over an engine that takes the whole record apart (JSON, logfmt, CSV, syslog, dissect).

Members of the record become fields by the rules of the schema, one record at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.fields import BadValueError
from logsource.parse.pattern import put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.parse.engines import Engine
    from logsource.parse.pattern import TimestampReader
    from logsource.parse.shape import FieldRule

MAX_NESTING = 32
"""Levels of free JSON that are accepted; enrichment refuses events nested deeper than 40 in all."""


@dataclass(frozen=True, slots=True)
class Member:
    """A field and where in the record it comes from."""

    rule: FieldRule
    source: tuple[str, ...]
    nulls: frozenset[str] = frozenset()
    strip: bool = False
    """Leave out white space at the end of a text."""


@dataclass(frozen=True, slots=True)
class StatedTime:
    """Which member states the time; it is not a field of the event unless `keep`."""

    source: tuple[str, ...]
    reader: TimestampReader
    keep: bool = False
    required: bool = False
    """A record without it is rejected (reason bad_timestamp)."""

    def of(self, fields: Mapping[str, JSONValue], reference_ms: int) -> int | None:
        """Milliseconds since the epoch; None when the member is not there. Raises ValueError."""
        value = look_up(fields, self.source)
        if value is None:
            if self.required:
                raise ValueError(f"{'.'.join(self.source)}: the record has none")
            return None
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        return self.reader.read(text, reference_ms)


class StructuredParser:
    """Engine, then fields."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        members: Sequence[Member],
        schema: str,
        *,
        timestamp: StatedTime | None = None,
        rest: FieldRule | None = None,
    ) -> None:
        self.name = name
        self._engine = engine
        self._members = tuple(members)
        self._schema = schema
        self._timestamp = timestamp
        self._rest = rest

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the record, or why there is none."""
        fields = self._engine.fields(line.text)
        if isinstance(fields, Reject):
            return fields
        timestamp = None
        if self._timestamp is not None:
            try:
                timestamp = self._timestamp.of(fields, line.reference_ms)
            except ValueError as error:
                return Reject(str(getattr(error, "reason", "bad_timestamp")), str(error))
        try:
            data = self._data(fields)
        except BadValueError as error:
            return Reject("bad_value", str(error))
        return Record(self._schema, data, timestamp)

    def _data(self, fields: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
        data: dict[str, JSONValue] = {}
        taken: list[tuple[str, ...]] = []
        if self._timestamp is not None and not self._timestamp.keep:
            taken.append(self._timestamp.source)
        for member in self._members:
            if member.source in taken:
                continue
            found = look_up(fields, member.source)
            if member.strip and isinstance(found, str):
                found = found.rstrip()
            value = convert(member.rule, found, member.nulls)
            if value is not None:
                put(data, member.rule.path, value)
            taken.append(member.source)
        if self._rest is not None:
            left = without(fields, taken)
            if nested_deeper_than(left, MAX_NESTING):
                raise BadValueError(f"nested more than {MAX_NESTING} levels deep")
            if left or self._rest.required:
                put(data, self._rest.path, left)
        return data


def look_up(fields: Mapping[str, JSONValue], path: tuple[str, ...]) -> JSONValue:
    """Member at a path; None when there is none. A dotted key that stands as it is wins over nesting."""
    if len(path) > 1 and (dotted := ".".join(path)) in fields:
        return fields[dotted]
    value: JSONValue = fields
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def convert(rule: FieldRule, value: JSONValue, nulls: frozenset[str]) -> JSONValue:
    """Value of a field as its schema has it. Raises BadValueError."""
    if value is None or (isinstance(value, str) and value in nulls):
        if rule.required:
            raise BadValueError(f"{rule.label}: the schema requires it and the record has none")
        return None
    if rule.kind == "object":
        if not isinstance(value, dict):
            raise BadValueError(f"{rule.label}: is not an object")
        if nested_deeper_than(value, MAX_NESTING):
            raise BadValueError(f"{rule.label}: nested more than {MAX_NESTING} levels deep")
        return value
    if rule.kind == "array":
        if rule.items is None:
            raise BadValueError(f"{rule.label}: the schema says nothing about its items")
        values = value if isinstance(value, list) else [value]
        return [convert(rule.items, one, frozenset()) for one in values if one is not None][: rule.max_items]
    return rule.text_spec.convert(_text(value))


def nested_deeper_than(value: JSONValue, levels: int) -> bool:
    """Whether objects and lists stand more than so many levels deep in each other; without recursion."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for one in layer
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True


def _text(value: JSONValue) -> str:
    """A scalar as a log would write it (an integral float as an integer), anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return orjson.dumps(value).decode()


def without(fields: Mapping[str, JSONValue], taken: Sequence[tuple[str, ...]]) -> dict[str, JSONValue]:
    """Copy of a record without the members at some paths (and without what is empty because of that)."""
    left = dict(fields)
    for path in taken:
        if len(path) > 1 and (dotted := ".".join(path)) in left:
            del left[dotted]
            continue
        if len(path) == 1:
            left.pop(path[0], None)
            continue
        inner = left.get(path[0])
        if isinstance(inner, dict):
            remaining = without(inner, [path[1:]])
            if remaining:
                left[path[0]] = remaining
            elif inner:
                del left[path[0]]
    return left
