"""Questions about a pattern that its tree can answer."""

from __future__ import annotations

from logsource.parse.rx.nodes import (
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
