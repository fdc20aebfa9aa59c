"""Making a pattern a part of another one: what it must not see or count on there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.parse.rx.nodes import (
    Alternation,
    At,
    Atomic,
    Backref,
    CharSet,
    Conditional,
    Group,
    Literal1,
    Look,
    Node,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.ranges import contains

if TYPE_CHECKING:
    from collections.abc import Iterator


def inside(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    yield node
    match node:
        case Sequence(items):
            parts: tuple[Node, ...] = items
        case Alternation(branches):
            parts = branches
        case Repeat(inner) | Group(inner) | Scope(inner) | Atomic(inner) | Look(inner):
            parts = (inner,)
        case Conditional(_, yes, no):
            parts = (yes, no)
        case _:
            parts = ()
    for part in parts:
        yield from inside(part)


def refers(node: Node) -> bool:
    """Whether it refers to groups by their number."""
    return any(isinstance(one, Backref | Conditional) for one in inside(node))


def starts_apart(node: Node, before: str) -> bool:
    """Whether it matches behind the character `before` (empty: any) what it would at the start of a text."""
    for one in inside(node):
        match one:
            case At("line_start" | "text_start" | "not_word"):
                return False
            case At("word") if not before or before.isalnum() or before == "_":
                return False
            case Look(behind, False, negated) if not (negated and before and _never(behind, before)):
                return False
    return True


def _never(node: Node, char: str) -> bool:
    """Whether a node for one character does not match this one."""
    match node:
        case Scope(inner, "", ""):
            return _never(inner, char)
        case Literal1(other):
            return other != char
        case CharSet(ranges, "", negated):
            return contains(ranges, ord(char)) is negated
        case _:
            return False


def nameless(node: Node) -> Node:
    """The same without names of groups, which two patterns may both have."""
    match node:
        case Group(inner, number):
            return Group(nameless(inner), number)
        case Sequence(items):
            return Sequence(tuple(map(nameless, items)))
        case Alternation(branches):
            return Alternation(tuple(map(nameless, branches)))
        case Repeat(inner, low, high, mode):
            return Repeat(nameless(inner), low, high, mode)
        case Scope(inner, on, off, label):
            return Scope(nameless(inner), on, off, label)
        case Atomic(inner):
            return Atomic(nameless(inner))
        case Look(inner, ahead, negated):
            return Look(nameless(inner), ahead, negated)
        case _:
            return node
