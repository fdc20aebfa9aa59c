"""Which lines belong together: what a rule answers, and the rules that need no more than a pattern or a number."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

import regex

from logsource.config.regexcompile import compile_regex
from logsource.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.model import MultilineConfig

MATCH_TIMEOUT = 0.25
"""Seconds one pattern may take on one line; then it does not match. Users' patterns are not vetted."""


_BLANKS = (" ", "\t")


class Verdict(Enum):
    """What becomes of a line, given the record before it and the lines that are held between the two."""

    JOIN = auto()
    """It belongs to the record, and so do the held lines."""
    NEXT = auto()
    """It does not, and neither do the held lines: each is looked at as if nothing had been held."""
    HOLD = auto()
    """Nobody knows before more lines were seen."""
    LAST = auto()
    """It begins another record, and the held lines belong to the one before."""


class Group(Protocol):
    """The lines of one record so far. What it says depends on them and on nothing else."""

    @property
    def complete(self) -> bool:
        """Whether nothing can be added any more, so that there is no need to wait."""
        ...

    @property
    def keeps_held(self) -> bool:
        """Whether the held lines belong to the record if nothing follows them."""
        ...

    def judge(self, line: str, held: int) -> Verdict:
        """Say what becomes of the next line, `held` lines behind the record."""
        ...

    def add(self, line: str) -> None:
        """Take a line into the record."""
        ...


class Joiner(Protocol):
    """A rule by which lines are joined."""

    def begin(self, line: str) -> Group:
        """Begin a record with this line."""
        ...


class Single:
    """Every line is a record. It has no state, so one does for all."""

    complete = True
    keeps_held = False

    def begin(self, line: str) -> Group:  # noqa: ARG002 - the protocol's shape
        """Begin, and end."""
        return self

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """Never."""
        return Verdict.NEXT

    def add(self, line: str) -> None:
        """Nothing to remember."""


class Counted:
    """By number. Where a record was given out early (see the limits), counting begins anew behind it."""

    def __init__(self, lines: int) -> None:
        self._lines = lines

    def begin(self, line: str) -> Group:  # noqa: ARG002 - the protocol's shape
        """Count the first."""
        return _CountedGroup(self._lines)


class _CountedGroup:
    __slots__ = ("_left",)

    keeps_held = False

    def __init__(self, lines: int) -> None:
        self._left = lines - 1

    @property
    def complete(self) -> bool:
        """Once there are enough."""
        return self._left <= 0

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """While there are too few."""
        return Verdict.JOIN if self._left > 0 else Verdict.NEXT

    def add(self, line: str) -> None:  # noqa: ARG002 - the protocol's shape
        """One more."""
        self._left -= 1


class Indented:
    """By indentation. It has no state, so one does for all."""

    complete = False
    keeps_held = False

    def begin(self, line: str) -> Group:  # noqa: ARG002 - the protocol's shape
        """Begin a record."""
        return self

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """A line of nothing but blanks is a record of its own."""
        return Verdict.JOIN if line[:1] in _BLANKS and line.strip() else Verdict.NEXT

    def add(self, line: str) -> None:
        """Nothing to remember."""


class Patterns:
    """By the patterns of the configuration; see `MultilineConfig`. ConfigError when one is wrong."""

    def __init__(self, config: MultilineConfig) -> None:
        self.start = _matcher("start", config.start)
        self.continue_ = _matcher("continue", config.continue_)
        self.end = _matcher("end", config.end)
        self.join_next = _matcher("join_next", config.join_next)

    def begin(self, line: str) -> Group:
        """Begin a record."""
        return _PatternsGroup(self, line)


class _PatternsGroup:
    __slots__ = ("_last", "_rules")

    keeps_held = False

    def __init__(self, rules: Patterns, line: str) -> None:
        self._rules = rules
        self._last = line

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """`join_next` and `continue` add to a record; otherwise `end` closes it and `start` begins another."""
        return Verdict.JOIN if self._joins(line) else Verdict.NEXT

    def _joins(self, line: str) -> bool:
        rules = self._rules
        if rules.join_next and rules.join_next(self._last):
            return True
        if rules.continue_ and rules.continue_(line):
            return True
        if rules.start and rules.start(line):
            return False
        if rules.end:
            return not rules.end(self._last)
        return rules.start is not None

    @property
    def complete(self) -> bool:
        """With `end` or `join_next` the last line says so itself; the others need to see the next line."""
        rules = self._rules
        if rules.continue_ or (rules.join_next and rules.join_next(self._last)):
            return False
        if rules.end:
            return rules.end(self._last)
        return rules.start is None

    def add(self, line: str) -> None:
        """Remember the last line."""
        self._last = line


def _matcher(key: str, pattern: str | None) -> Callable[[str], bool] | None:
    if pattern is None:
        return None
    try:
        compiled = compile_regex(pattern)
    except regex.error as error:
        raise ConfigError([f"multiline.{key}: {error} in {pattern!r}"]) from error

    def matches(line: str) -> bool:
        try:
            return compiled.search(line, timeout=MATCH_TIMEOUT) is not None
        except TimeoutError:
            return False

    return matches
