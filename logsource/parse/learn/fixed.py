"""A draft from lines whose fields stand at fixed places: mainframe logs, bank transactions, call records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.fields import FIXED_TYPES, FieldSpec
from logsource.parse.learn.draft import Draft
from logsource.parse.learn.fixedtime import time_span
from logsource.parse.learn.grid import column, grid_of, is_fixed
from logsource.parse.learn.names import Place, name_all
from logsource.parse.learn.template import Field
from logsource.parse.learn.times import draft_time
from logsource.parse.learn.tokens import single_kind
from logsource.parse.learn.values import nulls_in, type_of
from logsource.parse.learn.vocabulary import SHORT_LEVELS, TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.fields import FieldType
    from logsource.parse.learn.draft import DraftTime
    from logsource.parse.learn.grid import Column, Grid

LEAST = 8
"""Lines: in fewer of them, places that stay blank may be chance."""
_LABEL = re.compile(r"[A-Za-z][A-Za-z_-]*[:=]?")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?[-+]?|[-+][0-9]+(?:\.[0-9]+)?")
_PADDED = re.compile(r"0*")
_PLACES = 2
"""By so many digits numbers with zeros before them differ in length; names and accounts are of one length."""


def draft_fixed(lines: Sequence[str]) -> Draft | None:
    """Draft of a log of fixed columns; None when something else tells its fields apart."""
    grid = grid_of(lines) if len(lines) >= LEAST else None
    if grid is None or not is_fixed(grid):
        return None
    span = time_span(grid)
    drafted = None
    if span is not None:
        first, last, candidates = span
        drafted = draft_time(TIME, _stated(grid, first, last), candidates)
    time, notes = drafted or (None, ["no time was found: events will have the time at which they were read"])
    parts = list(_parts(grid, span[:2] if span is not None and time is not None else None))
    named = _named([part.place for part in parts])
    for (name, sure), part in zip(named, parts, strict=True):
        if not sure and part.place.texts:
            notes.append(f"{name}: the name is a guess, such as {part.place.texts[0][:40]!r}")
    return _draft(grid, parts, [name for name, _ in named], time, notes)


def _named(found: Sequence[Place]) -> list[tuple[str, bool]]:
    """Names of columns, and whether they are more than guesses.

    The message of a record is what ends it; words in a column before are something else.
    """
    named = name_all(found)
    taken = {name for name, _ in named}
    spare = next(name for name in ("text", "description", "words") if name not in taken)
    for at, place in enumerate(found):
        letters = set(place.texts)
        if named[at][0] == "message" and at < len(named) - 1:
            named[at] = spare, False
        elif "level" not in taken and len(letters) > 1 and letters <= SHORT_LEVELS:
            named[at] = "level", True
            taken.add("level")
    return named


@dataclass(frozen=True, slots=True)
class _Part:
    """A column that is kept."""

    column: Column
    place: Place
    """What tells its name."""


def _stated(grid: Grid, first: int, last: int) -> list[str]:
    start, end = grid.columns[first].start, grid.columns[last - 1].end
    return [line[start:end].strip(" ") for line in grid.lines]


def _parts(grid: Grid, span: tuple[int, int] | None) -> Iterator[_Part]:
    """Columns in order, the time as one; words that are there for people to read name the number behind them."""
    columns = grid.columns
    label, at = " ", 0
    while at < len(columns):
        one = columns[at]
        if span is not None and at == span[0]:
            at = span[1]
            whole = column(grid.lines, one.start, columns[at - 1].end)
            yield _Part(whole, Place(Field(frozenset({"iso"})), whole.filled, "", " ", last=False))
            continue
        at += 1
        if (
            at < len(columns)
            and _LABEL.fullmatch(one.constant)
            and all(map(_NUMBER.fullmatch, columns[at].filled))
        ):
            label = f"{one.constant} "
            continue
        texts = one.filled
        free = at == len(columns) and any(" " in text for text in texts)
        kinds = frozenset(map(single_kind, texts[:200]))
        yield _Part(
            one,
            Place(
                Field(kinds, free=free), texts, label, "" if at == len(columns) else " ", at == len(columns)
            ),
        )
        label = " "


def _draft(
    grid: Grid, parts: Sequence[_Part], names: Sequence[str], time: DraftTime | None, notes: Sequence[str]
) -> Draft:
    nulls = [null for null in nulls_in(text for part in parts[:-1] for text in part.column.filled) if null]
    specs, doubts = {}, list(notes)
    for name, part in zip(names, parts, strict=True):
        kind = _type([text for text in part.column.filled if text not in nulls])
        if kind == "integer" and any(text.startswith("0") and len(text) > 1 for text in part.column.filled):
            doubts.append(f"{name}: has zeros before its digits; read as a number")
        specs[name] = FieldSpec(
            name=(name,),
            group=0,
            type=FIXED_TYPES[kind],
            nulls=frozenset({"", *nulls}),
            filler=" ",
        )
    hidden = time.field if time is not None else None
    records = [
        {name: specs[name].convert(text) for name, text in zip(names, row, strict=True) if name != hidden}
        for row in zip(*(part.column.values for part in parts), strict=True)
    ]
    return Draft(
        notation="fixed",
        options=dict(zip(names, _ranges(grid, parts), strict=True)),
        records=tuple(records),
        time=time,
        nulls=tuple(nulls),
        notes=tuple(doubts),
        odd=grid.odd,
    )


def _ranges(grid: Grid, parts: Sequence[_Part]) -> list[str]:
    """Where each column is, with the room around it that longer values may take."""
    begins = {
        one.start: _begin(one, before.end if before is not None else 0)
        for before, one in zip((None, *grid.columns), grid.columns, strict=False)
    }
    found = []
    for part in parts:
        one = part.column
        following = [begin for start, begin in begins.items() if start >= one.end]
        found.append(f"{begins[one.start] + 1}-{min(following, default='')}")
    return found


def _begin(one: Column, before: int) -> int:
    """Values that stand at the right side may grow to the left; one blank stays with the column before."""
    grows = one.left < 1 and one.right == 1
    return min(one.start, before + 1) if grows else one.start


def _type(texts: Sequence[str]) -> FieldType:
    """Type of a column. Numbers may have zeros before them and their sign behind them."""
    known = type_of(texts)
    if known != "string" or not texts or not all(map(_NUMBER.fullmatch, texts)):
        return known
    if any("." in text for text in texts):
        return "number"
    lengths = {len(text.rstrip("+-").lstrip("+-").lstrip("0")) for text in texts}
    signed = any(text[-1] in "+-" for text in texts)
    return "integer" if signed or max(lengths) - min(lengths) >= _PLACES else "string"
