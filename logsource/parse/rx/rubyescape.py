"""Escapes of Onigmo that mean the same inside and outside of a bracket expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.parse.rx.ranges import Ranges, complement
from logsource.parse.rx.unicode import DIGIT, HEX, SPACE, WORD, unicode_property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.parse.rx.reader import Reader

CLASSES: Mapping[str, Ranges] = {
    "d": DIGIT, "D": complement(DIGIT), "w": WORD, "W": complement(WORD),
    "s": SPACE, "S": complement(SPACE), "h": HEX, "H": complement(HEX),
}  # fmt: skip

_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{2}){0,3}")


def read_property(reader: Reader) -> tuple[Ranges, bool]:
    r"""What follows `\p` or `\P`: the members of `{name}`, and whether it is `{^name}`."""
    reader.expect("{")
    start = reader.position
    name = reader.until("}")
    ranges = unicode_property(name.removeprefix("^"))
    if ranges is None:
        reader.fail(f"no character property {name!r}", start)
    return ranges, name.startswith("^")


def read_char_escape(reader: Reader, char: str) -> str:
    """The character that an escape (behind the backslash) stands for, in or out of a set."""
    controls = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
    if char in controls:
        return controls[char]
    if char == "x":
        if reader.accept("{"):
            code = reader.read_hex(1, 8)
            reader.expect("}")
        else:
            code = _utf8(reader, reader.read_hex(1, 2))
    elif char == "u":
        code = reader.read_hex(4, 4)
    elif char == "0":
        digits = "0"
        while len(digits) < 3 and reader.peek() and reader.peek() in "01234567":
            digits += reader.take()
        code = int(digits, 8)
    elif char == "c" or (char == "C" and reader.accept("-")):
        code = ord(reader.take()) & 0x1F
    else:
        return char
    if code > 0x10FFFF:
        reader.fail("not a character")
    return chr(code)


def _utf8(reader: Reader, first: int) -> int:
    r"""`\xC3\xA9` is one character, written as the bytes of its UTF-8; the cursor stands behind the first byte.

    A byte that begins no such sequence (an error to Ruby) is taken as the code point of that number.
    """
    length = 2 if 0xC2 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4 if 0xF0 <= first < 0xF5 else 1
    following = _BYTES.match(reader.text, reader.position)
    assert following is not None
    parts = following[0].split("\\x")[1:length]
    try:
        char = bytes([first, *(int(part, 16) for part in parts)]).decode("utf-8")
    except UnicodeDecodeError:
        return first
    reader.position += 4 * len(parts)
    return ord(char)
