"""Conditions as trees of tests: each leaf looks at one field, so that a column can be judged value by value.

The rules of comparison are those that `config.filters.Condition` promises; no code of the user runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.config.regexcompile import compile_regex
from logsource.render.filters.values import Path, look_up, path_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from logsource.config.filters import Condition
    from logsource.model import JSONValue

    Test = Callable[[JSONValue], bool]
    """Judges the value of a field (None: it is not there). May raise TimeoutError."""

REGEX_TIMEOUT = 0.1
"""Seconds that a user's regular expression may take on one value."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test of one field."""

    path: Path
    test: Test


@dataclass(frozen=True, slots=True)
class Combined:
    """All or any of some trees."""

    parts: tuple[Tree, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Negated:
    """The opposite of a tree."""

    part: Tree


Tree = Leaf | Combined | Negated


def holds(tree: Tree, data: Mapping[str, JSONValue]) -> bool:
    """Whether a record fulfils a condition. Raises TimeoutError when a regular expression took too long."""
    match tree:
        case Leaf(path, test):
            return test(look_up(data, path))
        case Combined(parts, every):
            return (all if every else any)(holds(part, data) for part in parts)
        case Negated(part):
            return not holds(part, data)


def leaves(tree: Tree) -> Iterator[Leaf]:
    """All tests of a tree."""
    match tree:
        case Leaf():
            yield tree
        case Combined(parts, _):
            for part in parts:
                yield from leaves(part)
        case Negated(part):
            yield from leaves(part)


def compile_condition(condition: Condition) -> Tree:
    """Tree of a condition of the configuration."""
    if condition.all is not None:
        return Combined(tuple(map(compile_condition, condition.all)), every=True)
    if condition.any is not None:
        return Combined(tuple(map(compile_condition, condition.any)), every=False)
    if condition.not_ is not None:
        return Negated(compile_condition(condition.not_))
    assert condition.field is not None
    return Leaf(path_of(condition.field), _every(list(_tests(condition))))


def _every(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def _tests(condition: Condition) -> Iterator[Test]:
    """One test for each operator that is given."""
    if condition.exists is not None:
        wanted = condition.exists
        yield lambda value: (value is not None) is wanted
    if condition.eq is not None:
        yield _equal(condition.eq)
    if condition.ne is not None:
        equal = _equal(condition.ne)
        yield lambda value: not equal(value)
    if condition.in_ is not None:
        yield _any([_equal(one) for one in condition.in_])
    yield from _numeric(condition)
    yield from _textual(condition)


def _any(tests: list[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _numeric(condition: Condition) -> Iterator[Test]:
    if (low := condition.ge) is not None:
        yield _numbers(lambda number: number >= low)
    if (above := condition.gt) is not None:
        yield _numbers(lambda number: number > above)
    if (high := condition.le) is not None:
        yield _numbers(lambda number: number <= high)
    if (below := condition.lt) is not None:
        yield _numbers(lambda number: number < below)


def _textual(condition: Condition) -> Iterator[Test]:
    if (part := condition.contains) is not None:
        yield _texts(lambda text: part in text)
    if (start := condition.startswith) is not None:
        yield _texts(lambda text: text.startswith(start))
    if (end := condition.endswith) is not None:
        yield _texts(lambda text: text.endswith(end))
    if condition.matches is not None:
        pattern = compile_regex(condition.matches)
        yield _texts(lambda text: pattern.search(text, timeout=REGEX_TIMEOUT) is not None)


def _equal(wanted: JSONValue) -> Test:
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return _numbers(lambda number: number == wanted)
    text = text_of(wanted)
    return _texts(lambda found: found == text)


def _numbers(test: Callable[[float], bool]) -> Test:
    """Judge a number, or a text that is one; anything else fails."""

    def judge(value: JSONValue) -> bool:
        if isinstance(value, str):
            if not _NUMBER.fullmatch(value):
                return False
            value = float(value)
        return isinstance(value, int | float) and not isinstance(value, bool) and test(value)

    return judge


def _texts(test: Callable[[str], bool]) -> Test:
    """Judge a value as text; an absent one fails."""
    return lambda value: value is not None and test(text_of(value))
