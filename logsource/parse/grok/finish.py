"""Turns the tree of a grok pattern into one that Python's engines can run.

Captures that nobody asked for become plain groups, the others are numbered anew, and lookbehinds whose
branches differ in length become one lookbehind for each branch (`re` wants a fixed length).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.parse.rx.nodes import (
    Alternation,
    Atomic,
    Backref,
    Conditional,
    Group,
    Literal1,
    Look,
    Node,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.query import width

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def children(node: Node) -> tuple[Node, ...]:
    """Nodes directly below."""
    match node:
        case Sequence(items):
            return items
        case Alternation(branches):
            return branches
        case Conditional(_, yes, no):
            return (yes, no)
        case Repeat() | Group() | Scope() | Atomic() | Look():
            return (node.node,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below, parents first."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def referred(node: Node) -> set[int]:
    """Numbers of the groups that the pattern itself needs."""
    return {n.number for n in walk(node) if isinstance(n, Backref | Conditional)}


def finish(node: Node, wanted: Collection[int]) -> tuple[Node, dict[int, int]]:
    """Tree with only the wanted groups capturing, and the new number of each of them."""
    needed = set(wanted) | referred(node)
    order = [n.number for n in walk(node) if isinstance(n, Group) and n.number in needed]
    # A lookbehind that is split repeats its groups; only the first keeps its number.
    numbers = {old: new for new, old in enumerate(dict.fromkeys(order), 1)}
    return _finish(node, numbers), numbers


def _finish(node: Node, numbers: dict[int, int]) -> Node:  # noqa: C901 - one case per kind of node
    match node:
        case Sequence(items):
            return Sequence(tuple(_finish(item, numbers) for item in items))
        case Alternation(branches):
            return Alternation(tuple(_finish(branch, numbers) for branch in branches))
        case Repeat(inner, low, high, mode):
            return Repeat(_finish(inner, numbers), low, high, mode)
        case Group(inner, number, name):
            done = _finish(inner, numbers)
            if number in numbers:
                return Group(_bare(done), numbers[number])
            return _plain(Scope(done, label=f"%{{{name}}}" if name else None))
        case Scope(inner, on, off, label):
            return _plain(Scope(_finish(inner, numbers), on, off, label))
        case Atomic(inner):
            return Atomic(_bare(_finish(inner, numbers)))
        case Look(inner, ahead, negated):
            done = Look(_bare(_finish(inner, numbers)), ahead, negated)
            return done if ahead else _fixed_lookbehind(done)
        case Backref(number):
            return Backref(numbers[number])
        case Conditional(number, yes, no):
            return Conditional(numbers[number], _finish(yes, numbers), _finish(no, numbers))
        case _:
            return node


def _bare(node: Node) -> Node:
    """A group needs no group of its own inside."""
    return node.node if isinstance(node, Scope) and not (node.on or node.off or node.label) else node


def _plain(node: Scope) -> Node:
    """Leave out parentheses that change nothing; labelled ones stay, explanations need them."""
    if node.on or node.off or node.label:
        return node
    inner = node.node
    return inner if isinstance(inner, Scope | Group | Atomic | Look | Literal1) else node


def _fixed_lookbehind(node: Look) -> Node:
    inner = node.node
    low, high = width(inner)
    if low == high or not isinstance(inner, Alternation):
        return node
    parts = tuple(
        _fixed_lookbehind(Look(branch, ahead=False, negated=node.negated)) for branch in inner.branches
    )
    return Sequence(parts) if node.negated else Alternation(parts)
