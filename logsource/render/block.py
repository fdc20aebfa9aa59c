"""The column engine: a block of lines becomes a block of events in a few C calls a column.

Lines that the pattern does not take, and rows with a value that needs a second look, are handed to the
row path one by one and put into their places. Both paths give identical bytes (tests/model).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from operator import add
from typing import TYPE_CHECKING

from logsource.event.payload import MAX_MS, TAIL, UNSTRUCT, escaped, json_text
from logsource.render.columns import BlockFacts, decimals, hex_offsets, specials
from logsource.render.plan import PatternPlan, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from logsource.event.payload import FileFrame
    from logsource.parse.pattern import PatternParser, TimestampReader

CACHED_TIMES = 4096
LONG = 50_000
"""Bytes. Longer lines take the row path, which measures each event: escaped twice, a character can grow to seven
bytes, and an event over a megabyte must not be sent."""
FEW = 16
"""When at least one line in so many did not match, the next pattern is tried on them as a block."""


class BlockLines:
    """Some lines of a block: their texts, the same joined, and the byte offset of each."""

    __slots__ = ("_texts", "facts", "has_empty", "offsets", "rows", "text")

    def __init__(
        self, text: str, offsets: list[int], rows: Sequence[int], facts: BlockFacts, *, has_empty: bool
    ) -> None:
        self.text = text
        """All lines, each ended by LF."""
        self.offsets = offsets
        self.rows = rows
        """Number of each line within the whole block."""
        self.facts = facts
        self.has_empty = has_empty
        self._texts: list[str] | None = None

    @property
    def texts(self) -> list[str]:
        """Each line; made when first asked for, because most blocks never need it."""
        if self._texts is None:
            self._texts = self.text.split("\n")
            self._texts.pop()
        return self._texts

    @staticmethod
    def of(data: bytes, start: int) -> BlockLines:
        """Take a block apart. Invalid UTF-8 becomes U+FFFD; a CR before LF is part of the delimiter."""
        raw = data.split(b"\n")
        raw.pop()
        lengths = list(map(len, raw))
        offsets = list(map(add, accumulate(lengths[:-1], initial=start), range(len(raw))))
        text = data.decode("utf-8", "replace")
        found = len(specials(data))
        if found and "\r\n" in text:
            found -= text.count("\r\n")
            text = text.replace("\r\n", "\n")
        facts = BlockFacts(specials=found, quotes=text.count('"'), longest=max(lengths))
        empty = min(lengths) < 2 and ("\n\n" in text or text[0] == "\n")
        return BlockLines(text, offsets, range(len(raw)), facts, has_empty=empty)

    def subset(self, indexes: Sequence[int]) -> BlockLines:
        """Only these lines."""
        texts = [self.texts[index] for index in indexes]
        text = "\n".join(texts) + "\n"
        facts = BlockFacts(specials=len(specials(text)), quotes=text.count('"'), longest=self.facts.longest)
        offsets = [self.offsets[index] for index in indexes]
        rows = [self.rows[index] for index in indexes]
        return BlockLines(text, offsets, rows, facts, has_empty="" in texts)


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


class BlockEngine:
    """Renders blocks for one parser; `of` gives None when the parser has no block form."""

    def __init__(self, plans: Iterable[PatternPlan]) -> None:
        self._levels = [(plan, _Times(plan)) for plan in plans]

    @staticmethod
    def of(parser: PatternParser) -> BlockEngine | None:
        """Compile the patterns in their order, up to the first that has no block form."""
        plans = []
        for spec in parser.patterns:
            plan = PatternPlan.of(spec, vetted=parser.vetted, timeout=parser.timeout)
            if plan is None:
                break
            plans.append(plan)
        return BlockEngine(plans) if plans else None

    def render(self, lines: BlockLines, job: BlockJob) -> str:
        """Events of all lines, joined by commas."""
        out = self._pieces(0, lines, job)[0]
        for index, piece in enumerate(out):
            if piece:
                out[index] = piece[1:]  # the comma before the first event
                break
        return "".join(out)

    def _pieces(self, level: int, lines: BlockLines, job: BlockJob) -> tuple[list[str], int]:
        """Pieces in the order of the lines, and how many of them make one row."""
        size = len(lines.rows)
        if level == len(self._levels):
            return list(map(job.row, lines.rows)), 1
        plan, times = self._levels[level]
        table = plan.table(lines)
        if table is None:
            return list(map(job.row, lines.rows)), 1
        odd = _odd(table, lines, job)
        if len(odd) == size:
            return self._pieces(level + 1, lines, job)
        columns = plan.columns(table, lines)
        for column in columns:
            odd.update(column.bad)
        moments = times.pieces(table, job)
        if "" in moments:
            odd.update(index for index, piece in enumerate(moments) if not piece)
        slots: list[str | Sequence[str]] = ["," + job.file.start, hex_offsets(lines.offsets), moments]
        for column in columns:
            slots += [column.before, column.values, column.after]
        slots += [
            f'}}}}}}","co":"{job.file.escaped_contexts_head}',
            decimals(lines.offsets),
            f'{job.file.escaped_contexts_tail}"{TAIL}',
        ]
        out, stride = interleave(slots, size)
        if odd:
            indexes = sorted(odd)
            blank = [""] * stride
            for index, patch in zip(indexes, self._patches(level, lines, indexes, job), strict=True):
                out[index * stride : (index + 1) * stride] = blank
                out[index * stride] = patch
        job.count(plan.schema, size - len(odd))
        return out, stride

    def _patches(self, level: int, lines: BlockLines, indexes: list[int], job: BlockJob) -> list[str]:
        """The events of odd lines: one by one when they are few, else by the next pattern as a block."""
        if len(indexes) * FEW < len(lines.rows) or level + 1 == len(self._levels):
            return [job.row(lines.rows[index]) for index in indexes]
        out, stride = self._pieces(level + 1, lines.subset(indexes), job)
        if stride == 1:
            return out
        return ["".join(out[at : at + stride]) for at in range(0, len(out), stride)]


def _odd(table: Table, lines: BlockLines, job: BlockJob) -> set[int]:
    """Lines that the columns leave alone: not matched, to be dropped as empty, or very long."""
    odd = set(table.odd)
    if job.skip_empty and lines.has_empty:
        odd.update(index for index, text in enumerate(lines.texts) if not text)
    if lines.facts.longest > LONG:
        odd.update(index for index, text in enumerate(lines.texts) if len(text) > LONG // 4)
    return odd


class _Times:
    """What stands between event id and first field: the line's time and the constants around it."""

    def __init__(self, plan: PatternPlan) -> None:
        inner = f'{{"schema":"{UNSTRUCT}","data":{{"schema":{json_text(plan.schema)},"data":{{'
        self._after = f'","ue_pr":"{escaped(inner)}'
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


def interleave(slots: Sequence[str | Sequence[str]], rows: int) -> tuple[list[str], int]:
    """Lay constants and columns side by side, row after row; neighbouring constants become one."""
    merged: list[str | Sequence[str]] = []
    for slot in slots:
        if isinstance(slot, str) and merged and isinstance(merged[-1], str):
            merged[-1] += slot
        elif slot != "":
            merged.append(slot)
    stride = len(merged)
    out = [""] * (rows * stride)
    for index, slot in enumerate(merged):
        out[index::stride] = [slot] * rows if isinstance(slot, str) else slot
    return out, stride
