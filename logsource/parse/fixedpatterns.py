"""Fixed columns as regular expressions, so that whole blocks of such lines are taken apart at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.parse.fields import FIXED_TYPES
from logsource.parse.pattern import PatternSpec, TimestampSlot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.fixedwidth import FixedColumn
    from logsource.parse.fields import FieldSpec
    from logsource.parse.pattern import TimestampReader


@dataclass(frozen=True, slots=True)
class FixedPattern:
    """One pattern, and where its columns are."""

    name: str
    regex: str
    groups: Mapping[str, tuple[int, str]]
    """Column → its group, and the filler that is not part of its value."""

    def spec(self, made: PatternSpec) -> PatternSpec:
        """The specification with this pattern, whose fields lose their filler before they are read."""
        fillers = dict(self.groups.values())
        slot = made.timestamp
        return replace(
            made,
            name=self.name,
            regex=self.regex,
            fields=tuple(_fixed(field, fillers[field.group]) for field in made.fields),
            timestamp=None
            if slot is None
            else TimestampSlot(slot.group, _Trimmed(slot.reader, fillers[slot.group])),
        )


def fixed_patterns(columns: Sequence[FixedColumn]) -> list[FixedPattern]:
    """For whole records, and for those that end early; no record has both forms."""
    names = [column.name for column in columns if not column.left_out]
    fillers = {column.name: column.filler for column in columns}
    groups = {name: (group, fillers[name]) for group, name in enumerate(names, 1)}
    last = columns[-1]
    # What follows the last column may be blank; a record that is cut at its last column is a whole one still.
    end = "" if last.end is None else f"[{re.escape(last.filler)}]*"
    found = [FixedPattern("columns", "".join(_pieces(columns, short=False)) + end, groups)]
    if last.start or last.end is not None:
        found.append(FixedPattern("short", "".join(_pieces(columns, short=True)), groups))
    return found


def _pieces(columns: Sequence[FixedColumn], *, short: bool) -> list[str]:
    pieces, at = [], 0
    for column in columns:
        if column.start > at:
            pieces.append(_characters(column.start - at, short=short, first=at == 0))
        opening = "(?:" if column.left_out else "("
        if column.end is None:
            # it may hold newlines, when a record is made of several lines
            filler = f"[{re.escape(column.filler)}]*"
            pieces.append(f"{filler}{opening}(?:(?s:.*)[^{re.escape(column.filler)}])?){filler}")
            return pieces
        pieces.append(
            f"{opening}{_characters(column.end - column.start, short=short, first=column.start == 0)})"
        )
        at = column.end
    return pieces


def _characters(number: int, *, short: bool, first: bool) -> str:
    """So many characters; or, where a record may end early, fewer of them before its end.

    The three ways exclude each other, so nothing is ever tried twice.
    """
    whole = "." if number == 1 else f".{{{number}}}"
    if not short:
        return whole
    fewer = [] if number == 1 else [r".\Z" if number == 2 else rf".{{1,{number - 1}}}\Z"]
    none = [] if first else [r"\Z"]
    return f"(?:{'|'.join([whole, *fewer, *none])})"


def _fixed(field: FieldSpec, filler: str) -> FieldSpec:
    """A column of nothing but filler has no value."""
    return replace(field, type=FIXED_TYPES[field.type], filler=filler, nulls=field.nulls | {""})


@dataclass(frozen=True, slots=True)
class _Trimmed:
    """Reads a time that stands in its column like any other value."""

    reader: TimestampReader
    filler: str

    def read(self, text: str, reference_ms: int) -> int:
        trimmed = text.strip(self.filler)
        if not trimmed:
            raise ValueError("the column of the time is blank")
        return self.reader.read(trimmed, reference_ms)
