"""JSON over several lines: a record ends where its braces and brackets are balanced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?')
"""JSON escapes line ends inside strings, so a string is over with its line: a lone quote spoils nothing further."""
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_START = re.compile(
    rf'\s*(?:\{{\s*(?:$|["}}])|\[\s*(?:$|["{{\[\]]|(?:{_NUMBER}|true|false|null)\s*(?:$|[,\]])))'
)
"""How an object or an array begins; `[warning] …` and `[2026-01-02 …` do not."""
REMEMBERED = 8
"""Records whose depth is remembered; as many streams may take turns in a file without being counted anew."""


@dataclass(slots=True)
class _Depth:
    """How deep a record is nested after some of its lines."""

    record: Sequence[str]
    lines: int = 0
    depth: int = 0


class JsonJoin:
    """Lines of pretty-printed JSON: what begins as an object or an array goes on until everything opened is closed.

    Any other line is a record of its own, so that a word between two values is not taken for a part of one.
    """

    def __init__(self) -> None:
        self._known: dict[int, _Depth] = {}

    def joins(self, record: Sequence[str], line: str) -> bool:  # noqa: ARG002 - the protocol's shape
        """Whether something is open."""
        return self._depth(record) > 0

    def complete(self, record: Sequence[str]) -> bool:
        """Whether nothing is open."""
        return self._depth(record) <= 0

    def _depth(self, record: Sequence[str]) -> int:
        """Nesting after the last line; each line is counted once, however often somebody asks."""
        known = self._known.get(id(record))
        if known is None or known.record is not record:
            if not _START.match(record[0]):
                return 0
            if len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            known = self._known[id(record)] = _Depth(record)
        for line in record[known.lines :]:
            known.depth += _nesting(line)
        known.lines = len(record)
        return known.depth


def _nesting(line: str) -> int:
    bare = _STRING.sub("", line)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
