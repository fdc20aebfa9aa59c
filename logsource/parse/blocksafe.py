r"""Makes a pattern for one line usable on a block of many lines.

The column engine matches a whole block at once. A pattern written for one line may look or run over
the newline there (`\s`, `[^"]`, `$`, `\A` …). `block_safe` gives an equivalent that cannot: on a line that
holds no newline it matches exactly as before, and in a block it matches within each line exactly what
it would have matched on that line alone.

Why it holds: every leaf of the tree either consumes one character or asks about a position. Leaves that
consume lose LF from their set; positions at the ends of the text become those at the ends of the line; a
word boundary sees LF as it sees the end of the text. Order of branches, greed and atomicity stay as they
are, so the first match found is the same one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from logsource.parse.rx.nodes import (
    NEWLINE,
    Alternation,
    AnyChar,
    At,
    Atomic,
    CharSet,
    Conditional,
    Group,
    Literal1,
    Look,
    Never,
    Node,
    RegexSyntaxError,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.python import read_python
from logsource.parse.rx.ranges import contains, normal, without
from logsource.parse.rx.simplify import simplify
from logsource.parse.rx.write import write

_HAS_NEWLINE = "sWD"
_PLACES = {"text_start": "line_start", "text_end": "line_end", "text_end_newline": "line_end"}


class _UnsafeError(Exception):
    pass


@lru_cache(maxsize=1024)
def one_line(regex: str) -> bool:
    r"""Whether a pattern (syntax of `re`, no flags) surely matches no text with a newline as a whole.

    So it is if it is safe for blocks as it stands.
    """
    try:
        return write(simplify(read_python(regex))) == write(simplify(_safe(read_python(regex))))
    except (RegexSyntaxError, _UnsafeError, OverflowError, RecursionError):
        return False


def block_safe(regex: str) -> str | None:
    r"""Equivalent of `regex` (syntax of `re`, no flags) for blocks of lines, or None if there is none known.

    Groups keep their numbers and names. The result begins with no global flag, so it can be embedded.
    """
    try:
        tree = read_python(regex)
        source = write(simplify(_safe(tree)))
        changed = re.compile(source)
        before = re.compile(regex)
    except (RegexSyntaxError, _UnsafeError, re.error, OverflowError, RecursionError):
        return None
    # A reader that miscounts groups would swap columns; refuse rather than trust.
    return source if changed.groups == before.groups and changed.groupindex == before.groupindex else None


def _safe(node: Node) -> Node:  # noqa: C901 - one case per kind of node
    match node:
        case Literal1(char):
            return Never() if char == "\n" else node
        case AnyChar():
            return AnyChar(newline=False)
        case CharSet():
            return _safe_set(node)
        case At("not_word"):
            # `re` has \B fail on the empty text; between two newlines it would match.
            raise _UnsafeError
        case At(place):
            return At(_PLACES.get(place, place))  # type: ignore[arg-type]
        case Sequence(items):
            return Sequence(tuple(_safe(item) for item in items))
        case Alternation(branches):
            return Alternation(tuple(_safe(branch) for branch in branches))
        case Repeat(inner, low, high, mode):
            return Repeat(_safe(inner), low, high, mode)
        case Group(inner, number, name):
            return Group(_safe(inner), number, name)
        case Scope(inner, on, off, label):
            return Scope(_safe(inner), on, off, label)
        case Atomic(inner):
            return Atomic(_safe(inner))
        case Look(inner, ahead, negated):
            return Look(_safe(inner), ahead, negated)
        case Conditional(number, yes, no):
            return Conditional(number, _safe(yes), _safe(no))
        case _:
            return node


def _safe_set(node: CharSet) -> Node:
    if node.negated:
        if any(letter in _HAS_NEWLINE for letter in node.classes):
            return node  # the complement of a class that has LF has none
        return CharSet(normal([*node.ranges, (NEWLINE, NEWLINE)]), node.classes, negated=True)
    ranges = without(node.ranges, NEWLINE) if contains(node.ranges, NEWLINE) else node.ranges
    risky = [letter for letter in node.classes if letter in _HAS_NEWLINE]
    if not risky:
        return CharSet(ranges, node.classes) if ranges or node.classes else Never()
    if any(letter.swapcase() in node.classes for letter in node.classes):
        return AnyChar(newline=False)  # [\s\S] and its like
    if not ranges and len(node.classes) == 1:
        return CharSet(((NEWLINE, NEWLINE),), risky[0].swapcase(), negated=True)
    return Sequence((Look(Literal1("\n"), ahead=True, negated=True), CharSet(ranges, node.classes)))
