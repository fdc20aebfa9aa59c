"""Delimited columns: CSV, TSV, and the W3C extended format whose header names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.model import Reject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.model import JSONValue

_W3C = "#Fields:"


class CsvEngine:
    """Takes columns apart.

    Without `columns`, names come from the first record (`header`) or from `#Fields:` lines (`w3c`), and a
    new header counts from there on. Such an engine remembers; a source that is read by several workers
    must give `columns`. Header and comment lines are a Reject with the reason `header`: counted as dropped,
    and no events. `delimiter` is a comma, with `w3c` a space; the names in a `#Fields:` line stand apart like
    the columns, or by blanks where those are set apart by something else (CloudFront: tabs; Exchange: commas
    in both). Quoting as in RFC 4180: a doubled quote is a quote. Empty columns are left out
    unless `keep_empty`; more columns than names is a Reject, fewer leave the last ones out. A given name that
    begins with `?` is left out, as in dissect. `join` makes one column of several, with a space between them
    (`{time: [date, time]}`); those are then left out.
    """

    def __init__(
        self,
        *,
        columns: Sequence[str] | None = None,
        delimiter: str | None = None,
        quote: str = '"',
        header: bool = False,
        w3c: bool = False,
        comment: str = "",
        keep_empty: bool = False,
        null: str | None = None,
        join: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        delimiter = delimiter if delimiter is not None else " " if w3c else ","
        if len(delimiter) != 1 or len(quote) > 1 or delimiter == quote:
            raise PackError("csv: delimiter is one character, quote one or none, and they differ")
        if not (columns or header or w3c):
            raise PackError("csv: give the names of the columns, or header: true, or w3c: true")
        kept = [name for name in columns or () if not name.startswith("?")]
        twice = [name for number, name in enumerate(kept) if name in kept[:number]]
        if twice:
            raise PackError(f"csv: two columns are named {twice[0]!r}; one of them would be lost")
        if any(name in {"", "?"} for name in columns or ()):
            raise PackError("csv: a column has no name; write ?NAME to leave a column out")
        self._join = tuple((name, tuple(parts)) for name, parts in (join or {}).items())
        for name, parts in self._join:
            unknown = [part for part in parts if columns and part not in kept]
            if unknown or len(parts) < 2:
                wrong = f"no column is named {unknown[0]!r}" if unknown else "join takes two columns or more"
                raise PackError(f"csv: join.{name}: {wrong}")
            if columns and name in kept and name not in parts:
                raise PackError(f"csv: join.{name}: a column has that name")
        if header and w3c:
            raise PackError(
                "csv: header and w3c contradict each other; the names are in one of the two places"
            )
        self.remembers = not columns
        """Whether what a line means depends on lines before it."""
        self._columns = tuple(columns or ())
        self._given = bool(columns)
        self._skipped = frozenset(name for name in columns or () if name.startswith("?"))
        self._header = header
        self._w3c = w3c
        self._comment = comment or ("#" if w3c else "")
        self._keep_empty = keep_empty
        self._null = null if null is not None else ("-" if w3c else None)
        self._delimiter = delimiter
        self._quote = quote
        mark, end = re.escape(quote), re.escape(delimiter)
        # One field and what ends it; possessive, so that no text takes more than linear time.
        self._field = (
            re.compile(
                rf"(?:{mark}((?>(?:[^{mark}]++|{mark}{mark})*)){mark}|((?!{mark})[^{end}]*+))({end}|\Z)",
                re.DOTALL,
            )
            if quote
            else None
        )

    @property
    def names(self) -> tuple[frozenset[str]] | None:
        """Names of the columns, when they were given."""
        if not self._given:
            return None
        parts = {part for _, several in self._join for part in several}
        made = {name for name, _ in self._join}
        return ((frozenset(self._columns) - self._skipped - parts) | made,)

    @property
    def memory(self) -> tuple[str, ...]:
        """Names that were learned of a header."""
        return () if self._given else self._columns

    @memory.setter
    def memory(self, names: tuple[str, ...] | None) -> None:
        if not self._given:
            self._columns = tuple(names or ())

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, as far as they are known by now."""
        return self._columns

    def columns_in(self, text: str) -> tuple[list[int], int]:
        """Where each column begins, and how far the text can be taken apart."""
        starts, position = [0], 0
        while True:
            match = self._field.match(text, position) if self._field is not None else None
            if self._field is None:
                position = text.find(self._delimiter, position)
                if position < 0:
                    return starts, len(text)
                position += 1
            elif match is None:
                return starts, position
            else:
                position = match.end()
                if not match[3]:
                    return starts, position
            starts.append(position)

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Columns by name; Reject `header` for a line that is no record, `no_match` for one that does not fit."""
        if self._comment and text.startswith(self._comment):
            if self._w3c and text.startswith(_W3C) and not self._given:
                self._columns = self._names(text[len(_W3C) :].strip())
            return Reject("header", "a header or comment line")
        values = self._split(text)
        if values is None:
            return Reject("no_match", "a quote is not closed, or text follows a closing quote")
        if self._header and (not self._columns or tuple(values) == self._columns):
            self._columns = tuple(values)
            return Reject("header", "the header line")
        if not self._columns:
            return Reject("no_match", "no #Fields: line came before")
        if len(values) > len(self._columns):
            return Reject("no_match", f"{len(values)} columns, but {len(self._columns)} names")
        if len(values) < 2 <= len(self._columns):
            return Reject("no_match", "a single column")
        found: dict[str, JSONValue] = {
            name: value
            for name, value in zip(self._columns, values, strict=False)
            if (value or self._keep_empty) and value != self._null and name not in self._skipped
        }
        for name, parts in self._join:
            texts = [found.pop(part, None) for part in parts]
            if all(isinstance(text, str) for text in texts):
                found[name] = " ".join(map(str, texts))
        return found

    def _names(self, text: str) -> tuple[str, ...]:
        if self._delimiter.isspace() or self._delimiter not in text:
            return tuple(text.split())
        return tuple(name.strip() for name in text.split(self._delimiter))

    def _split(self, text: str) -> list[str] | None:
        if self._field is None or self._quote not in text:
            return text.split(self._delimiter)
        values: list[str] = []
        position = 0
        while True:
            match = self._field.match(text, position)
            if match is None:
                return None
            quoted, plain, end = match.groups()
            values.append(plain if quoted is None else quoted.replace(self._quote * 2, self._quote))
            position = match.end()
            if not end:
                return values
