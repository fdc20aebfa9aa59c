"""Records of a user's parser without a schema that we can read: fields as they are captured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.fields import BadValueError, FieldSpec, FieldType
from logsource.parse.members import MAX_NESTING, look_up, nested_deeper_than, without
from logsource.parse.pattern import put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.parse.engines import Engine
    from logsource.parse.structured import StatedTime

PARSED_LINE = "iglu:io.logsource/parsed_line/jsonschema/1-0-0"


class FreeParser:
    """Fields as they are captured, for want of a schema that says what they must be."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        schema: str | None,
        types: Mapping[str, FieldType],
        timestamp: StatedTime | None,
    ) -> None:
        self.name = name
        self.remembers = bool(getattr(engine, "remembers", False))
        self._engine = engine
        self._schema = schema
        self._types = {
            tuple(label.split(".")): FieldSpec(name=tuple(label.split(".")), group=0, type=kind)
            for label, kind in types.items()
        }
        self._timestamp = timestamp

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the record, or why there is none."""
        found = self._engine.fields(line.text)
        if isinstance(found, Reject):
            return found
        timestamp = None
        if self._timestamp is not None:
            try:
                timestamp = self._timestamp.of(found, line.reference_ms)
            except ValueError as error:
                return Reject(str(getattr(error, "reason", "bad_timestamp")), str(error))
            if not self._timestamp.keep:
                found = without(found, [self._timestamp.source])
        if nested_deeper_than(found, MAX_NESTING):
            return Reject("bad_value", f"nested more than {MAX_NESTING} levels deep")
        try:
            for path, spec in self._types.items():
                value = look_up(found, path)
                if isinstance(value, str):
                    found = without(found, [path])
                    put(found, path, spec.convert(value))
        except BadValueError as error:
            return Reject("bad_value", str(error))
        return Record(self._schema or PARSED_LINE, self._data(found), timestamp)

    def _data(self, fields: dict[str, JSONValue]) -> dict[str, JSONValue]:
        return fields if self._schema is not None else {"parser": self.name, "fields": fields}
