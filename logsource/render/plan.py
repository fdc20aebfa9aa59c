r"""A pattern compiled for whole blocks: one split gives the columns of all lines.

    (?:PATTERN)\\n|([^\\n]*)\\n

Every match consumes exactly the text up to and with a newline, so as many matches as newlines means that
each match is one line; the last group holds the lines the pattern did not take.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from logsource.event.payload import escaped, json_text
from logsource.parse.blocksafe import block_safe
from logsource.parse.groups import always_matched
from logsource.parse.loosen import loosen
from logsource.parse.pattern import compile_pattern
from logsource.parse.rx.nodes import Alternation, Atomic, Literal1, Node, Repeat, Scope
from logsource.parse.rx.nodes import Sequence as Sequence_
from logsource.parse.rx.python import read_python
from logsource.render.columns import BlockFacts, Column, FieldColumn, specials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.fields import FieldSpec
    from logsource.parse.pattern import PatternSpec


PIECE = 8192
"""Characters that the loose form gets at a time, up to the end of a line."""
MOSTLY = 4
"""When not even one line in so many of a piece matched, the exact form takes over for the rest of the block."""
LEAST_TIMEOUT = 0.05
"""Seconds a piece may always take in an engine that can be stopped; else its share of the block's."""


class Lines(Protocol):
    """What a plan needs of the lines of a block."""

    @property
    def text(self) -> str:
        """All lines, each ended by LF."""
        ...

    @property
    def offsets(self) -> list[int]:
        """Where each begins."""
        ...

    @property
    def facts(self) -> BlockFacts:
        """What is known of all of them."""
        ...


class Field(Protocol):
    """What renders one field of a pattern."""

    @property
    def spec(self) -> FieldSpec:
        """Where its text comes from."""
        ...

    def render(self, texts: list[str], facts: BlockFacts) -> Column:
        """Pieces of all rows."""
        ...


class Table:
    """The lines of a block as columns. Rows in `odd` were not matched; their cells are None."""

    __slots__ = ("_flat", "_stride", "odd", "odd_texts", "rows")

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
        self.odd_texts = [unmatched[row] or "" for row in self.odd]

    def column(self, group: int) -> list[str | None]:
        """Texts of a capture group (1-based), one a row."""
        return self._flat[group :: self._stride]


def _stays_ascii(field: FieldSpec) -> bool:
    """Whether a field's piece is ASCII when its text is: not what `%C3%BC` stands for, nor words of other languages."""
    texts = (*field.name, *(word for _, word in field.words))
    return not field.type.startswith("url_") and all(map(str.isascii, texts))


class PatternPlan:
    """The block form of one `PatternSpec`."""

    def __init__(self, spec: PatternSpec, source: str, *, vetted: bool, timeout: float) -> None:
        loose = None if spec.search else loosen(source)
        self._exact = _compile(spec, source, vetted=vetted)
        self._loose = None if loose is None else _compile(spec, loose, vetted=vetted)
        self._vetted = vetted
        self._timeout = timeout
        self._quotes = literal_quotes(source)
        self.stride = self._exact.groups + 1
        self.schema = spec.schema
        self.timestamp = spec.timestamp
        self.always = always_matched(source)
        """Groups that take part in every match."""
        self.fields = [
            FieldColumn(field, first=index == 0, always=field.group in self.always)
            for index, field in enumerate(spec.ordered_fields())
        ]
        self.ascii = all(map(_stays_ascii, spec.fields))
        """Whether what stands in the columns is ASCII when the lines are."""
        self.opening = escaped("".join(f"{json_text(name)}:{{" for name in spec.under))
        self._constants = "}" * len(spec.under) + "".join(
            escaped(f",{json_text(path[-1])}:{json_text(value)}") for path, value in spec.constants
        )

    @staticmethod
    def of(spec: PatternSpec, *, vetted: bool, timeout: float) -> PatternPlan | None:
        """Compile, or None when the pattern cannot be trusted on a block (it may look across lines)."""
        paths = [field.name for field in spec.fields] + [path for path, _ in spec.constants]
        if not spec.fields or any(len(path) > 1 for path in paths):
            return None
        source = block_safe(spec.regex)
        return None if source is None else PatternPlan(spec, source, vetted=vetted, timeout=timeout)

    def table(self, lines: Lines) -> Table | None:
        """Columns of a block, or None: the pattern ran out of time, or did not keep to lines."""
        rows = len(lines.offsets)
        try:
            if self._loose is None:
                flat = self._split(self._exact, lines.text)
            else:
                flat = self._loosely(self._loose, lines.text, rows)
        except TimeoutError:
            return None
        return Table(flat, self.stride, rows) if len(flat) == rows * self.stride + 1 else None

    def _split(self, pattern: Any, text: str, timeout: float | None = None) -> list[str | None]:
        flat: list[str | None] = (
            pattern.split(text) if self._vetted else pattern.split(text, timeout=timeout or self._timeout)
        )
        return flat

    def _loosely(self, loose: Any, text: str, rows: int) -> list[str | None]:
        """Split by the loose form, piece by piece.

        Where a line lacks what ends a field, the loose form looks for it in all the lines behind. In a whole
        block of such lines that is quadratic (49 s for 192 KiB of `a - - [`), in small pieces it is nothing, and
        after a piece of mostly odd lines the rest is left to the exact form. Matches that are fewer than the
        `rows` were made over a newline; to count the lines of each piece is only worth it then.
        """
        flat: list[str | None] = []
        ends: list[tuple[int, int]] = []
        pattern, start, size = loose, 0, len(text)
        while start < size:
            stop = size if pattern is not loose else text.find("\n", min(start + PIECE, size - 1)) + 1
            timeout = max(LEAST_TIMEOUT, self._timeout * (stop - start) / size)
            found = self._split(pattern, text[start:stop], timeout)
            found.pop()
            if found[self.stride - 1 :: self.stride].count(None) * MOSTLY * self.stride < len(found):
                pattern = self._exact
            flat += found
            ends.append((stop, len(flat)))
            start = stop
        if len(flat) != rows * self.stride:
            flat = self._proven(text, flat, ends)
        flat.append("")
        return flat

    def _proven(self, text: str, found: list[str | None], ends: list[tuple[int, int]]) -> list[str | None]:
        """Pieces whose matches are fewer than their lines, split again by the exact form.

        `ends`: where each piece ends in the text, and its matches in `found`.
        """
        flat: list[str | None] = []
        start = first = 0
        for stop, last in ends:
            if last - first != text.count("\n", start, stop) * self.stride:
                timeout = max(LEAST_TIMEOUT, self._timeout * (stop - start) / len(text))
                flat += self._split(self._exact, text[start:stop], timeout)
                flat.pop()
            else:
                flat += found[first:last]
            start, first = stop, last
        return flat

    def columns(self, table: Table, lines: Lines) -> Sequence[Column]:
        """Each field of all rows. The cells of odd rows are filled from a row that matched."""
        columns = [Column(self.opening, "", "")] if self.opening else []
        columns += self.rendered(self.fields, table, lines)
        if self._constants:
            columns.append(Column(self._constants, "", ""))
        return columns

    def rendered(self, fields: Sequence[Field], table: Table, lines: Lines) -> list[Column]:
        """Some fields of all rows. The cells of odd rows are filled from a row that matched."""
        donor = _first_matched(table)
        facts = self._facts_of_matched(table, lines)
        columns = []
        for field in fields:
            cells: list[Any] = table.column(field.spec.group)
            for row in table.odd:
                cells[row] = cells[donor]
            columns.append(field.render(cells, facts))
        return columns

    def _facts_of_matched(self, table: Table, lines: Lines) -> BlockFacts:
        """Leave out what stands in odd lines, and the quotes that the pattern itself consumes."""
        facts = lines.facts
        if table.odd and (facts.quotes or facts.backslashes or facts.controls):
            facts = facts.without(specials("\n".join(table.odd_texts)))
        return replace(facts, quotes=facts.quotes - self._quotes * (table.rows - len(table.odd)))


def _compile(spec: PatternSpec, source: str, *, vetted: bool) -> Any:
    body = f"[^\\n]*?(?:{source})[^\\n]*" if spec.search else f"(?:{source})"
    return compile_pattern(f"{body}\\n|([^\\n]*)\\n", vetted=vetted, where=f"pattern {spec.name}")


def _first_matched(table: Table) -> int:
    for row, odd in enumerate(table.odd):
        if row != odd:
            return row
    return len(table.odd)


def literal_quotes(source: str) -> int:
    """Double quotes that each match of a pattern consumes outside of its groups, at the least.

    When a block holds no more than that, no captured text holds one, and none needs escaping for it.
    """
    return _quotes(read_python(source))


def _quotes(node: Node) -> int:
    match node:
        case Literal1(char):
            return 1 if char == '"' else 0
        case Sequence_(items):
            return sum(map(_quotes, items))
        case Alternation(branches):
            return min(map(_quotes, branches))
        case Repeat(inner, low):
            return low * _quotes(inner)
        case Scope(inner) | Atomic(inner):
            return _quotes(inner)
        case _:
            return 0
