"""Which codec a file is in, and how its records are delimited in bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from logsource.tail.characters import is_ambiguous

_BOMS = (
    # The 32-bit marks first: the little-endian one begins with the 16-bit mark.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MARK = 4
"""Bytes of the longest mark."""
_MARK_STARTS = tuple({mark[:1] for mark, _ in _BOMS})
_UNITS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
_DEFAULT_ORDER = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8", "ascii": "utf-8"}
"""Codecs that look for a mark themselves would do so at every line; the mark is read here, once. ASCII is
read as UTF-8, which is the same for valid files and keeps the block path."""


@dataclass(frozen=True, slots=True)
class Delimiting:
    """Codec, delimiter and code unit of a file."""

    codec: str
    delimiter: bytes
    unit: int
    """Bytes of a code unit; a delimiter starts at a multiple of it, counted from the start of the file."""
    carriage_return: bytes
    """What belongs to the delimiter when it stands before it; empty for delimiters other than LF."""
    ambiguous: bool = False
    """Bytes of the delimiter may be parts of other characters: `|` is the second byte of some in Shift_JIS."""


def codec_of(encoding: str, first: bytes) -> tuple[str, int]:
    """Codec of a file that begins with these bytes, and the length of its byte order mark.

    A mark wins over the configuration: it is evidence, the other is an assumption. UTF-32 LE is told from
    UTF-16 LE followed by U+0000 in favour of UTF-32, as everybody does, unless the configuration says UTF-16.
    """
    name = codecs.lookup(encoding).name
    for mark, codec in _BOMS:
        if first.startswith(mark) and not (codec == "utf-32-le" and name.startswith("utf-16")):
            return codec, len(mark)
    return _DEFAULT_ORDER.get(name, name), 0


def undecided(first: bytes) -> bool:
    """Whether these first bytes may become another mark than they are now, when the rest of it is written."""
    return len(first) < MARK and first.startswith(_MARK_STARTS)


def delimiting(codec: str, delimiter: str) -> Delimiting:
    """How records are told apart in this codec."""
    return Delimiting(
        codec=codec,
        delimiter=delimiter.encode(codec),
        unit=_UNITS.get(codec, 1),
        carriage_return="\r".encode(codec) if delimiter == "\n" else b"",
        ambiguous=is_ambiguous(delimiter, codec),
    )
