"""Reads a bracket expression of Onigmo: nested sets, `&&`, POSIX classes, escapes."""

from __future__ import annotations

from logsource.parse.rx.ranges import EVERYTHING, Ranges, complement, intersection, normal, union
from logsource.parse.rx.reader import MAX_DEPTH, Flags, Reader
from logsource.parse.rx.rubyescape import CLASSES, read_char_escape, read_property
from logsource.parse.rx.unicode import posix_class

_NOT_MEMBER = -1


class SetReader(Reader):
    """Reads sets at the cursor and gives the code points they hold."""

    def __init__(self, text: str, flags: Flags) -> None:
        super().__init__(text, flags)
        self.parts: list[Ranges] = []

    def read_set(self) -> Ranges:
        """The set that begins at the cursor (on its `[`)."""
        ranges, negated = self.read_top()
        return complement(ranges) if negated else ranges

    def read_top(self) -> tuple[Ranges, bool]:
        """The same, but what stands behind the `^`, and whether there is one."""
        start = self.position
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("sets are nested too deeply")
        self.expect("[")
        negated = self.accept("^")
        result = EVERYTHING
        members: list[Ranges] = []
        first = True
        while True:
            if not self.peek():
                self.fail("no ']' closes this set", start)
            if self.peek() == "]" and not (first and "]" in self.text[self.position + 1 :]):
                break
            if self.accept("&&"):
                result = intersection(result, union(*members))
                members = []
            else:
                members.append(self._member())
            first = False
        if first:
            self.fail("an empty set", start)
        self.expect("]")
        self.depth -= 1
        return intersection(result, union(*members)), negated

    def _member(self) -> Ranges:
        if self.peek() == "[":
            return self._posix() or self.read_set()
        low, members = self._item()
        if low == _NOT_MEMBER:
            return members
        if self.peek() != "-" or self.text[self.position + 1 : self.position + 2] in {"]", ""}:
            return members
        if self.text.startswith("-[", self.position) or self.text.startswith("-&&", self.position):
            return members
        start = self.position
        self.position += 1
        high, _ = self._item()
        if high == _NOT_MEMBER:
            self.fail("a class cannot be the end of a range", start)
        if high < low:
            self.fail("the range ends before it begins", start)
        return normal([(low, high)])

    def _posix(self) -> Ranges | None:
        if not self.text.startswith("[:", self.position):
            return None
        end = self.text.find(":]", self.position)
        name = self.text[self.position + 2 : end]
        if end < 0 or not name.removeprefix("^").isalpha():
            return None
        ranges = posix_class(name.removeprefix("^"))
        if ranges is None:
            self.fail(f"there is no class [:{name}:]")
        self.position = end + 2
        return complement(ranges) if name.startswith("^") else ranges

    def _item(self) -> tuple[int, Ranges]:
        """Code point and its set; -1 and a set for a class."""
        char = self.take()
        if char == "\\":
            char = self.take()
            if char in CLASSES:
                return _NOT_MEMBER, CLASSES[char]
            if char in "pP":
                ranges, negated = read_property(self)
                return _NOT_MEMBER, complement(ranges) if negated != (char == "P") else ranges
            if char == "R":
                return _NOT_MEMBER, normal([(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)])
            char = "\b" if char == "b" else self._octal(char) or read_char_escape(self, char)
        code = ord(char)
        return code, ((code, code),)

    def _octal(self, first: str) -> str:
        if first not in "1234567":
            return ""
        digits = first
        while len(digits) < 3 and self.peek() and self.peek() in "01234567":
            digits += self.take()
        return chr(int(digits, 8) & 0xFF)
