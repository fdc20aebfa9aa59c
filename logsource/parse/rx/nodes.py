"""The syntax tree of a regular expression, free of the dialect it was written in.

Both readers (`python.py` and `oniguruma.py`) produce these nodes with the flags already resolved: `.`,
`^` and `$` say here what they mean, so that the writer (`write.py`) needs no flags but `i` and `a`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_CODE = 0x10FFFF
NEWLINE = 10

Mode = Literal["greedy", "lazy", "possessive"]
Place = Literal["line_start", "line_end", "text_start", "text_end", "text_end_newline", "word", "not_word"]


class RegexSyntaxError(ValueError):
    """The pattern is wrong or uses something that cannot be translated; `position` counts characters."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Literal1:
    """One character."""

    char: str


@dataclass(frozen=True, slots=True)
class AnyChar:
    """Any character; with `newline`, LF too."""

    newline: bool


@dataclass(frozen=True, slots=True)
class CharSet:
    """A bracket expression: sorted code point ranges and letters of Python classes (`w W d D s S`)."""

    ranges: tuple[tuple[int, int], ...]
    classes: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items one after the other; empty matches the empty text."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """The first branch that lets the rest match."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node `low` to `high` times; `high` None means without limit."""

    node: Node
    low: int
    high: int | None
    mode: Mode = "greedy"


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group. Readers number groups in the order of their opening parentheses, from 1."""

    node: Node
    number: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """A group that does not capture; `on` and `off` are flag letters out of `ia`; `label` is for people."""

    node: Node
    on: str = ""
    off: str = ""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Atomic:
    """A group that gives nothing back once it matched."""

    node: Node


@dataclass(frozen=True, slots=True)
class Look:
    """Lookahead or lookbehind."""

    node: Node
    ahead: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class At:
    """A position."""

    place: Place


@dataclass(frozen=True, slots=True)
class Backref:
    """The text of an earlier group."""

    number: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """`yes` if the group took part in the match so far, else `no`."""

    number: int
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Never:
    """Matches nothing at all."""


Node = (
    Literal1
    | AnyChar
    | CharSet
    | Sequence
    | Alternation
    | Repeat
    | Group
    | Scope
    | Atomic
    | Look
    | At
    | Backref
    | Conditional
    | Never
)

EMPTY = Sequence(())


def sequence(items: list[Node]) -> Node:
    """One item stays itself."""
    return items[0] if len(items) == 1 else Sequence(tuple(items))


def alternation(branches: list[Node]) -> Node:
    """One branch stays itself."""
    return branches[0] if len(branches) == 1 else Alternation(tuple(branches))
