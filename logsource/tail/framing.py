"""Bytes → records: the pure half of reading.

A framer looks at a window of a file and says how many of its bytes are complete records. It keeps no state:
what it leaves is offered to it again, with more behind it, so the offset alone describes what is done.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from logsource.model import JSONValue, Line
from logsource.tail.characters import find_characters, whole_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.encoding import Delimiting

TRUNCATED = frozenset({"truncated"})
UNTERMINATED = frozenset({"unterminated"})
NO_FLAGS: frozenset[str] = frozenset()
Cuts = Mapping[str, int]
"""How often records were cut, by the limit that they were longer than: max_line, max_lines, max_size."""
LONG_LINE: Cuts = {"max_line": 1}
"""How a line that was cut is counted."""
_MARK = codecs.BOM_UTF8


Continues = Mapping[str, list[JSONValue]]
"""Records and lines that were cut, and whose rest comes next, by their stream (a file has one, a container's log two).

[whether the next piece is the rest of a line, state of the record's group or None], as JSON: it is kept in the row of the file,
so that the rest is known for what it is after a restart, too.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of a file, and what is known about what follows it."""

    data: bytes
    start: int
    """Index in `data` of the first byte not yet committed; what stands before is the guard."""
    offset: int
    """Offset in the file of that byte."""
    reference_ms: int = 0
    final: bool = False
    """The file ends with this window and nothing will be added."""
    idle: bool = False
    """Nothing was added for so long that an open multiline record counts as complete."""
    pieces_wait: bool = False
    """But not for so long that a container's line counts as complete of which the last piece is missing."""
    line: int = sys.maxsize
    """How many lines and records were passed before; so many that no header is left, where nobody counts."""
    continues: Continues | None = None
    """Of what that was cut the window has the rest."""


@dataclass(frozen=True, slots=True)
class Framed:
    """What a framer made of a window."""

    used: int = 0
    """Bytes that are done. 0: no complete record; show me more."""
    records: int = 0
    lines: tuple[Line, ...] | None = None
    """None: the used bytes are whole lines, each ended by LF, in UTF-8: a block."""
    cut: bool = False
    """The last record was cut; everything up to and with the next delimiter has to be left out."""
    waiting: bool = False
    """A record is there, but more lines may join it: show me again when the file has been idle."""
    skipped: Mapping[str, int] | None = None
    """Lines among the used bytes that are no records, by reason."""
    nuls: int = 0
    """The used bytes are so many NULs, and nothing else."""
    continues: Continues | None = None
    """Of what that was cut the rest stands behind the used bytes."""
    cuts: Cuts | None = None


NOTHING = Framed()


class Framer(Protocol):
    """How the records of one kind of file are told apart."""

    @property
    def limit(self) -> int:
        """A window of this many bytes always gives at least one record."""
        ...

    @property
    def rule(self) -> Delimiting:
        """Codec and delimiter."""
        ...

    def frame(self, window: Window) -> Framed:
        """Find the complete records of a window."""
        ...


class BlockFramer:
    """Lines of UTF-8 text ended by LF: found by one `rfind`, handed on as one block."""

    def __init__(self, rule: Delimiting, max_line: int, comment: bytes = b"") -> None:
        self.rule = rule
        self._max_line = max_line
        self.limit = max_line + 4
        self._comment = comment
        self._lines = LineFramer(rule, max_line, comment)

    def frame(self, window: Window) -> Framed:
        """Everything up to the last LF, or up to a line that is too long; with comments or marks inside, line by line."""
        data, start = window.data, window.start
        # To look for a byte costs next to nothing, to look for four of them a hundred times as much.
        mark = _MARK if data.find(_MARK[0], start) >= 0 else b""
        for odd in filter(None, (self._comment, mark)):
            if data.startswith(odd, start) or data.find(b"\n" + odd, start) >= 0:
                return self._lines.frame(window)
        stop = data.rfind(b"\n", start) + 1
        if stop > start:
            long = self._first_long(data, start, stop)
            if long < 0:
                return Framed(stop - start, data.count(b"\n", start, stop))
            if long > start:
                return Framed(long - start, data.count(b"\n", start, long))
        size = len(data) - start
        if size - data.endswith(b"\r") > self._max_line:
            return cut_line(window, start, self.rule, self._max_line)
        if window.final and size:
            text = decode(data[start:], self.rule)
            line = Line(text=text, offset=window.offset, reference_ms=window.reference_ms, flags=UNTERMINATED)
            return Framed(size, 1, (line,))
        return NOTHING

    def _first_long(self, data: bytes, start: int, stop: int) -> int:
        """Index of the first line longer than max_line, or -1; jumps from the last LF in reach to the next."""
        limit = self._max_line
        while stop - start > limit:
            reach = data.rfind(b"\n", start, start + limit + 1)
            if reach < 0 and data[start + limit : start + limit + 2] == b"\r\n":
                reach = start + limit + 1
            if reach < 0:
                return start
            start = reach + 1
        return -1


class LineFramer:
    """Records of any codec and delimiter, decoded one by one."""

    def __init__(self, rule: Delimiting, max_line: int, comment: bytes = b"") -> None:
        self.rule = rule
        self._max_line = max_line
        self.limit = max_line + 4 + len(rule.delimiter)
        self._comment = comment

    def frame(self, window: Window) -> Framed:
        """Every complete record of the window."""
        spans, used, cut = split(window, self.rule, self._max_line)
        if not spans:
            return NOTHING
        kept = without_comments(window, spans, self._comment)
        cuts = LONG_LINE if cut and kept[-1:] == spans[-1:] else None
        lines = [
            Line(
                text=decode(window.data[begin:end], self.rule, cut=flags is TRUNCATED),
                offset=window.offset + begin - window.start,
                reference_ms=window.reference_ms,
                flags=flags,
            )
            for begin, end, flags in kept
        ]
        return Framed(
            used, len(spans), tuple(lines), cut, skipped=comments(len(spans) - len(kept)), cuts=cuts
        )


Span = tuple[int, int, frozenset[str]]
"""Begin and end of a record in the window, without its delimiter, and its flags."""


def split(window: Window, rule: Delimiting, max_line: int) -> tuple[Sequence[Span], int, bool]:
    """Records of the window, bytes used, and whether the last one was cut."""
    data, begin = window.data, window.start
    spans: list[Span] = []
    while begin < len(data):
        at = find_delimiter(data, begin, rule, window.offset - window.start)
        if _is_long(window, begin, at, rule, max_line):
            end = cut_at(data, begin, rule, max_line)
            spans.append((begin, end, TRUNCATED))
            return spans, end - window.start, True
        if at < 0:
            if window.final:
                spans.append((begin, len(data), UNTERMINATED))
                begin = len(data)
            break
        spans.append((begin, at, NO_FLAGS))
        begin = at + len(rule.delimiter)
    return spans, begin - window.start, False


def _is_long(window: Window, begin: int, at: int, rule: Delimiting, max_line: int) -> bool:
    """Whether a record that ends at `at`, or has no end yet (-1), is longer than it may be.

    A CR belongs to the delimiter. Where the window ends, a part of both may be there already.
    """
    data, back = window.data, rule.carriage_return
    if at < 0 and not window.final:
        return len(data) - begin >= max_line + len(back) + len(rule.delimiter)
    end = at if at >= 0 else len(data)
    return end - begin - (len(back) if back and data.endswith(back, begin, end) else 0) > max_line


def without_comments(window: Window, spans: Sequence[Span], comment: bytes) -> Sequence[Span]:
    """Leave out the lines that begin with the prefix, if there is one."""
    if not comment:
        return spans
    return [span for span in spans if not window.data.startswith(comment, span[0])]


def comments(number: int) -> Mapping[str, int] | None:
    """How comments that were left out are counted."""
    return {"comment": number} if number else None


def find_delimiter(data: bytes, begin: int, rule: Delimiting, base: int) -> int:
    """Index of the next delimiter that starts at a code unit, or -1; `base` is the file offset of data[0].

    0x0A may be half of a UTF-16 unit (U+0A00 …), so a match at an odd place is none.
    """
    if rule.ambiguous:
        return find_characters(data, begin, rule.delimiter, rule.codec)
    at = data.find(rule.delimiter, begin)
    while at >= 0 and (base + at) % rule.unit:
        at = data.find(rule.delimiter, at + 1)
    return at


def cut_at(data: bytes, begin: int, rule: Delimiting, max_line: int) -> int:
    """Where a record that is too long is cut: at max_line, moved back to the end of a character."""
    end = begin + max_line - max_line % rule.unit
    if rule.codec == "utf-8":
        for _ in range(3):
            if end < len(data) and data[end] & 0xC0 == 0x80:
                end -= 1
    elif rule.unit == 2 and end + 2 <= len(data):
        high = data[end + 1] if rule.codec.endswith("le") else data[end]
        if 0xDC <= high <= 0xDF:  # the second half of a surrogate pair
            end -= 2
    elif rule.unit == 1:
        end = begin + whole_characters(data[begin:end], rule.codec)
    return end


def cut_line(window: Window, start: int, rule: Delimiting, max_line: int) -> Framed:
    """Take the first max_line bytes of a line as a record of its own."""
    end = cut_at(window.data, start, rule, max_line)
    line = Line(
        text=decode(window.data[start:end], rule, cut=True),
        offset=window.offset + start - window.start,
        reference_ms=window.reference_ms,
        flags=TRUNCATED,
    )
    return Framed(end - window.start, 1, (line,), cut=True, cuts=LONG_LINE)


def decode(raw: bytes, rule: Delimiting, *, cut: bool = False) -> str:
    """Text of a record; a CR before the delimiter is part of the delimiter, invalid bytes become U+FFFD.

    A byte order mark at its begin is that of a file which was appended to this one, and no text.
    `cut`: it does not end before its delimiter.
    """
    if not cut and rule.carriage_return and raw.endswith(rule.carriage_return):
        raw = raw[: -len(rule.carriage_return)]
    return raw.decode(rule.codec, "replace").removeprefix("\ufeff")


def skip_to_delimiter(window: Window, rule: Delimiting) -> tuple[int, bool]:
    """Bytes to leave out of this window, and whether the delimiter that ends the skipping is among them."""
    at = find_delimiter(window.data, window.start, rule, window.offset - window.start)
    if at >= 0:
        return at + len(rule.delimiter) - window.start, True
    size = len(window.data) - window.start
    if window.final:
        return size, True
    # The window may end in the middle of a delimiter.
    return max(size - len(rule.delimiter) + 1, 0), False


def skip(window: Window, rule: Delimiting) -> Framed:
    """Leave out the rest of a record that was cut."""
    used, ended = skip_to_delimiter(window, rule)
    return Framed(used, 0, (), cut=not ended, continues=window.continues)
