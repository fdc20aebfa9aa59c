"""The time of a log of fixed columns: which of them state it, in the notations without separators that they use."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from logsource.parse.learn.timeforms import form_of, read_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.learn.grid import Grid

_DATES = (
    "%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%j", "%Y.%j", "%Y-%j", "%Y/%j", "%d%m%Y", "%m%d%Y", "%d.%m.%Y",
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%y%m%d", "%y/%m/%d", "%y-%m-%d", "%y%j", "%y.%j", "%d%m%y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d%b%Y", "%d%b%y", "%d-%b-%y", "%d %b %Y",
)  # fmt: skip
_CLOCKS = ("%H%M%S", "%H:%M:%S", "%H.%M.%S", "%H%M", "%H:%M")
_FRACTIONS = ("", ".%f", ",%f", "%f")
_BETWEEN = ("", " ", "-", "T", "_", ".", "/", ":")
_PARTS = {
    "Y": "(?:19|20)[0-9]{2}", "m": "[01][0-9]", "d": "[0-3][0-9]", "j": "[0-3][0-9]{2}", "y": "[0-9]{2}", "H": "[0-2][0-9]",
    "M": "[0-5][0-9]", "S": "[0-6][0-9]", "f": "[0-9]{1,6}",
    "b": "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
}  # fmt: skip
_TOGETHER = 4
"""Columns that may state one time between them: date, clock, fraction, zone."""
_CHECKED = 200
_SHARE = 0.98
_IN_ORDER = 0.9
_YEAR_MS = 366 * 86_400_000
_YEARLESS_REFERENCE_MS = 1_782_864_000_000
"""2026-07-01: only to see whether a time without a year can be read."""


def time_span(grid: Grid) -> tuple[int, int, tuple[str, ...]] | None:
    """Columns [first, last) that state the time of the record, and the formats that may read it; None if none do.

    Logs are written in order: numbers that look like times and jump about are none.
    """
    columns = grid.columns[:-1]
    spans = [
        (first, last)
        for first in range(len(columns))
        for last in range(min(first + _TOGETHER, len(columns)), first, -1)
    ]
    for clocked in (True, False):  # a date alone is better than nothing
        for first, last in spans:
            texts = [line[columns[first].start : columns[last - 1].end].strip(" ") for line in grid.lines]
            candidates = _candidates(texts, clocked=clocked)
            if candidates:
                return first, last, candidates
    return None


def _candidates(texts: Sequence[str], *, clocked: bool) -> tuple[str, ...]:
    some = texts[:: len(texts) // _CHECKED + 1]
    known = form_of(some) or ()
    given = known if clocked and known else tuple(_compact(some[0], clocked=clocked))
    return tuple(one for one in given if _reads(one, some))


def _compact(text: str, *, clocked: bool) -> Iterator[str]:
    """Formats that have the form of a text."""
    for date in _DATES:
        match = _expression(date).match(text)
        if match is None:
            continue
        rest = text[match.end() :]
        if not clocked:
            if not rest:
                yield date
            continue
        for between in _BETWEEN:
            clock = (
                rest.lstrip(" ") if between == " " and rest.startswith(" ") else rest.removeprefix(between)
            )
            if between and clock == rest:
                continue
            for form in _CLOCKS:
                for fraction in _FRACTIONS if "S" in form else ("",):
                    if _expression(form + fraction).fullmatch(clock):
                        yield f"{date}{between}{form}{fraction}"


@cache
def _expression(form: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            _PARTS[part[1]] if part.startswith("%") else re.escape(part) for part in re.findall("%.|.", form)
        )
    )


def _reads(form: str, texts: Sequence[str]) -> bool:
    instants = [ms for text in texts if (ms := read_ms([form], text, _YEARLESS_REFERENCE_MS)) is not None]
    if len(instants) < _SHARE * len(texts) or max(instants) - min(instants) > _YEAR_MS:
        return False
    ordered = sum(later >= earlier for earlier, later in pairwise(instants))
    return ordered >= _IN_ORDER * (len(instants) - 1)
