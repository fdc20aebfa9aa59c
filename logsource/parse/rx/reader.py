"""What the readers of all dialects share: a cursor, alternation, sequences, comments and white space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from logsource.parse.rx.nodes import (
    Atomic,
    Look,
    Node,
    RegexSyntaxError,
    Repeat,
    Scope,
    alternation,
    sequence,
)

MAX_DEPTH = 200
"""Nesting of groups; deeper patterns are refused rather than letting Python's own stack overflow."""
MAX_COUNT = 100_000
"""Upper bound of a repetition count (Onigmo's limit; `re` allows more, but nobody means more)."""


_LOOKS = (("=", True, False), ("!", True, True), ("<=", False, False), ("<!", False, True))
"""Sign, whether it looks ahead, whether it is negated."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Flags in force at a place of the pattern."""

    dot_newline: bool = False
    lines: bool = False
    verbose: bool = False
    ignore_case: bool = False
    ascii: bool = False


class Reader:
    """A recursive descent reader; a dialect says what atoms and quantifiers look like."""

    def __init__(self, text: str, flags: Flags) -> None:
        self.text = text
        self.position = 0
        self.flags = flags
        self.depth = 0

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        """Raise the error of this pattern."""
        raise RegexSyntaxError(message, self.position if position is None else position)

    def peek(self) -> str:
        """Next character, or the empty text at the end."""
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        """Next character; an error at the end."""
        char = self.peek()
        if not char:
            self.fail("the pattern ends too early")
        self.position += 1
        return char

    def accept(self, text: str) -> bool:
        """Step over the text if it comes next."""
        if self.text.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over the text, which must come next."""
        if not self.accept(text):
            self.fail(f"expected {text!r}")

    def until(self, end: str) -> str:
        """Text before the next `end`, stepping over both."""
        stop = self.text.find(end, self.position)
        if stop < 0:
            self.fail(f"no {end!r} closes this")
        found = self.text[self.position : stop]
        self.position = stop + len(end)
        return found

    def read_all(self) -> Node:
        """The whole pattern."""
        node = self.read_alternation()
        if self.position < len(self.text):
            self.fail("unbalanced ')'")
        return node

    def read_alternation(self) -> Node:
        """Branches up to the closing parenthesis or the end."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("groups are nested too deeply")
        branches = [self.read_sequence()]
        while self.accept("|"):
            branches.append(self.read_sequence())
        self.depth -= 1
        return alternation(branches)

    def read_sequence(self) -> Node:
        """Items up to `|`, `)` or the end."""
        items: list[Node] = []
        while True:
            self.skip_ignored()
            if self.peek() in {"", "|", ")"}:
                return sequence(items)
            start = self.position
            node = self.read_atom()
            if node is None:
                continue
            items.append(self.read_quantifiers(node, start))

    def skip_ignored(self) -> None:
        """Comments, and white space in extended mode."""
        while True:
            if self.accept("(?#"):
                self.skip_comment()
            elif self.flags.verbose and self.peek() == "#":
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end + 1
            elif self.flags.verbose and self.peek() and self.peek() in " \t\n\r\f\v":
                self.position += 1
            else:
                return

    def skip_comment(self) -> None:
        """The rest of a `(?#…)` comment."""
        self.until(")")

    def read_count(self) -> tuple[int, int | None] | None:
        """`{n}`, `{n,}`, `{,n}`, `{n,m}` at the cursor (which stands on `{`); None if it is literal text."""
        start = self.position
        self.position += 1
        low = self._digits()
        comma = self.accept(",")
        high = self._digits() if comma else low
        if not self.accept("}") or not self.valid_count(low, high, comma=comma):
            self.position = start
            return None
        least = int(low or 0)
        most = int(high) if high else None
        if max(least, most or 0) > MAX_COUNT:
            self.fail(f"a repetition count over {MAX_COUNT}", start)
        return least, most

    def valid_count(self, low: str, high: str, *, comma: bool) -> bool:
        """Whether such a count is one in this dialect."""
        return bool(low) or (comma and bool(high))

    def _digits(self) -> str:
        start = self.position
        while self.peek() and self.peek() in "0123456789":
            self.position += 1
        return self.text[start : self.position]

    def read_hex(self, least: int, most: int) -> int:
        """A number of `least` to `most` hexadecimal digits."""
        start = self.position
        while self.position - start < most and self.peek() and self.peek() in "0123456789abcdefABCDEF":
            self.position += 1
        digits = self.text[start : self.position]
        if len(digits) < least:
            self.fail("not enough hexadecimal digits", start)
        return int(digits, 16)

    def read_atom(self) -> Node | None:
        """One atom, or None when what was read makes no node (a flag setting)."""
        raise NotImplementedError

    def read_quantifiers(self, node: Node, start: int) -> Node:
        """The quantifiers behind an atom."""
        raise NotImplementedError

    def read_common_group(self) -> Node | None:
        """Behind `(?`: the groups that all dialects have. None, and no step, when it is another one."""
        if self.accept(":"):
            return Scope(self.read_body())
        if self.accept(">"):
            return Atomic(self.read_body())
        for sign, ahead, negated in _LOOKS:
            if self.accept(sign):
                return Look(self.read_body(), ahead, negated)
        return None

    def read_body(self) -> Node:
        """The rest of a group and its closing parenthesis; flags set inside end with it."""
        raise NotImplementedError

    def repeat(self, node: Node, low: int, high: int | None, start: int) -> Repeat:
        """A repetition with sane bounds."""
        if high is not None and high < low:
            self.fail("the smaller repetition count comes first", start)
        return Repeat(node, low, high)
