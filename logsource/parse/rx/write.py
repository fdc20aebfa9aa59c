"""Writes a syntax tree as source that `re` (3.11 and newer) and the `regex` module read the same way.

The source needs no compile flags and does not mind `re.MULTILINE`; it must not be compiled with DOTALL,
VERBOSE or IGNORECASE. Characters that only one of the two modules treats as special (set operators,
fuzzy counts, nested sets) are always escaped.
"""

from __future__ import annotations

import re
from typing import assert_never

from logsource.parse.rx.nodes import (
    MAX_CODE,
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

_SPECIAL = frozenset("\\.^$*+?{}[]|()")
_SPECIAL_IN_SET = frozenset("\\]^[-&~|")
_CONTROLS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\v": "\\v"}
_PLACES = {
    "line_start": "(?m:^)",
    "line_end": "(?m:$)",
    "text_start": "\\A",
    "text_end": "\\Z",
    "text_end_newline": "(?-m:$)",
    "word": "\\b",
    "not_word": "\\B",
}
_POSSESSIVE = re.match("(?:a(?=b))*+", "ac")[0] == ""  # type: ignore[index]  # it matches, if only nothing
"""Whether `re` gives back what a possessive group took before it failed. Python 3.11 does since 3.11.5
(https://github.com/python/cpython/issues/106052); Debian 12 has 3.11.2."""
_SUFFIX = {"greedy": "", "lazy": "?", "possessive": "+"}


def write(node: Node) -> str:
    """Source of the tree."""
    if isinstance(node, Alternation):
        return "|".join(write(branch) for branch in node.branches)
    if isinstance(node, Sequence):
        # An alternation inside a sequence needs its parentheses; everything else stands for itself.
        return "".join(_item(item) for item in node.items)
    return _item(node)


def _item(node: Node) -> str:  # noqa: C901 - one case per kind of node
    match node:
        case Literal1(char):
            return escape(char)
        case AnyChar(newline):
            return "(?s:.)" if newline else "."
        case CharSet():
            return write_set(node)
        case Sequence() | Alternation():
            return f"(?:{write(node)})"
        case Repeat():
            return _repeat(node)
        case Group(inner, _, name):
            return f"(?P<{name}>{write(inner)})" if name else f"({write(inner)})"
        case Scope(inner, on, off):
            flags = on + (f"-{off}" if off else "")
            return f"(?{flags}:{write(inner)})"
        case Atomic(inner):
            return f"(?>{write(inner)})"
        case Look(inner, ahead, negated):
            return f"(?{'' if ahead else '<'}{'!' if negated else '='}{write(inner)})"
        case At(place):
            return _PLACES[place]
        case Backref(number):
            # The group keeps a digit that follows from being read as part of the number.
            return f"(?:\\{number})"
        case Conditional(number, yes, no):
            return f"(?({number}){_branch(yes)}|{_branch(no)})"
        case Never():
            return "(?!)"
        case _:
            assert_never(node)


def _branch(node: Node) -> str:
    return f"(?:{write(node)})" if isinstance(node, Alternation) else write(node)


def _repeat(node: Repeat) -> str:
    inner = node.node
    text = _item(inner)
    if not isinstance(inner, Literal1 | AnyChar | CharSet | Group | Scope | Atomic | Backref):
        text = text if isinstance(inner, Sequence | Alternation) else f"(?:{text})"
    text += _count(node.low, node.high)
    if node.mode == "possessive" and not _POSSESSIVE and not isinstance(inner, Literal1 | AnyChar | CharSet):
        return f"(?>{text})"  # means the same
    return text + _SUFFIX[node.mode]


def _count(low: int, high: int | None) -> str:
    if (low, high) == (0, None):
        return "*"
    if (low, high) == (1, None):
        return "+"
    if (low, high) == (0, 1):
        return "?"
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},{'' if high is None else high}}}"


def escape(char: str) -> str:
    """A character outside of a set."""
    if char in _SPECIAL:
        return "\\" + char
    return _code(char)


def write_set(node: CharSet) -> str:
    """A bracket expression; the shortest of the forms that mean the same."""
    if not node.ranges and len(node.classes) == 1:
        return "\\" + (node.classes.swapcase() if node.negated else node.classes)
    if not node.ranges and not node.classes:
        return "[\\s\\S]" if node.negated else "(?!)"
    if node.ranges == ((0, MAX_CODE),) and not node.classes:
        return "(?!)" if node.negated else "[\\s\\S]"
    body = "".join(_range(low, high) for low, high in node.ranges)
    body += "".join("\\" + letter for letter in node.classes)
    return f"[{'^' if node.negated else ''}{body}]"


def _range(low: int, high: int) -> str:
    if low == high:
        return _set_char(low)
    if high == low + 1:
        return _set_char(low) + _set_char(high)
    return f"{_set_char(low)}-{_set_char(high)}"


def _set_char(code: int) -> str:
    char = chr(code)
    if char in _SPECIAL_IN_SET:
        return "\\" + char
    return _code(char)


def _code(char: str) -> str:
    known = _CONTROLS.get(char)
    if known:
        return known
    code = ord(char)
    if char.isprintable() and not 0xD800 <= code <= 0xDFFF:
        return char
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
