"""Parser over an engine that takes the whole record apart (JSON, logfmt, CSV, syslog, dissect).

Members of the record become fields by the rules of the schema, one record at a time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.fields import BadValueError
from logsource.parse.members import MAX_NESTING, Remainder, convert, has, look_up, nested_deeper_than
from logsource.parse.memory import Memory
from logsource.parse.pattern import put
from logsource.parse.recordplan import RecordPlans

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
    keeps_null: bool = False
    """A member that is null stays null, if the schema has it so; else it is left out."""


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
        source = self.source
        value = fields.get(source[0]) if len(source) == 1 else look_up(fields, source)
        if value is None:
            if self.required:
                raise ValueError(f"{'.'.join(self.source)}: the record has none")
            return None
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        return self.reader.read(text, reference_ms)


class StructuredParser(Memory):
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
        self.remembers = bool(getattr(engine, "remembers", False))
        self._engine = engine
        self._learners = (engine,)
        hidden = [timestamp.source] if timestamp is not None and not timestamp.keep else []
        shown = [member for member in members if member.source not in hidden]
        self.rules = [*(member.rule for member in shown), *([rest] if rest is not None else [])]
        """Fields that records can have."""
        self._takers = [_Taker(member) for member in shown]
        self._remainder = Remainder([*hidden, *(member.source for member in shown)])
        self._schema = schema
        self._timestamp = timestamp
        self._rest = rest
        plans = RecordPlans(shown, hidden=hidden, remainder=self._remainder, rest=rest)
        self._textual = bool(getattr(engine, "textual", False))
        self.plans = plans if plans.pays and self._textual else None
        """What is known of records seen before; None: each is taken apart by itself."""

    @property
    def engine(self) -> Engine:
        """What takes the records apart (for tools)."""
        return self._engine

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
            if self.plans is not None:
                data = self._planned(self.plans, fields, line.text)
            else:
                data = self._data(fields, shallow=self._textual and _is_shallow(line.text))
        except BadValueError as error:
            return Reject("bad_value", str(error))
        return Record(self._schema, data, timestamp)

    def _planned(self, plans: RecordPlans, fields: dict[str, JSONValue], text: str) -> dict[str, JSONValue]:
        """As `_data`, by what is known of other records with the same members."""
        found = plans.find(fields, len(text))
        if found is None:
            return self._data(fields)
        plan, nodes = found
        data = plan.data(nodes, text)
        if data is not None:
            return data
        again = self._engine.fields(text)  # the plan has taken the record apart
        return self._data(again if isinstance(again, dict) else {})

    def _data(self, fields: Mapping[str, JSONValue], *, shallow: bool = False) -> dict[str, JSONValue]:
        """Fields of a record: the definition of what a plan does faster.

        `shallow`: it is known that nothing is nested too deeply.
        """
        data: dict[str, JSONValue] = {}
        for taker in self._takers:
            value = taker.take(fields)
            if value is None and not (taker.keeps_null and has(fields, taker.source)):
                continue
            if taker.name is not None:
                data[taker.name] = value
            else:
                put(data, taker.path, value)
        if self._rest is not None:
            left = self._remainder.of(fields)
            if not shallow and nested_deeper_than(left, MAX_NESTING):
                raise BadValueError(f"nested more than {MAX_NESTING} levels deep")
            if left or self._rest.required:
                put(data, self._rest.path, left)
        return data


def _is_shallow(text: str) -> bool:
    """Each level of nesting has a bracket in the text of JSON, and the brackets are few."""
    return text.count("{") + text.count("[") <= MAX_NESTING


class _Taker:
    """Takes one field out of a record: `convert`, with shortcuts for what nearly all values are."""

    __slots__ = (
        "_cut",
        "_high",
        "_key",
        "_low",
        "_nulls",
        "_rule",
        "_strip",
        "keeps_null",
        "name",
        "path",
        "source",
    )

    def __init__(self, member: Member) -> None:
        rule = member.rule
        self.path = rule.path
        self.name = rule.path[0] if len(rule.path) == 1 else None
        self._rule = rule
        self.source = member.source
        self.keeps_null = member.keeps_null and rule.nullable
        self._key = member.source[0] if len(member.source) == 1 else None
        self._nulls = member.nulls
        self._strip = member.strip
        plain_text = rule.kind == "string" and rule.enum is None
        self._cut = (rule.max_length if rule.max_length is not None else sys.maxsize) if plain_text else -1
        integer = rule.kind == "integer" and rule.minimum is not None and rule.maximum is not None
        # an empty range sends every integer to `convert`, which knows about fields without limits
        self._low = rule.minimum if integer and rule.minimum is not None else 1
        self._high = rule.maximum if integer and rule.maximum is not None else 0

    def take(self, fields: Mapping[str, JSONValue]) -> JSONValue:
        """Value of the field, None when it is absent. Raises BadValueError."""
        value = fields.get(self._key) if self._key is not None else look_up(fields, self.source)
        if type(value) is str:
            if self._strip:
                value = value.rstrip()
            if self._cut >= 0 and value not in self._nulls:
                return value if len(value) <= self._cut else value[: self._cut]
        elif type(value) is int and self._low <= value <= self._high:
            return value
        return convert(self._rule, value, self._nulls)
