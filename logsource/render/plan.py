r"""A pattern compiled for whole blocks: one split gives the columns of all lines.

    (?:PATTERN)\\n|([^\\n]*)\\n

Every match consumes exactly the text up to and with a newline, so as many matches as newlines means that
each match is one line; the last group holds the lines the pattern did not take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logsource.parse.blocksafe import block_safe
from logsource.parse.pattern import compile_pattern
from logsource.render.columns import BlockFacts, Column, FieldColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.pattern import PatternSpec


class Table:
    """The lines of a block as columns. Rows in `odd` were not matched; their cells are None."""

    __slots__ = ("_flat", "_stride", "odd", "rows")

    def __init__(self, flat: list[str | None], stride: int, rows: int) -> None:
        self._flat = flat
        self._stride = stride
        self.rows = rows
        unmatched = flat[stride - 1 :: stride]
        self.odd: list[int] = (
            []
            if unmatched.count(None) == rows
            else [row for row, text in enumerate(unmatched) if text is not None]
        )

    def column(self, group: int) -> list[str | None]:
        """Texts of a capture group (1-based), one a row."""
        return self._flat[group :: self._stride]


class PatternPlan:
    """The block form of one `PatternSpec`."""

    def __init__(self, spec: PatternSpec, source: str, *, vetted: bool, timeout: float) -> None:
        body = f"[^\\n]*?(?:{source})[^\\n]*" if spec.search else f"(?:{source})"
        self._pattern: Any = compile_pattern(
            f"{body}\\n|([^\\n]*)\\n", vetted=vetted, where=f"pattern {spec.name}"
        )
        self._vetted = vetted
        self._timeout = timeout
        self.stride = self._pattern.groups + 1
        self.schema = spec.schema
        self.timestamp = spec.timestamp
        ordered = spec.ordered_fields()
        self.fields = [FieldColumn(field, first=index == 0) for index, field in enumerate(ordered)]

    @staticmethod
    def of(spec: PatternSpec, *, vetted: bool, timeout: float) -> PatternPlan | None:
        """Compile, or None when the pattern cannot be trusted on a block (it may look across lines)."""
        if not spec.fields or any(len(field.name) > 1 for field in spec.fields):
            return None
        source = block_safe(spec.regex)
        return None if source is None else PatternPlan(spec, source, vetted=vetted, timeout=timeout)

    def table(self, text: str, rows: int) -> Table | None:
        """Columns of a block of `rows` lines, or None: the pattern ran out of time, or did not keep to lines."""
        try:
            flat = (
                self._pattern.split(text)
                if self._vetted
                else self._pattern.split(text, timeout=self._timeout)
            )
        except TimeoutError:
            return None
        if len(flat) != rows * self.stride + 1:
            return None
        return Table(flat, self.stride, rows)

    def columns(self, table: Table, facts: BlockFacts) -> Sequence[Column]:
        """Each field of all rows. The cells of odd rows are filled from a row that matched."""
        donor = _first_matched(table)
        columns = []
        for field in self.fields:
            texts: list[Any] = table.column(field.spec.group)
            for row in table.odd:
                texts[row] = texts[donor]
            columns.append(field.render(texts, facts))
        return columns


def _first_matched(table: Table) -> int:
    for row, odd in enumerate(table.odd):
        if row != odd:
            return row
    return len(table.odd)
