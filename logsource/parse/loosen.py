r"""Makes a block-safe pattern twice as fast, at the price of a proof afterwards.

`[^ ]+` runs twice as fast as `[^ \n]+` in `re`, because a negation of a single character needs no set. So
the sets that stop at one character and at the newline lose the newline, but only inside outermost capture
groups that match once: then a match that ran over a newline shows it in one of `groups`, and every match
that did not is the match the exact pattern finds (the loose pattern tries the same paths in the same
order, plus others that hold a newline).
"""

from __future__ import annotations

from dataclasses import dataclass

from logsource.parse.rx.nodes import (
    NEWLINE,
    Alternation,
    CharSet,
    Group,
    Node,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.python import read_python
from logsource.parse.rx.write import write


@dataclass(frozen=True, slots=True)
class Loose:
    """A faster pattern, and the groups in which a newline would show."""

    regex: str
    groups: tuple[int, ...]


def loosen(exact: str) -> Loose | None:
    """The loose form of a pattern that `block_safe` gave; None when there is nothing to gain."""
    groups: list[int] = []
    tree = _outside(read_python(exact), groups)
    return Loose(write(tree), tuple(groups)) if groups else None


def _outside(node: Node, groups: list[int]) -> Node:
    match node:
        case Sequence(items):
            return Sequence(tuple(_outside(item, groups) for item in items))
        case Alternation(branches):
            return Alternation(tuple(_outside(branch, groups) for branch in branches))
        case Scope(inner, on, off, label):
            return Scope(_outside(inner, groups), on, off, label)
        case Group(inner, number, name):
            loose = _inside(inner)
            if loose != inner:
                groups.append(number)
            return Group(loose, number, name)
        case Repeat(Group() as inner, 0, 1, mode) if mode != "possessive":
            return Repeat(_outside(inner, groups), 0, 1, mode)
        case _:
            return node


def _inside(node: Node) -> Node:
    match node:
        case Sequence(items):
            return Sequence(tuple(_inside(item) for item in items))
        case Alternation(branches):
            return Alternation(tuple(_inside(branch) for branch in branches))
        case Scope(inner, on, off, label):
            return Scope(_inside(inner), on, off, label)
        case Repeat(CharSet() as inner, low, high, mode) if mode != "possessive":
            return Repeat(_without_newline(inner), low, high, mode)
        case _:
            return node


def _without_newline(node: CharSet) -> CharSet:
    if not node.negated or node.classes or len(node.ranges) != 2 or (NEWLINE, NEWLINE) not in node.ranges:
        return node
    (other,) = (pair for pair in node.ranges if pair != (NEWLINE, NEWLINE))
    return CharSet((other,), "", negated=True) if other[0] == other[1] else node
