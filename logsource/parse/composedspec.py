"""One pattern of a chain: the inner pattern's fields, and what the envelopes around it bring along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.pattern import PatternSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import JSONValue
    from logsource.parse.fields import FieldSpec
    from logsource.parse.pattern import TimestampReader, TimestampSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPart:
    """The fields of an envelope, as an entity of the events of a pattern."""

    schema: str
    fields: tuple[FieldSpec, ...]
    """In the order in which they are written."""
    under: tuple[str, ...]
    """Path of the object that holds the fields; empty: they are members of the data itself."""
    constants: tuple[tuple[tuple[str, ...], JSONValue], ...]
    """(path, value), written after the fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedSpec(PatternSpec):
    """A pattern with entities."""

    entities: tuple[EntityPart, ...] = ()
    checked: tuple[FieldSpec, ...] = ()
    """Fields that are not written; a row in which one of them is bad belongs to the row path."""
    times: tuple[TimestampSlot, ...] = ()
    """Times that are not used; a row in which one of them cannot be read belongs to the row path."""


class EntityRows:
    """Entities of the lines of a block, by the number of the line, as they follow another entity inside `co`."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        self.texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedSpec(PatternSpec):
    """A pattern of texts whose envelopes were taken off before."""

    rows: EntityRows | None = None
    """None: the envelopes leave no entities."""


class NotingReader:
    """A reader that remembers the reference of its last time, for the times that are only checked."""

    def __init__(self, reader: TimestampReader) -> None:
        self._reader = reader
        self.reference_ms = 0

    def read(self, text: str, reference_ms: int) -> int:
        """As the reader does. Raises ValueError."""
        self.reference_ms = reference_ms
        return self._reader.read(text, reference_ms)
