r"""Reads the syntax of Onigmo as Ruby uses it: the regular expressions of Logstash's grok.

What differs from Python: `(?m)` lets the dot match a newline and `^`, `$` are always those of lines;
`\d \w \s` are ASCII while `[[:alpha:]]` and `\b` know Unicode; `\h` is a hexadecimal digit; sets nest and
intersect; `{2}+` repeats a repetition; a flag setting reaches over the alternation that follows it.
Rules: doc/RE and doc/SYNTAX of Onigmo.

Known to differ from Ruby: `^` also matches at the very end of a text that ends in a newline; `\b` follows the
engine's idea of a word beside rare characters such as superscripts; the Unicode data are newer; a property
that looks at case (`\p{Lu}`) under `(?i)` folds as Python does.
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
    Atomic,
    Backref,
    CharSet,
    Conditional,
    Group,
    Literal1,
    Look,
    Node,
    Scope,
    Sequence,
    alternation,
)
from logsource.parse.rx.ranges import complement
from logsource.parse.rx.reader import Flags, Reader
from logsource.parse.rx.rubyescape import CLASSES, read_char_escape, read_property
from logsource.parse.rx.rubyset import SetReader

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACES: Mapping[str, Node] = {
    "A": At("text_start"), "Z": At("text_end_newline"), "z": At("text_end"),
    # Not \B: `re` has it fail on the empty text, Onigmo does not.
    "b": At("word"), "B": Look(At("word"), ahead=True, negated=True),
}  # fmt: skip
_FLAG_LETTERS = {"i": "ignore_case", "m": "dot_newline", "x": "verbose"}
_ENCODING_LETTERS = "adu"
_LINE_BREAK = Atomic(
    Alternation(
        (Sequence((Literal1("\r"), Literal1("\n"))), CharSet(((0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029))))
    )
)
_GROUP_NAME = re.compile(r"[^)>']+")


class GroupTable:
    """Groups of one expanded pattern, in the order of their opening parentheses; shared by its readers."""

    def __init__(self) -> None:
        self.names: list[str | None] = []

    def add(self, name: str | None) -> int:
        """Number of a new group."""
        self.names.append(name)
        return len(self.names)

    def numbers(self, name: str) -> list[int]:
        """Groups of that name, the last one first (the order in which Onigmo tries them)."""
        return [number for number, known in reversed(list(enumerate(self.names, 1))) if known == name]


class OnigurumaReader(Reader):
    """Reads one pattern; a subclass adds what `%{…}` means."""

    def __init__(self, text: str, flags: Flags, groups: GroupTable) -> None:
        super().__init__(text, flags)
        self.groups = groups

    def read_atom(self) -> Node | None:  # noqa: RET503 - every case returns or fails
        """One atom of Ruby's syntax."""
        char = self.take()
        match char:
            case ".":
                return AnyChar(self.flags.dot_newline)
            case "^":
                return At("line_start")
            case "$":
                return At("line_end")
            case "[":
                self.position -= 1
                return self._set()
            case "(":
                return self._group()
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                self.fail(f"there is nothing before {char!r} that could be repeated", self.position - 1)
            case _:
                return Literal1(char)

    def _set(self) -> Node:
        reader = SetReader(self.text, self.flags)
        reader.position = self.position
        ranges, negated = reader.read_top()
        self.position = reader.position
        if self.flags.ignore_case:
            return CharSet(ranges, negated=negated)  # folding comes before negation
        ranges = complement(ranges) if negated else ranges
        rest = complement(ranges)
        # `[^"]` stays a negation: both engines are fastest at that, and the source stays readable.
        negated = bool(ranges) and ranges[-1][1] == 0x10FFFF and len(rest) <= len(ranges)
        return CharSet(rest, negated=True) if negated else CharSet(ranges)

    def read_quantifiers(self, node: Node, start: int) -> Node:
        """Any number of quantifiers: one behind another repeats the repetition."""
        while True:
            self.skip_ignored()
            char = self.peek()
            simple = bool(char) and char in "*+?"
            if simple:
                self.position += 1
                counts: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
            else:
                counts = self.read_count() if char == "{" else None
            if counts is None:
                return node
            node = self._quantified(node, counts, start, simple=simple)

    def _quantified(self, node: Node, counts: tuple[int, int | None], start: int, *, simple: bool) -> Node:
        made = self.repeat(node, *counts, start)
        if self.peek() == "?" and (simple or counts[0] != counts[1]):
            self.position += 1  # `{n}?` is not lazy in Ruby but the same as `(?:{n})?`
            return replace(made, mode="lazy")
        if simple and self.accept("+"):
            return replace(made, mode="possessive")
        return made

    def _group(self) -> Node | None:
        if not self.accept("?"):
            return self._capture(None)
        if (common := self.read_common_group()) is not None:
            return common
        if self.accept("<"):
            return self._capture(self._name(">"))
        if self.accept("'"):
            return self._capture(self._name("'"))
        if self.accept("~"):
            self.fail("the absent operator (?~…) has no equivalent here; write what may come instead")
        if self.accept("("):
            return self._conditional()
        return self._flagged()

    def _name(self, end: str) -> str:
        start = self.position
        name = self.until(end)
        if not _GROUP_NAME.fullmatch(name):
            self.fail(f"{name!r} is no name for a group", start)
        return name

    def read_body(self) -> Node:
        """As `Reader.read_body`; the error names where the group begins."""
        before = self.flags
        start = self.position
        node = self.read_alternation()
        if not self.accept(")"):
            self.fail("no ')' closes this group", start)
        self.flags = before
        return node

    def _capture(self, name: str | None) -> Node:
        number = self.groups.add(name)
        return Group(self.read_body(), number, name)

    def _conditional(self) -> Node:
        name = self.until(")").strip("<>'")
        number = self._numbers(name)[0]
        body = self.read_body()
        branches = body.branches if isinstance(body, Alternation) else (body,)
        if len(branches) > 2:
            self.fail("a conditional has two branches at most")
        return Conditional(number, branches[0], branches[1] if len(branches) == 2 else EMPTY)

    def _flagged(self) -> Node:
        start = self.position
        on = self._letters()
        off = self._letters() if self.accept("-") else ""
        inner = self.accept(":")
        if not (on or off) or not (inner or self.peek() == ")"):
            self.fail(f"unknown kind of group (?{self.text[start : start + 3]}…)", start)
        if set(on + off) & set("du") and "u" in on + off:
            self.fail(
                "(?u) (Unicode-aware \\w \\d \\s) is not supported; use [[:alnum:]] and its like", start
            )
        before = self.flags
        changes = {_FLAG_LETTERS[x]: True for x in on if x in _FLAG_LETTERS}
        changes |= {_FLAG_LETTERS[x]: False for x in off if x in _FLAG_LETTERS}
        self.flags = replace(self.flags, **changes)
        if not inner:
            self.position += 1
        # `(?i)` holds to the end of the enclosing group and takes the alternation with it.
        node = self.read_alternation()
        if inner and not self.accept(")"):
            self.fail("no ')' closes this group", start)
        self.flags = before
        return Scope(node, on="i" if "i" in on else "", off="i" if "i" in off else "")

    def _letters(self) -> str:
        start = self.position
        while self.peek() and (self.peek() in _FLAG_LETTERS or self.peek() in _ENCODING_LETTERS):
            self.position += 1
        return self.text[start : self.position]

    def _escape(self) -> Node:
        start = self.position - 1
        char = self.take()
        if char in _PLACES:
            return _PLACES[char]
        if char in CLASSES:
            ranges = CLASSES[char]
            return CharSet(complement(ranges), negated=True) if char.isupper() else CharSet(ranges)
        if char in "pP":
            ranges, negated = read_property(self)
            return CharSet(ranges, negated=negated != (char == "P"))
        if char == "R":
            return _LINE_BREAK
        if char in "123456789":
            return self._number_escape(char)
        if char == "k":
            end = {"<": ">", "'": "'"}.get(self.take())
            if end is None:
                self.fail("\\k needs a name: \\k<name>", start)
            return self._backref(self._name(end))
        if char in "KGXgyYMN":
            self.fail(f"\\{char} has no equivalent here", start)
        return Literal1(read_char_escape(self, char))

    def _number_escape(self, first: str) -> Node:
        digits = first
        while self.peek() and self.peek() in "0123456789" and len(digits) < 3:
            digits += self.take()
        if int(digits) <= max(9, len(self.groups.names)):
            return self._backref(digits)
        octal = re.match("[0-7]{1,3}", digits)
        if not octal or int(octal[0], 8) > 0xFF:
            self.fail(f"there is no group {digits}")
        self.position -= len(digits) - octal.end()
        return Literal1(chr(int(octal[0], 8)))

    def _backref(self, name: str) -> Node:
        return alternation([Backref(number) for number in self._numbers(name)])

    def _numbers(self, name: str) -> list[int]:
        known = self.groups.names
        if re.fullmatch("-?[0-9]+", name):
            if any(known):
                self.fail("groups have names here, so they cannot be referred to by number")
            number = int(name) if int(name) > 0 else len(known) + 1 + int(name)
            numbers = [number] if 1 <= number <= len(known) else []
        else:
            numbers = self.groups.numbers(name)
        if not numbers:
            self.fail(f"there is no group {name!r} before this place")
        return numbers
