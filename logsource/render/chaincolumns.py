"""The envelopes around the records of a pattern, as columns: entities, and what is only checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from logsource.event.payload import escaped, json_text
from logsource.parse.composedspec import NotingReader
from logsource.render.columns import Column, FieldColumn
from logsource.render.plan import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.composedspec import ComposedSpec, EntityPart, StagedSpec
    from logsource.parse.pattern import TimestampReader
    from logsource.render.plan import Field, Table

KNOWN_TIMES = 4096


class NumberedLines(Lines, Protocol):
    """Lines that know their place in the whole block."""

    @property
    def rows(self) -> Sequence[int]:
        """Number of each."""
        ...


class ChainColumns:
    """Entities of one composed pattern."""

    def __init__(self, spec: ComposedSpec, always: frozenset[int]) -> None:
        parts = [_entity(part, always) for part in spec.entities]
        self._entities: list[Field | Column] = [one for part in parts for one in part]
        self._checked = [FieldColumn(field, first=False, always=False) for field in spec.checked]
        self.fields: tuple[Field, ...] = (
            *(one for one in self._entities if not isinstance(one, Column)),
            *self._checked,
        )
        """What has to be rendered, in this order."""
        self.width = len(self._entities)
        """Columns that the entities take behind those of the event."""
        noting = spec.timestamp.reader if spec.timestamp is not None and spec.times else None
        self._times = [
            (slot.group, _Readable(slot.reader, noting))
            for slot in spec.times
            if isinstance(noting, NotingReader)
        ]

    def columns(self, rendered: Iterator[Column], _lines: NumberedLines) -> tuple[list[Column], list[Column]]:
        """Columns of the entities, and those that only tell bad rows; takes its own from those that are rendered."""
        entities = [one if isinstance(one, Column) else next(rendered) for one in self._entities]
        return entities, [next(rendered) for _ in self._checked]

    def judge(self, table: Table, odd: set[int]) -> None:
        """Rows with a time that cannot be read belong to the row path. The event's own times have been read before."""
        for group, readable in self._times:
            verdicts = readable.column(table.column(group))
            if False in verdicts:
                odd.update(row for row, good in enumerate(verdicts) if not good)


class StagedColumns:
    """Entities that are known of each line already."""

    fields: tuple[Field, ...] = ()

    def __init__(self, spec: StagedSpec) -> None:
        self._rows = spec.rows
        self.width = 0 if spec.rows is None else 1

    def columns(self, _rendered: Iterator[Column], lines: NumberedLines) -> tuple[list[Column], list[Column]]:
        """One column with all entities of each line."""
        if self._rows is None:
            return [], []
        texts = self._rows.texts
        return [Column("", [texts[row] for row in lines.rows], "")], []

    def judge(self, table: Table, odd: set[int]) -> None:
        """Nothing is left to be judged: times of envelopes have been read."""


class _Readable(dict["str | None", bool]):
    """Text of a time → whether it is one. Another reference may mean another year, so it empties the memory."""

    def __init__(self, reader: TimestampReader, noting: NotingReader) -> None:
        super().__init__({None: True})
        self._reader = reader
        self._noting = noting
        self._reference_ms = 0

    def column(self, texts: Sequence[str | None]) -> list[bool]:
        if self._reference_ms != self._noting.reference_ms:
            self._reference_ms = self._noting.reference_ms
            self._forget()
        return list(map(self.__getitem__, texts))

    def _forget(self) -> None:
        self.clear()
        self[None] = True

    def __missing__(self, text: str) -> bool:
        if len(self) >= KNOWN_TIMES:
            self._forget()
        try:
            self._reader.read(text, self._reference_ms)
        except ValueError:
            self[text] = False
        else:
            self[text] = True
        return self[text]


def _entity(part: EntityPart, always: frozenset[int]) -> list[Field | Column]:
    """One entity, with the comma before it."""
    opening = f',{{"schema":{json_text(part.schema)},"data":{{'
    opening += "".join(f"{json_text(name)}:{{" for name in part.under)
    columns: list[Field | Column] = [Column(escaped(opening), "", "")]
    columns += [
        FieldColumn(field, first=index == 0, always=field.group in always)
        for index, field in enumerate(part.fields)
    ]
    members = [f"{json_text(path[-1])}:{json_text(value)}" for path, value in part.constants]
    comma = "," if members and (part.fields or part.under) else ""
    closing = "}" * len(part.under) + comma + ",".join(members) + "}}"
    columns.append(Column(escaped(closing), "", ""))
    return columns
