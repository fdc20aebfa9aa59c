"""Lines laid under each other: which columns of characters stay blank, and where something else begins at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 512
"""Characters of a line that are looked at; what is behind them belongs to the last column."""
_LOOKED_AT = 1000
_STRAY = 0.02
"""Share of the lines that may have a character where all others are blank: headings, and lines of another form."""
_COMMON = 0.1
_SHARE = 0.95
_DIGITS = 5
"""Digits that may stand glued to a word: a time or a number of several places, and no version or unit."""
_WORDS = re.compile(r"[^\W\d_][\w.,/#:*-]*(?: [\w.,/#:*-]+)+")
_NUMERIC = frozenset("0123456789 .,+-")
_LETTERS = re.compile(r"[A-Za-z][A-Za-z']+")


@dataclass(frozen=True, slots=True)
class Column:
    """Characters [start, end) of every line, with the values that stand there (without blanks around them)."""

    start: int
    end: int
    values: tuple[str, ...]
    left: float = 1.0
    """Share of the values that begin where the column does."""
    right: float = 1.0
    """Share of those that end where it does."""
    glued: bool = False
    """It begins right behind the last character of the column before it."""

    @property
    def filled(self) -> tuple[str, ...]:
        """Values that are there."""
        return tuple(value for value in self.values if value)

    @property
    def constant(self) -> str:
        """The value, if it is the same in every line."""
        return self.values[0] if len(set(self.values)) == 1 else ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns of a log, and the lines that do not have them."""

    lines: tuple[str, ...]
    columns: tuple[Column, ...]
    odd: tuple[str, ...]


def grid_of(lines: Sequence[str]) -> Grid | None:
    """The columns that all but a few of the lines have; None when there are fewer than two."""
    if any("\t" in line for line in lines):
        return None
    kept = [line for line in lines if line.strip()]
    blank = _blank(kept)
    fitting = [line for line in kept if _fits(line, blank)]
    blank = _blank(fitting)  # without the strays there may be more
    fitting = [line for line in fitting if _fits(line, blank)]
    if len(fitting) < _SHARE * len(kept) or not fitting:
        return None
    spans = _spans(blank)
    columns = [part for start, end in spans for part in _unglued(fitting, column(fitting, start, end))]
    if len(columns) < 2:
        return None
    chosen = set(fitting)
    return Grid(
        tuple(fitting),
        tuple(_with_text(columns, fitting)),
        tuple(line for line in lines if line not in chosen),
    )


def column(lines: Sequence[str], start: int, end: int, *, glued: bool = False) -> Column:
    """What stands at a place."""
    cells = [line[start:end].ljust(end - start) for line in lines]
    there = [cell for cell in cells if cell.strip(" ")] or [" "]
    signed = end - start > 1 and any(cell[-1] in "+-" for cell in there)
    last = -2 if signed else -1  # a sign stands behind its number, a blank where it is plus
    return Column(
        start,
        end,
        tuple(cell.strip(" ") for cell in cells),
        left=sum(cell[0] != " " for cell in there) / len(there),
        right=sum(cell[last] != " " or cell[-1] != " " for cell in there) / len(there),
        glued=glued,
    )


def is_fixed(grid: Grid) -> bool:
    """Whether only their places tell the columns apart, at least in some lines.

    Columns may be blank, glued to their neighbours, or hold blanks themselves: words that follow each other would be
    counted wrongly. Aligned words alone prove nothing; many logs pad their levels.
    """
    *fields, _ = grid.columns
    marked = any(one.constant and not any(map(str.isalnum, one.constant)) for one in grid.columns)
    if len(fields) < 3 or marked or not all(map(_is_aligned, fields)):
        return False  # bars and dashes between columns are what tells them apart
    return any(one.glued for one in grid.columns) or _blanks_inside(grid) or any(map(_several_words, fields))


def _blank(lines: Sequence[str]) -> list[bool]:
    """Which characters are blank in (nearly) every line, up to where a good part of the lines ends."""
    some = lines[:: len(lines) // _LOOKED_AT + 1]
    width = min(max(map(len, some), default=0), MOST)
    taken = [0] * width
    for line in some:
        for at, char in enumerate(line[:width]):
            if char != " ":
                taken[at] += 1
    while taken and taken[-1] < _COMMON * len(some):
        taken.pop()  # lines end where they like
    limit = _STRAY * len(some)
    return [count <= limit for count in taken]


def _fits(line: str, blank: Sequence[bool]) -> bool:
    return all(char == " " or not empty for char, empty in zip(line, blank, strict=False))


def _spans(blank: Sequence[bool]) -> list[tuple[int, int]]:
    spans, start = [], -1
    for at, empty in enumerate([*blank, True]):
        if not empty and start < 0:
            start = at
        elif empty and start >= 0:
            spans.append((start, at))
            start = -1
    return spans


def _unglued(lines: Sequence[str], one: Column) -> list[Column]:
    """Number and word that stand together in every line at the same place: `061500JOBA`, `17.50-EUR`."""
    cells = [line[one.start : one.end].ljust(one.end - one.start) for line in lines]
    numeric = True
    for at, chars in enumerate(zip(*cells, strict=True)):
        kinds = set(chars)
        if all(map(str.isalpha, kinds)) and at >= _DIGITS and one.start + at + 1 < one.end:
            tails = {cell[at:] for cell in cells}
            word = len(tails) > 1 and all(tail[1].isalpha() for tail in tails)
            if not word:
                return [one]
            border = one.start + at
            return [column(lines, one.start, border), column(lines, border, one.end, glued=True)]
        numeric = numeric and kinds <= _NUMERIC
        if not numeric:
            break
    return [one]


def _flows(left: Column, right: Column) -> bool:
    """Whether two columns are one text, in which a blank stands by chance at the same place in all lines.

    Then the right one holds something only where the left one is full; and the left one is a text already, or is seldom
    full elsewhere: `OPERATOR SMITH`, `OPERATOR JONES`, `AUTO`.
    """
    if right.start - left.end != 1 or right.glued:
        return False
    width = left.end - left.start
    pairs = [one for one, other in zip(left.values, right.values, strict=True) if other]
    alone = [one for one, other in zip(left.values, right.values, strict=True) if not other]
    full = sum(len(one) == width for one in alone)
    text = full < len(alone) / 2 or any(" " in one for one in left.filled)
    return text and all(len(one) == width and left.left >= _SHARE for one in pairs)


def _joined(lines: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    done: list[Column] = []
    for one in columns:
        if done and _flows(done[-1], one):
            done[-1] = column(lines, done[-1].start, one.end, glued=done[-1].glued)
        else:
            done.append(one)
    return done


def _with_text(columns: list[Column], lines: Sequence[str]) -> list[Column]:
    """The columns with a text for the last one.

    Behind a place where values stand at neither side, there are no columns any more. Words at the beginning of a text
    are none either, though all lines may have them: `STEP STARTED`, `STEP ENDED`.
    """
    floating = next((at for at, one in enumerate(columns) if not _is_aligned(one)), len(columns) - 1)
    done = _joined(lines, columns[: floating + 1])
    done[-1] = column(lines, done[-1].start, max(map(len, lines)), glued=done[-1].glued)
    while len(done) > 1:
        word, text = done[-2], done[-1]
        apart = text.start - word.end > 1 or word.glued
        if (
            apart
            or not _LETTERS.fullmatch(word.constant)
            or not any(" " in one or one.isalpha() for one in text.filled)
        ):
            break
        done[-2:] = [column(lines, word.start, text.end, glued=word.glued)]
    return done


def _is_aligned(one: Column) -> bool:
    """Whether the values stand at one of the column's sides."""
    return max(one.left, one.right) >= _SHARE


def _blanks_inside(grid: Grid) -> bool:
    """Whether some lines leave a column blank and go on behind it."""
    *fields, last = grid.columns
    gaps = 0
    for row in range(len(grid.lines)):
        filled = [bool(one.values[row]) for one in fields] + [bool(last.values[row])]
        while filled and not filled[-1]:
            filled.pop()
        gaps += False in filled
    return gaps > max(1, _STRAY * len(grid.lines))


def _several_words(one: Column) -> bool:
    """Whether its values are words with single blanks between them."""
    several = [value for value in one.filled if " " in value]
    return (
        len(several) > _STRAY * len(one.values) + 1
        and len(set(several)) > 1
        and all(map(_WORDS.fullmatch, several))
    )
