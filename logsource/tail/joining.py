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
    from logsource.model import JSONValue

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

    def extend(self, rest: str) -> None:
        """Take the rest of its last line, which was too long for one record."""
        ...

    def state(self, *, cut: bool) -> list[JSONValue]:
        """What it knows, as JSON: `Joiner.resume` goes on with it. `cut`: the end of its last line was left out."""
        ...


class Joiner(Protocol):
    """A rule by which lines are joined."""

    def begin(self, line: str) -> Group:
        """Begin a record with this line."""
        ...

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Go on with a record whose beginning was given out at a limit; None if the state is of another rule."""
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

    def extend(self, rest: str) -> None:
        """Nothing to remember."""

    def state(self, *, cut: bool) -> list[JSONValue]:  # noqa: ARG002 - the protocol's shape
        """Nothing goes on."""
        return []

    def resume(self, state: list[JSONValue]) -> Group | None:  # noqa: ARG002 - the protocol's shape
        """Nothing goes on."""
        return None


class Counted:
    """By number. Where a record was given out early (it was idle), counting begins anew behind it."""

    def __init__(self, lines: int) -> None:
        self._lines = lines

    def begin(self, line: str) -> Group:  # noqa: ARG002 - the protocol's shape
        """Count the first."""
        return _CountedGroup(self._lines - 1)

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Count on."""
        match state:
            case ["count", int(left)] if left > 0:
                return _CountedGroup(left)
        return None


class _CountedGroup:
    __slots__ = ("_left",)

    keeps_held = False

    def __init__(self, left: int) -> None:
        self._left = left

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

    def extend(self, rest: str) -> None:
        """It is counted already."""

    def state(self, *, cut: bool) -> list[JSONValue]:  # noqa: ARG002 - a line is a line
        """How many are missing."""
        return ["count", self._left]


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

    def extend(self, rest: str) -> None:
        """Nothing to remember."""

    def state(self, *, cut: bool) -> list[JSONValue]:  # noqa: ARG002 - the protocol's shape
        """Nothing but the rule."""
        return ["indent"]

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Go on."""
        return self if state == ["indent"] else None


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

    def resume(self, state: list[JSONValue]) -> Group | None:
        """Go on."""
        match state:
            case ["patterns", bool(joins), bool(ended)]:
                return _PatternsGroup(self, "", (joins, ended))
        return None


class _PatternsGroup:
    __slots__ = ("_known", "_last", "_rules")

    keeps_held = False

    def __init__(self, rules: Patterns, line: str, known: tuple[bool, bool] | None = None) -> None:
        self._rules = rules
        self._last = line
        self._known = known
        """What `join_next` and `end` said of the last line, if that was given out and is not here."""

    def judge(self, line: str, held: int) -> Verdict:  # noqa: ARG002 - the protocol's shape
        """`join_next` and `continue` add to a record; otherwise `end` closes it and `start` begins another."""
        return Verdict.JOIN if self._joins(line) else Verdict.NEXT

    def _joins(self, line: str) -> bool:
        rules = self._rules
        if self._joins_next():
            return True
        if rules.continue_ and rules.continue_(line):
            return True
        if rules.start and rules.start(line):
            return False
        if rules.end:
            return not self._ended()
        return rules.start is not None

    def _joins_next(self) -> bool:
        if self._known is not None:
            return self._known[0]
        return self._rules.join_next is not None and self._rules.join_next(self._last)

    def _ended(self) -> bool:
        if self._known is not None:
            return self._known[1]
        return self._rules.end is not None and self._rules.end(self._last)

    @property
    def complete(self) -> bool:
        """With `end` or `join_next` the last line says so itself; the others need to see the next line."""
        rules = self._rules
        if rules.continue_ or self._joins_next():
            return False
        if rules.end:
            return self._ended()
        return rules.start is None

    def add(self, line: str) -> None:
        """Remember the last line."""
        self._last, self._known = line, None

    def extend(self, rest: str) -> None:
        """What is asked of a last line is asked of its end, mostly."""
        self.add(rest)

    def state(self, *, cut: bool) -> list[JSONValue]:  # noqa: ARG002 - what is there of the line is asked
        """What is asked of the last line, and answered here: the line may be long."""
        return ["patterns", self._joins_next(), self._ended()]


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
