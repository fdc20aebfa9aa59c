"""Characters of several bytes, in the codecs in which one byte does not tell where they begin (Shift_JIS, GB 18030 …)."""

from __future__ import annotations

import codecs

LONGEST = 4
"""Bytes of a character. More than that in waiting are no character but a stretch that is encoded as one (UTF-7)."""


def is_ambiguous(text: str, codec: str) -> bool:
    """Whether the bytes of this text may be parts of other characters; control characters and blanks never are."""
    if codec.startswith("utf-") and codec != "utf-7":  # units of their own width tell
        return False
    return any(one > " " for one in text) and _waits(codec)


def _waits(codec: str) -> bool:
    """Whether a single byte may be a part of a character."""
    new = codecs.getincrementaldecoder(codec)
    for byte in range(256):
        decoder = new("replace")
        decoder.decode(bytes([byte]))
        if decoder.getstate()[0]:
            return True
    return False


def whole_characters(data: bytes, codec: str) -> int:
    """Bytes of `data` but those of a last character of which only a part is there."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    decoder.decode(data)
    waiting = len(decoder.getstate()[0])
    return len(data) - waiting if waiting <= LONGEST else len(data)


def find_characters(data: bytes, begin: int, wanted: bytes, codec: str) -> int:
    """Index of the next `wanted`, or -1, where it stands for itself and its bytes are not parts of other characters.

    `begin` is the begin of a character.
    """
    new = codecs.getincrementaldecoder(codec)
    decoder, done = new("replace"), begin
    text = wanted.decode(codec)
    at = data.find(wanted, begin)
    while at >= 0:
        decoder.decode(data[done:at])
        done = at
        here = new("replace")
        here.setstate(decoder.getstate())
        if here.decode(wanted) == text:
            return at
        at = data.find(wanted, at + 1)
    return -1
