"""Questions about a pattern that its tree can answer."""

from __future__ import annotations

from logsource.parse.rx.nodes import (
    NEWLINE,
    Alternation,
    AnyChar,
    At,
    Atomic,
    Backref,
    CharSet,
    Conditional,
    Group,
    Literal1,
    Look,
    Never,
    Node,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.ranges import contains


def width(node: Node) -> tuple[int, int | None]:
    """Least and greatest number of characters a match can have; None means without limit."""
    match node:
        case Literal1() | AnyChar() | CharSet():
            return 1, 1
        case Sequence(items):
            return _sum([width(item) for item in items])
        case Alternation(branches):
            return _any([width(branch) for branch in branches])
        case Repeat(inner, low, high, _):
            least, most = width(inner)
            limit = 0 if most == 0 else None if most is None or high is None else most * high
            return least * low, limit
        case Group() | Scope() | Atomic():
            return width(node.node)
        case Conditional(_, yes, no):
            return _any([width(yes), width(no)])
        case Backref():
            return 0, None
        case At() | Look() | Never():
            return 0, 0


def _sum(widths: list[tuple[int, int | None]]) -> tuple[int, int | None]:
    highest = [high for _, high in widths]
    return sum(low for low, _ in widths), None if None in highest else sum(
        h for h in highest if h is not None
    )


def _any(widths: list[tuple[int, int | None]]) -> tuple[int, int | None]:
    highest = [high for _, high in widths]
    return (
        min(low for low, _ in widths),
        None if None in highest else max(h for h in highest if h is not None),
    )


def can_consume_newline(node: Node) -> bool:
    """Whether a match can hold a newline (lookarounds do not count: they consume nothing)."""
    match node:
        case Literal1(char):
            return char == "\n"
        case AnyChar(newline):
            return newline
        case CharSet(ranges, classes, negated):
            inside = contains(ranges, NEWLINE) or any(letter in "sWD" for letter in classes)
            return inside != negated
        case Sequence(items):
            return any(can_consume_newline(item) for item in items)
        case Alternation(branches):
            return any(can_consume_newline(branch) for branch in branches)
        case Repeat(inner, _, high, _):
            return high != 0 and can_consume_newline(inner)
        case Group() | Scope() | Atomic():
            return can_consume_newline(node.node)
        case Conditional(_, yes, no):
            return can_consume_newline(yes) or can_consume_newline(no)
        case _:
            return False
