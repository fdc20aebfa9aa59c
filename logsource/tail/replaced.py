"""Bytes that mean nothing in their encoding: how many characters U+FFFD stand for them in the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import Line

REPLACEMENT = "\ufffd"
PIECE = 4096
"""Bytes, up to the end of a line: one line that is not ASCII should not have a whole block decoded."""


def in_block(data: bytes) -> int:
    """Count in lines of UTF-8. ASCII costs microseconds a block; only pieces with anything else are decoded."""
    if data.isascii():
        return 0
    number, start, size = 0, 0, len(data)
    while start < size:
        stop = data.find(b"\n", start + PIECE) + 1 or size
        piece = data[start:stop]
        start = stop
        if not piece.isascii():
            number += _in_piece(piece)
    return number


def _in_piece(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError:
        return max(data.decode("utf-8", "replace").count(REPLACEMENT) - _written(data, "utf-8"), 0)
    return 0


def in_lines(lines: Iterable[Line], raw: bytes, codec: str) -> int:
    """Count in decoded records, made of these bytes."""
    found = sum(line.text.count(REPLACEMENT) for line in lines)
    return max(found - _written(raw, codec), 0) if found else 0


def _written(raw: bytes, codec: str) -> int:
    """How often the character itself was written: somebody before us met bytes that meant nothing."""
    try:
        return raw.count(REPLACEMENT.encode(codec))
    except UnicodeEncodeError:  # latin-1, for one, has no such character
        return 0
