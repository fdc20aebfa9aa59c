"""Which lines of a sample become the samples of the pack: few, and as different as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.model import Line, Record
from logsource.parse.verify import patterns_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from logsource.model import JSONValue, Parser, Reject

MOST = 40
MOST_ODD = 6
_FIRST = 3
_LONG = 1000
"""Characters; longer lines are no good to read and are taken only when there are no others."""


def choose(parser: Parser, lines: Sequence[str], *, reference_ms: int) -> tuple[list[str], list[str]]:
    """Lines that become records, and lines that do not, each in their order and each line once."""
    good: dict[str, None] = {}
    odd: dict[str, None] = {}
    seen: dict[Hashable, int] = {}
    extremes: dict[str | None, tuple[str, str]] = {}
    patterns = patterns_of(parser)
    for line in dict.fromkeys(lines):
        one = Line(text=line, offset=0, reference_ms=reference_ms)
        name, result = patterns.attempt(one) if patterns is not None else (None, parser.parse(one))
        if not isinstance(result, Record):
            if len(line) < _LONG and len(odd) < MOST_ODD:
                odd[line] = None
            continue
        new = [mark for mark in _marks(name, result) if seen.get(mark, 0) < (_FIRST if mark == name else 1)]
        seen.update({mark: seen.get(mark, 0) + 1 for mark in (*new, name)})
        short, long = extremes.get(name, (line, line))
        extremes[name] = (min(short, line, key=len), max(long, line, key=len) if len(line) < _LONG else long)
        if new and (len(good) < MOST or seen[name] == 1) and (len(line) < _LONG or seen[name] == 1):
            good[line] = None
    for pair in extremes.values():
        good.update(dict.fromkeys(pair))
    chosen = set(good)
    return [line for line in dict.fromkeys(lines) if line in chosen], list(odd)


def _marks(name: str | None, result: Record | Reject | None) -> list[Hashable]:
    """What is new about a record: its pattern, which fields it has, and its words of few values."""
    assert isinstance(result, Record)
    return [name, (name, frozenset(_paths(result.data, ""))), *(
        (name, key, value) for key, value in result.data.items() if key in {"level", "method", "status", "event"}
    )]  # fmt: skip


def _paths(data: Mapping[str, JSONValue], prefix: str) -> list[str]:
    found = []
    for name, value in data.items():
        found.append(prefix + name)
        if isinstance(value, dict):
            found += _paths(value, f"{prefix}{name}.")
    return found
