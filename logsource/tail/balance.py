"""JSON over several lines: a record ends where its braces and brackets are balanced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.tail.joining import Verdict

if TYPE_CHECKING:
    from logsource.model import JSONValue
    from logsource.tail.joining import Group

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?')
"""JSON escapes line ends inside strings, so a string is over with its line: a lone quote spoils nothing further."""
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_START = re.compile(
    rf'\s*(?:\{{\s*(?:$|["}}])|\[\s*(?:$|["{{\[\]]|(?:{_NUMBER}|true|false|null)\s*(?:$|[,\]])))'
)
"""How an object or an array begins; `[warning] …` and `[2026-01-02 …` do not."""
_INSIDE = '"{[-0123456789tfn'
"""What a key or a value begins with."""
_OPENS = "{["
_CLOSES = "]},:"
"""What may stand behind a value."""
_BEFORE = "[{,:"
"""What a key or a value stands behind."""


class JsonBalance:
    """Lines of pretty-printed JSON: what begins as an object or an array goes on until everything opened is closed.

    Any other line is a record of its own, so that a word between two values is not taken for a part of one.
    """

    def begin(self, line: str) -> Group:
        """Begin a record."""
        return _JsonGroup(_nesting(line) if _START.match(line) else 0, line)

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Go on."""
        match state:
            case ["json", int(depth), str(last)] if depth > 0:
                return _JsonGroup(depth, last, cut=True)
        return None


class _JsonGroup:
    __slots__ = ("_alone", "_cut", "_depth", "_last")

    keeps_held = False

    def __init__(self, depth: int, last: str, *, cut: bool = False) -> None:
        """`last`: the last line, or the end of it; nothing, if that is not known. `cut`: it was cut at a limit."""
        self._depth = depth
        self._last = last
        self._cut = cut
        self._alone = not cut

    @property
    def complete(self) -> bool:
        """Whether nothing is open."""
        return self._depth <= 0

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """Whether something is open.

        Behind a limit only if JSON could go on like that: what is never closed (its writer crashed) must not take all that
        follows.
        """
        if self._depth <= 0 or (self._cut and not _may_follow(self._last, line)):
            return Verdict.NEXT
        return Verdict.JOIN

    def add(self, line: str) -> None:
        """Count what it opens and closes."""
        self._depth += _nesting(line)
        self._alone = False
        if line and not line.isspace():
            self._last = line

    def extend(self, rest: str) -> None:
        """Count on."""
        self.add(rest)

    def state(self, *, cut: bool) -> list[JSONValue]:
        """How much is open, and what stands before the next line.

        A line whose end was left out ends in a comma, as most do; if it is the only one, it may be all of a record.
        """
        last = self._last.rstrip()[-1:]
        if cut:
            last = "" if self._alone else ","
        return ["json", self._depth, last]


def _may_follow(last: str, line: str) -> bool:
    first = line.lstrip()[:1]
    if not first or first in _CLOSES:
        return True
    if first not in _INSIDE:
        return False
    end = last.rstrip()[-1:]
    return end in _BEFORE if end else first not in _OPENS


def _nesting(line: str) -> int:
    bare = _STRING.sub("", line)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
