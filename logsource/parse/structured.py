"""Parser over an engine that takes the whole record apart (JSON, logfmt, CSV, syslog, dissect).

Members of the record become fields by the rules of the schema, one record at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.fields import BadValueError
from logsource.parse.members import MAX_NESTING, Remainder, convert, look_up, nested_deeper_than
from logsource.parse.pattern import put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.parse.engines import Engine
    from logsource.parse.pattern import TimestampReader
    from logsource.parse.shape import FieldRule


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
        hidden = [timestamp.source] if timestamp is not None and not timestamp.keep else []
        self._members = tuple(member for member in members if member.source not in hidden)
        self._remainder = Remainder([*hidden, *(member.source for member in self._members)])
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
        for member in self._members:
            found = look_up(fields, member.source)
            if member.strip and isinstance(found, str):
                found = found.rstrip()
            value = convert(member.rule, found, member.nulls)
            if value is not None:
                put(data, member.rule.path, value)
        if self._rest is not None:
            left = self._remainder.of(fields)
            if nested_deeper_than(left, MAX_NESTING):
                raise BadValueError(f"nested more than {MAX_NESTING} levels deep")
            if left or self._rest.required:
                put(data, self._rest.path, left)
        return data
