r"""Makes a block-safe pattern twice as fast, at the price of a proof afterwards.

`[^ ]+` runs twice as fast as `[^ \n]+` in `re`, because a negation of a single character needs no set. So
the sets that stop at one character and at the newline lose the newline, inside capture groups that match
once. A match may then run over a newline; but when there are as many matches as lines, each is one line, and
then it is the match the exact pattern finds (the loose pattern tries the same paths in the same order, plus
others that hold a newline).
"""

from __future__ import annotations

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


def loosen(exact: str) -> str | None:
    """The loose form of a pattern that `block_safe` gave; None when there is nothing to gain."""
    tree = read_python(exact)
    loose = _outside(tree)
    return None if loose == tree else write(loose)


def _outside(node: Node) -> Node:
    match node:
        case Sequence(items):
            return Sequence(tuple(map(_outside, items)))
        case Alternation(branches):
            return Alternation(tuple(map(_outside, branches)))
        case Scope(inner, on, off, label):
            return Scope(_outside(inner), on, off, label)
        case Group(inner, number, name):
            return Group(_inside(inner), number, name)
        case Repeat(Group() as inner, 0, 1, mode) if mode != "possessive":
            return Repeat(_outside(inner), 0, 1, mode)
        case _:
            return node


def _inside(node: Node) -> Node:
    match node:
        case Sequence(items):
            return Sequence(tuple(map(_inside, items)))
        case Alternation(branches):
            return Alternation(tuple(map(_inside, branches)))
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
