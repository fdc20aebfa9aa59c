"""The lines of a block: one text for the column engine, their offsets, and the few that are rendered by themselves."""

from __future__ import annotations

import re
from itertools import accumulate
from operator import add
from typing import TYPE_CHECKING

from logsource.render.columns import BlockFacts, specials

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 3
"""At most one line in so many is taken out of a block."""
_USUAL = bytes(sorted(set(range(0x20, 0x80)) - {0x22, 0x5C}))
_NO_NEWLINES = re.compile(rb"[^\n]+")
_NOT_SPECIAL = bytes([0x0A, *range(0x80, 0x100)])


class BlockLines:
    """Some lines of a block: their text, and the byte offset of each."""

    __slots__ = ("_raw", "apart", "facts", "offsets", "rows", "text")

    def __init__(
        self,
        text: str,
        raw: Sequence[bytes | str],
        offsets: list[int],
        rows: Sequence[int],
        facts: BlockFacts,
    ) -> None:
        self.text = text
        """All lines, each ended by LF; in place of a line in `apart` stands another one."""
        self._raw = raw
        self.offsets = offsets
        self.rows = rows
        """Number of each line within the whole block."""
        self.facts = facts
        self.apart: dict[int, str] = {}
        """Lines taken out of the text because they are few and would make all others expensive. One character
        beyond ASCII makes the text of a block, and all that is joined with it, two or four times as large and as
        slow; one backslash or control character has every column escaped."""

    def line(self, row: int) -> str:
        """The line as it was in the file; invalid UTF-8 is U+FFFD."""
        text = self.apart.get(row)
        if text is not None:
            return text
        raw = self._raw[row]
        return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")

    def empty(self) -> list[int]:
        """Rows of empty lines."""
        return [row for row, line in enumerate(self._raw) if not line] if self.facts.empty else []

    def longer(self, length: int) -> list[int]:
        """Rows of lines of more than so many bytes."""
        return [row for row, line in enumerate(self._raw) if len(line) > length]

    @staticmethod
    def of(data: bytes, start: int) -> BlockLines:
        """Take a block apart. Invalid UTF-8 becomes U+FFFD; a CR before LF is part of the delimiter."""
        raw, lengths = _lines(data)
        offsets = _begins(lengths, start)
        found = data.translate(None, _USUAL)
        if b"\r\n" in found and b"\r\n" in data:
            data = data.replace(b"\r\n", b"\n")
            raw, lengths = _lines(data)
            found = data.translate(None, _USUAL)
        rest = found.translate(None, b'"')
        quotes = len(found) - len(rest)
        apart: dict[int, str] = {}
        special = rest.translate(None, _NOT_SPECIAL)
        backslashes = special.count(b"\\")
        controls = len(special) - backslashes
        if len(rest) > len(raw):
            costly = _costly(rest, len(raw))
            if costly:
                apart = {row: raw[row].decode("utf-8", "replace") for row in costly}
                other = next(line for row, line in enumerate(raw) if row not in costly)
                for row in costly:
                    quotes += other.count(b'"') - raw[row].count(b'"')
                    raw[row] = other
                data = b"\n".join(raw) + b"\n"
                gone = b"".join(costly.values()).translate(None, _NOT_SPECIAL)
                # The line that stands in their place brings its own.
                came = other.translate(None, _USUAL + b'"') * len(costly)
                backslashes += came.count(b"\\") - gone.count(b"\\")
                controls += len(came) - came.count(b"\\") - len(gone) + gone.count(b"\\")
        facts = BlockFacts(
            quotes=quotes,
            backslashes=backslashes,
            controls=controls,
            longest=max(lengths),
            empty=0 in lengths,
        )
        lines = BlockLines(data.decode("utf-8", "replace"), raw, offsets, range(len(raw)), facts)
        lines.apart = apart
        return lines

    def subset(self, indexes: Sequence[int]) -> BlockLines:
        """Only these lines, as they were in the file."""
        texts = list(map(self.line, indexes))
        text = "\n".join(texts) + "\n"
        facts = BlockFacts.of(specials(text), longest=self.facts.longest, empty="" in texts)
        offsets = [self.offsets[index] for index in indexes]
        rows = [self.rows[index] for index in indexes]
        return BlockLines(text, texts, offsets, rows, facts)


def _lines(data: bytes) -> tuple[list[bytes], list[int]]:
    raw = data.split(b"\n")
    raw.pop()
    return raw, list(map(len, raw))


def _begins(lengths: list[int], start: int) -> list[int]:
    """Where each line begins; one byte ends each."""
    return list(map(add, accumulate(lengths[:-1], initial=start), range(len(lengths))))


def _costly(rest: bytes, number: int) -> dict[int, bytes]:
    """Lines to take out, with what makes them costly: bytes beyond ASCII, backslashes, controls; none if they are many.

    `rest` is all that of `number` lines, and the LF of each.
    """
    costly = {}
    row = start = 0
    for match in _NO_NEWLINES.finditer(rest):
        row += rest.count(b"\n", start, match.start())
        start = match.start()
        costly[row] = match[0]
    if len(costly) * FEW > number:
        costly = {row: one for row, one in costly.items() if not one.isascii()}
    return {} if len(costly) * FEW > number else costly
