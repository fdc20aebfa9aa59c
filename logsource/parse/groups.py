"""Which capture groups of a pattern take part in every match."""

from __future__ import annotations

from logsource.parse.rx.nodes import Atomic, Group, Node, Repeat, Scope, Sequence
from logsource.parse.rx.python import read_python


def always_matched(source: str) -> frozenset[int]:
    """Numbers of the groups that never are None: not in a branch, not optional, not inside a lookaround."""
    return frozenset(_always(read_python(source)))


def _always(node: Node) -> list[int]:
    match node:
        case Group(inner, number):
            return [number, *_always(inner)]
        case Sequence(items):
            return [number for item in items for number in _always(item)]
        case Scope(inner) | Atomic(inner):
            return _always(inner)
        case Repeat(inner, low) if low > 0:
            return _always(inner)
        case _:
            return []
