"""Leaves out parentheses that change nothing, so that sources are short and engines see plain sequences."""

from __future__ import annotations

from logsource.parse.rx.nodes import (
    Alternation,
    Atomic,
    Conditional,
    Group,
    Look,
    Node,
    Repeat,
    Scope,
    Sequence,
    alternation,
    sequence,
)


def simplify(node: Node) -> Node:
    """Equivalent tree without needless groups. Labels of groups get lost."""
    match node:
        case Sequence(items):
            return sequence([part for item in items for part in _spliced(simplify(item))])
        case Alternation(branches):
            return alternation([part for branch in branches for part in _branches(simplify(branch))])
        case Repeat(inner, low, high, mode):
            return Repeat(simplify(inner), low, high, mode)
        case Group(inner, number, name):
            return Group(simplify(inner), number, name)
        case Scope(inner, on, off):
            return Scope(simplify(inner), on, off) if on or off else simplify(inner)
        case Atomic(inner):
            return Atomic(simplify(inner))
        case Look(inner, ahead, negated):
            return Look(simplify(inner), ahead, negated)
        case Conditional(number, yes, no):
            return Conditional(number, simplify(yes), simplify(no))
        case _:
            return node


def _spliced(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _branches(node: Node) -> tuple[Node, ...]:
    return node.branches if isinstance(node, Alternation) else (node,)
