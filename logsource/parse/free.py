"""Records of a user's parser without a schema that we can read: fields as they are captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.fields import BadValueError
from logsource.parse.members import MAX_NESTING, Path, convert, look_up, nested_deeper_than, without
from logsource.parse.memory import Memory
from logsource.parse.pattern import put
from logsource.parse.shape import FieldRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.parse.engines import Engine
    from logsource.parse.structured import StatedTime

ScalarType = Literal["string", "integer", "number", "boolean"]
PARSED_LINE = "iglu:io.logsource/parsed_line/jsonschema/1-0-0"


class FreeParser(Memory):
    """Fields as they are captured, for want of a schema that says what they must be."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        schema: str | None,
        types: Mapping[str, ScalarType],
        timestamp: StatedTime | None,
    ) -> None:
        self.name = name
        self.remembers = bool(getattr(engine, "remembers", False))
        self.engine = engine
        self._learners = (engine,)
        self._schema = schema
        self._types = {path: _rule(path, kind) for path, kind in _paths(types)}
        self._timestamp = timestamp

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the record, or why there is none."""
        found = self.engine.fields(line.text)
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
            for path, rule in self._types.items():
                value = look_up(found, path)
                if value is not None:
                    found = without(found, [path])
                    put(found, path, _typed(rule, value))
        except BadValueError as error:
            return Reject("bad_value", str(error))
        return Record(self._schema or PARSED_LINE, self._data(found), timestamp)

    def _data(self, fields: dict[str, JSONValue]) -> dict[str, JSONValue]:
        return fields if self._schema is not None else {"parser": self.name, "fields": fields}


def _paths(types: Mapping[str, ScalarType]) -> Iterator[tuple[Path, ScalarType]]:
    for label, kind in types.items():
        yield tuple(label.split(".")), kind


def _rule(path: Path, kind: ScalarType) -> FieldRule:
    return FieldRule(path=path, kind=kind, description="", required=False)


def _typed(rule: FieldRule, value: JSONValue) -> JSONValue:
    """Value as the type that was asked for, whatever it was; of a list, each member. Raises BadValueError."""
    if isinstance(value, dict):
        raise BadValueError(f"{rule.label}: is an object, not of type {rule.kind}")
    if isinstance(value, list):
        return [_typed(rule, one) for one in value]
    return convert(rule, value, frozenset())
