"""Whether a pattern can match a text in one way only, so that going back into it would find nothing else."""

from __future__ import annotations

from itertools import combinations, pairwise

from logsource.parse.rx.nodes import (
    Alternation,
    AnyChar,
    CharSet,
    Group,
    Literal1,
    Node,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.ranges import EVERYTHING, Ranges, complement, normal

_Atom = tuple[Ranges, bool, object]
"""Characters with which a part can begin, whether its length is fixed, and what it is else."""
_LONGEST = 64
"""Repetitions of a fixed number that are written out."""


_MOST = 4096
"""Parts of a pattern that are looked at."""


class _CannotTellError(Exception):
    pass


def one_way(node: Node) -> bool:
    """True when every text has at most one beginning that matches. False says nothing.

    Each part that repeats one set of characters is followed by a part that begins with none of them, so where it ends
    is not a matter of choice.
    """
    try:
        atoms = _atoms(node)
    except _CannotTellError:
        return False
    if atoms and not atoms[-1][1]:
        return False
    return all(
        fixed or not _overlap(ranges, following) for (ranges, fixed, _), (following, _, _) in pairwise(atoms)
    )


def never_both(one: Node, other: Node) -> bool:
    """True when no text begins with a match of each. Both must match in one way only. False says nothing.

    As long as their parts are the same, they stand at the same places of a text; the first that differ cannot both
    be there.
    """
    for first, second in zip(_atoms(one), _atoms(other), strict=False):
        if first != second:
            return not _overlap(first[0], second[0])
    return False


def _atoms(node: Node) -> list[_Atom]:
    match node:
        case Literal1() | AnyChar() | CharSet():
            return [(_ranges(node), True, None)]
        case Sequence(items):
            return [atom for item in items for atom in _atoms(item)]
        case Group(inner) | Scope(inner, "", ""):
            return _atoms(inner)
        case Repeat(inner, low, high) if low == high and low <= _LONGEST:
            atoms = _atoms(inner)
            if len(atoms) * low > _MOST:
                raise _CannotTellError  # repetitions inside of each other multiply
            return atoms * low
        case Repeat(Literal1() | AnyChar() | CharSet() as inner, low) if low > 0:
            return [(_ranges(inner), False, low)]
        case Alternation(branches):
            return [_words(branches)]
        case _:
            raise _CannotTellError


def _words(branches: tuple[Node, ...]) -> _Atom:
    """Words of which none is the beginning of another: at most one of them stands at a place."""
    words = [_word(branch) for branch in branches]
    if any(one.startswith(other) or other.startswith(one) for one, other in combinations(words, 2)):
        raise _CannotTellError
    return normal((ord(word[0]), ord(word[0])) for word in words), True, frozenset(words)


def _word(node: Node) -> str:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items or not all(isinstance(item, Literal1) for item in items):
        raise _CannotTellError
    return "".join(item.char for item in items if isinstance(item, Literal1))


def _ranges(node: Literal1 | AnyChar | CharSet) -> Ranges:
    match node:
        case Literal1(char):
            return ((ord(char), ord(char)),)
        case CharSet(ranges, "", negated):
            return complement(normal(ranges)) if negated else normal(ranges)
        case AnyChar():
            return EVERYTHING
        case _:
            raise _CannotTellError


def _overlap(one: Ranges, other: Ranges) -> bool:
    return any(low <= end and start <= high for low, high in one for start, end in other)
