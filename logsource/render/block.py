"""The column engine: a block of lines becomes a block of events in a few C calls a column.

Lines that the pattern does not take, and rows with a value that needs a second look, are handed to the
row path one by one and put into their places. Both paths give identical bytes (tests/model).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.event.payload import MAX_MS
from logsource.render.columns import decimals, hex_offsets
from logsource.render.extras import Extras
from logsource.render.layout import Rows, before_fields, interleave, joined, plain_slots, without
from logsource.render.plan import PatternPlan, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from logsource.event.payload import FileFrame
    from logsource.parse.pattern import PatternParser, TimestampReader
    from logsource.render.filters.chain import FilterChain
    from logsource.render.kinds import EventKind
    from logsource.render.layout import Slot
    from logsource.render.lines import BlockLines

CACHED_TIMES = 4096
LONG = 50_000
"""Bytes. Longer lines take the row path, which measures each event: escaped twice, a character can grow to seven
bytes, and an event over a megabyte must not be sent."""
FEW = 16
"""When at least one line in so many did not match, the next pattern is tried on them as a block."""
WORTH_A_BLOCK = 8
"""A block of one line costs as much as one line by the row path (30 µs), a block of nine twice of that."""


@dataclass(frozen=True, slots=True)
class BlockJob:
    """What rendering a block needs besides its lines."""

    file: FileFrame
    reference_ms: int
    read_ms: int
    skip_empty: bool
    row: Callable[[int], str]
    """Renders line number n of the block the row way: an event with a leading comma, or nothing; counts it."""
    count: Callable[[str, int], None]
    """Counts events by Iglu URI that the columns rendered."""
    drop: Callable[[str, int], None]
    """Counts rows by reason that filters dropped."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One pattern, compiled."""

    plan: PatternPlan
    times: _Times
    extras: Extras | None
    """None: no filters, and the record is the event."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Text in the order of the lines: so many pieces make one row."""

    out: list[str]
    stride: int
    rows: list[int] | None = None
    """Which lines are there; None: all of them."""
    wide: Sequence[int] = ()
    """Places in `out` of events that are not ASCII, in their order."""
    narrow: bool = False
    """Whether all others are known to be ASCII."""

    def encoded(self) -> bytes:
        """All of it as UTF-8. Few wide events must not make the rest wide: that is several times as slow."""
        out = self.out
        if self.narrow:
            for at in self.wide:
                out[at] = out[at].encode().decode("latin-1")
            return "".join(out).encode("latin-1")
        parts, start = [], 0
        for at in self.wide:
            parts += ["".join(out[start:at]).encode(), out[at].encode()]
            start = at + 1
        parts.append("".join(out[start:] if start else out).encode())
        return b"".join(parts)


class BlockEngine:
    """Renders blocks for one parser; `of` gives None when the parser has no block form."""

    def __init__(self, levels: Iterable[_Level]) -> None:
        self._levels = list(levels)

    @staticmethod
    def of(
        parser: PatternParser, filters: FilterChain | None = None, kind: EventKind | None = None
    ) -> BlockEngine | None:
        """Compile the patterns in their order, up to the first that has no block form."""
        levels = []
        for spec in parser.patterns:
            plan = PatternPlan.of(spec, vetted=parser.vetted, timeout=parser.timeout)
            extras = None
            if plan is not None and (filters is not None or kind is not None):
                extras = Extras.of(spec, plan, filters, kind)
                plan = None if extras is None else plan
            if plan is None:
                break
            after = before_fields(plan.schema) if extras is None else '"'
            levels.append(_Level(plan, _Times(plan, after), extras))
        return BlockEngine(levels) if levels else None

    def render(self, lines: BlockLines, job: BlockJob) -> bytes:
        """Events of all lines, joined by commas."""
        made = self._pieces(0, lines, job)
        for at, piece in enumerate(made.out):
            if piece:
                made.out[at] = piece[1:]  # the comma before the first event
                break
        return made.encoded()

    def _pieces(self, level: int, lines: BlockLines, job: BlockJob) -> _Pieces:
        size = len(lines.rows)
        if level == len(self._levels):
            return _Pieces(list(map(job.row, lines.rows)), 1)
        plan = self._levels[level].plan
        table = plan.table(lines)
        if table is None:
            return _Pieces(list(map(job.row, lines.rows)), 1)
        odd = _odd(table, lines, job)
        if len(odd) == size:
            return self._pieces(level + 1, lines, job)
        laid = _laid_out(self._levels[level], table, lines, job, odd)
        slots, kept = laid.slots, None
        if laid.gone:
            slots, kept = without(slots, size, laid.gone)
        out, stride = interleave(slots, size if kept is None else len(kept))
        patches = laid.apart
        if odd:
            patches = patches | self._patches(level, lines, table, odd, job)
        blank = [""] * stride
        wide = []
        for row, patch in patches.items():
            place = stride * (row if kept is None else bisect_left(kept, row))
            out[place : place + stride] = blank
            out[place] = patch
            if not patch.isascii():
                wide.append(place)
        job.count(plan.schema, size - len(odd) - len(laid.gone))
        if not lines.text.isascii():
            wide = []  # all is wide anyway
        narrow = bool(wide) and plan.ascii and self._levels[level].extras is None
        narrow = narrow and all(slot.isascii() for slot in slots if isinstance(slot, str))
        return _Pieces(out, stride, kept, sorted(wide), narrow)

    def _patches(
        self, level: int, lines: BlockLines, table: Table, odd: set[int], job: BlockJob
    ) -> dict[int, str]:
        """The events of odd lines, by row.

        Lines that were taken out of the text have not been tried by any pattern, so they are a block of their own,
        unless they are very few. Lines that did not match are one for the next pattern, when they are many. All others go the row
        path: lines that matched are of this pattern whatever the next ones would say.
        """
        unmatched = [row for row in table.odd if row not in lines.apart]
        if len(unmatched) < max(WORTH_A_BLOCK, len(lines.rows) // FEW) or level + 1 == len(self._levels):
            unmatched = []
        untried = sorted(lines.apart) if len(lines.apart) >= WORTH_A_BLOCK else []
        alone = odd.difference(unmatched, untried)
        patches = {row: job.row(lines.rows[row]) for row in alone}
        for rows, next_level in ((untried, 0), (unmatched, level + 1)):
            if rows:
                made = self._pieces(next_level, lines.subset(rows), job)
                there = rows if made.rows is None else [rows[row] for row in made.rows]
                patches |= dict.fromkeys(rows, "")
                patches |= zip(there, joined(made.out, made.stride), strict=True)
        return patches


@dataclass(frozen=True, slots=True)
class _Laid:
    """The rows of a block before they are joined."""

    slots: list[Slot]
    gone: list[int]
    """Rows that filters drop."""
    apart: dict[int, str]
    """Events of another kind than the slots make, by row."""


def _laid_out(level: _Level, table: Table, lines: BlockLines, job: BlockJob, odd: set[int]) -> _Laid:
    """Constants and columns of all rows; rows that are bad become odd."""
    plan, extras = level.plan, level.extras
    columns, bad = (plan.columns(table, lines), ()) if extras is None else extras.columns(table, lines)
    odd.update(bad)
    for column in columns:
        odd.update(column.bad)
    moments = level.times.pieces(table, job)
    if "" in moments:
        odd.update(index for index, piece in enumerate(moments) if not piece)
    rows = Rows(job.file, hex_offsets(lines.offsets), decimals(lines.offsets), moments, columns)
    if extras is None:
        return _Laid(plain_slots(rows), [], {})
    ids = [job.file.prefix + one for one in rows.hexes] if extras.by_id else ()
    judged = extras.judge(table, ids, odd)
    gone: list[int] = []
    for reason, dropped in judged.dropped.items():
        job.drop(reason, len(dropped))
        gone += dropped
    return _Laid(extras.slots(rows, judged), gone, extras.apart(rows, judged))


def _odd(table: Table, lines: BlockLines, job: BlockJob) -> set[int]:
    """Lines that the columns leave alone: not matched, to be dropped as empty, or very long."""
    odd = set(table.odd)
    if job.skip_empty:
        odd.update(lines.empty())
    if lines.facts.longest > LONG:
        odd.update(lines.longer(LONG // 4))
    odd.update(lines.apart)
    return odd


class _Times:
    """What stands behind the event id: the line's time and the constants around it."""

    def __init__(self, plan: PatternPlan, after: str) -> None:
        self._after = after
        self._group = 0 if plan.timestamp is None else plan.timestamp.group
        self._cache = None if plan.timestamp is None else _TimeCache(plan.timestamp.reader, self._after)

    def pieces(self, table: Table, job: BlockJob) -> list[str]:
        """One piece a line; an empty one where the time needs the row path."""
        if self._cache is None:
            return [f'","dtm":"{job.read_ms}{self._after}'] * table.rows
        return self._cache.pieces(table.column(self._group), job.reference_ms)


class _TimeCache(dict[str | None, str]):
    """Text of a time → its piece; lines of one second share it."""

    def __init__(self, reader: TimestampReader, after: str) -> None:
        super().__init__()
        self._reader = reader
        self._after = after
        self._reference_ms = -1

    def pieces(self, texts: list[str | None], reference_ms: int) -> list[str]:
        """Look all of them up. A new reference may mean another year, so it empties the cache."""
        if reference_ms != self._reference_ms:
            self.clear()
            self._reference_ms = reference_ms
        return list(map(self.__getitem__, texts))

    def __missing__(self, text: str | None) -> str:
        if text is None:
            return ""
        try:
            moment = self._reader.read(text, self._reference_ms)
        except ValueError:
            return ""
        if not 0 <= moment <= MAX_MS:
            return ""
        if len(self) >= CACHED_TIMES:
            self.clear()
        piece = self[text] = f'","dtm":"{moment}","ttm":"{moment}{self._after}'
        return piece
