"""JSON over several lines: a record ends where its braces and brackets are balanced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.tail.joining import Verdict

if TYPE_CHECKING:
    from logsource.tail.joining import Group

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?')
"""JSON escapes line ends inside strings, so a string is over with its line: a lone quote spoils nothing further."""
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_START = re.compile(
    rf'\s*(?:\{{\s*(?:$|["}}])|\[\s*(?:$|["{{\[\]]|(?:{_NUMBER}|true|false|null)\s*(?:$|[,\]])))'
)
"""How an object or an array begins; `[warning] …` and `[2026-01-02 …` do not."""


class JsonBalance:
    """Lines of pretty-printed JSON: what begins as an object or an array goes on until everything opened is closed.

    Any other line is a record of its own, so that a word between two values is not taken for a part of one.
    """

    def begin(self, line: str) -> Group:
        """Begin a record."""
        return _JsonGroup(line)


class _JsonGroup:
    __slots__ = ("_depth",)

    keeps_held = False

    def __init__(self, line: str) -> None:
        self._depth = _nesting(line) if _START.match(line) else 0

    @property
    def complete(self) -> bool:
        """Whether nothing is open."""
        return self._depth <= 0

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """Whether something is open."""
        return Verdict.JOIN if self._depth > 0 else Verdict.NEXT

    def add(self, line: str) -> None:
        """Count what it opens and closes."""
        self._depth += _nesting(line)


def _nesting(line: str) -> int:
    bare = _STRING.sub("", line)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
