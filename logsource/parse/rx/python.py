"""Reads the syntax of Python's `re`.

It is deliberately narrower than `re`: what it does not know it refuses, so that a caller that changes
the tree (`blocksafe.py`) never changes something it did not understand.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.parse.rx.nodes import (
    EMPTY,
    Alternation,
    AnyChar,
    At,
    Backref,
    CharSet,
    Conditional,
    Group,
    Literal1,
    Node,
    Scope,
)
from logsource.parse.rx.ranges import normal
from logsource.parse.rx.reader import Flags, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS = {"i": "ignore_case", "m": "lines", "s": "dot_newline", "x": "verbose", "a": "ascii"}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_GLOBAL_FLAGS = re.compile(r"\(\?([aimsux]+)\)")


def read_python(pattern: str) -> Node:
    """Tree of a pattern in the syntax of `re`, as compiled without flags. Raises RegexSyntaxError."""
    return _PythonReader(pattern).read_top()


class _PythonReader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text, Flags())
        self.groups = 0
        self.open: set[int] = set()
        self.names: dict[str, int] = {}

    def read_top(self) -> Node:
        top = ""
        while match := _GLOBAL_FLAGS.match(self.text, self.position):
            for letter in match[1]:
                if letter == "u":
                    continue
                self.flags = replace(self.flags, **{_FLAGS[letter]: True})
            self.position = match.end()
        if self.flags.ignore_case:
            top += "i"
        if self.flags.ascii:
            top += "a"
        node = self.read_all()
        return Scope(node, on=top) if top else node

    def read_atom(self) -> Node | None:  # noqa: RET503 - every case returns or fails
        char = self.take()
        match char:
            case ".":
                return AnyChar(self.flags.dot_newline)
            case "^":
                return At("line_start" if self.flags.lines else "text_start")
            case "$":
                return At("line_end" if self.flags.lines else "text_end_newline")
            case "[":
                return self._set()
            case "(":
                return self._group()
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                self.fail("nothing to repeat", self.position - 1)
            case "{":
                self.position -= 1
                if self.read_count() is not None:
                    self.fail("nothing to repeat")
                self.position += 1
                return Literal1(char)
            case _:
                return Literal1(char)

    def valid_count(self, low: str, high: str, *, comma: bool) -> bool:  # noqa: ARG002 - re takes `{,}`
        return bool(low) or comma

    def read_quantifiers(self, node: Node, start: int) -> Node:
        self.skip_ignored()
        char = self.peek()
        if char == "{":
            counts = self.read_count()
            if counts is None:
                return node
        elif char and char in "*+?":
            self.position += 1
            counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        else:
            return node
        if isinstance(node, At):
            self.fail("nothing to repeat", start)
        made = self.repeat(node, *counts, start)
        if self.accept("?"):
            made = replace(made, mode="lazy")
        elif self.accept("+"):
            made = replace(made, mode="possessive")
        if self.peek() and (self.peek() in "*+?" or (self.peek() == "{" and self._count_follows())):
            self.fail("multiple repeat")
        return made

    def _count_follows(self) -> bool:
        start = self.position
        found = self.read_count() is not None
        self.position = start
        return found

    def _group(self) -> Node | None:
        if not self.accept("?"):
            return self._capture(None)
        if (common := self.read_common_group()) is not None:
            return common
        if self.accept("P<"):
            return self._capture(self.until(">"))
        if self.accept("P="):
            return self._reference(self.until(")"))
        if self.accept("("):
            return self._conditional()
        return self._flagged()

    def read_body(self) -> Node:
        before = self.flags
        node = self.read_alternation()
        self.expect(")")
        self.flags = before
        return node

    def _capture(self, name: str | None) -> Node:
        self.groups += 1
        number = self.groups
        if name is not None:
            if not name.isidentifier() or name in self.names:
                self.fail(f"bad group name {name!r}")
            self.names[name] = number
        self.open.add(number)
        node = self.read_body()
        self.open.discard(number)
        return Group(node, number, name)

    def _reference(self, name: str) -> Node:
        number = int(name) if name.isdecimal() else self.names.get(name, 0)
        if not 1 <= number <= self.groups or number in self.open:
            self.fail(f"no such group: {name}")
        return Backref(number)

    def _conditional(self) -> Node:
        name = self.until(")")
        number = self._reference(name)
        assert isinstance(number, Backref)
        body = self.read_body()
        if not isinstance(body, Alternation):
            return Conditional(number.number, body, EMPTY)
        if len(body.branches) > 2:
            self.fail("a conditional has two branches at most")
        return Conditional(number.number, body.branches[0], body.branches[1])

    def _flagged(self) -> Node:
        on, off = self._letters(), ""
        if self.accept("-"):
            off = self._letters()
        if not (on or off) or not self.accept(":"):
            self.fail("an unknown group or a flag inside of the pattern")
        before = self.flags
        changes = {_FLAGS[letter]: True for letter in on} | {_FLAGS[letter]: False for letter in off}
        self.flags = replace(self.flags, **changes)
        node = self.read_alternation()
        self.expect(")")
        self.flags = before
        return Scope(node, on="".join(x for x in on if x in "ia"), off="".join(x for x in off if x == "i"))

    def _letters(self) -> str:
        start = self.position
        while self.peek() and self.peek() in _FLAGS:
            self.position += 1
        return self.text[start : self.position]

    def _escape(self) -> Node:
        char = self.take()
        places: dict[str, Node] = {
            "A": At("text_start"), "Z": At("text_end"), "b": At("word"), "B": At("not_word"),
        }  # fmt: skip
        if char in places:
            return places[char]
        if char in "wWdDsS":
            return CharSet((), char)
        if char in "123456789":
            return self._digits_escape(char)
        return Literal1(self._char_escape(char))

    def _digits_escape(self, first: str) -> Node:
        # re's rule: \1 to \99 is a group, three octal digits are a character.
        digits = first
        if self.peek().isdecimal():
            digits += self.take()
            if digits[0] in "0123" and digits[1] in "01234567" and self.peek() and self.peek() in "01234567":
                return Literal1(chr(int(digits + self.take(), 8)))
        return self._reference(digits)

    def _char_escape(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        readers: dict[str, Callable[[], int]] = {
            "x": lambda: self.read_hex(2, 2),
            "u": lambda: self.read_hex(4, 4),
            "U": lambda: self.read_hex(8, 8),
        }
        if char in readers:
            code = readers[char]()
            if code > 0x10FFFF:
                self.fail("not a character")
            return chr(code)
        if char == "0":
            digits = "0"
            while len(digits) < 3 and self.peek() and self.peek() in "01234567":
                digits += self.take()
            return chr(int(digits, 8))
        if char.isascii() and char.isalnum():
            self.fail(f"unknown escape \\{char}")
        return char

    def _set(self) -> Node:
        negated = self.accept("^")
        ranges: list[tuple[int, int]] = []
        classes = ""
        first = True
        while first or self.peek() != "]":
            first = False
            low = self._set_item()
            if len(low) == 2:
                classes += low[1]
                continue
            if self.peek() == "-" and self.text[self.position + 1 : self.position + 2] not in {"]", ""}:
                self.position += 1
                high = self._set_item()
                if len(high) == 2 or ord(high) < ord(low):
                    self.fail("bad character range")
                ranges.append((ord(low), ord(high)))
            else:
                ranges.append((ord(low), ord(low)))
        self.expect("]")
        unique = "".join(dict.fromkeys(classes))
        return CharSet(normal(ranges), unique, negated)

    def _set_item(self) -> str:
        r"""A character, or two characters for a class (`\w`)."""
        char = self.take()
        if char != "\\":
            return char
        char = self.take()
        if char in "wWdDsS":
            return "\\" + char
        if char == "b":
            return "\b"
        if char in "1234567":
            digits = char
            while len(digits) < 3 and self.peek() and self.peek() in "01234567":
                digits += self.take()
            if len(digits) < 3 or int(digits, 8) > 0o377:
                self.fail("a group reference inside of a set")
            return chr(int(digits, 8))
        return self._char_escape(char)
