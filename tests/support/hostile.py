"""Lines out of a pack's samples that somebody has tampered with: what writers, disks and attackers make of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

SIZES = tuple(
    map(
        int,
        [
            "1",
            "1",
            "2",
            "2",
            "3",
            "3",
            "4",
            "4",
            "5",
            "5",
            "6",
            "7",
            "7",
            "8",
            "8",
            "9",
            "9",
            "10",
            "15",
            "16",
            "17",
            "23",
            "24",
            "25",
            "26",
            "27",
            "31",
            "32",
            "33",
            "48",
            "49",
        ],
    )
)
"""Lines of a block: around each number at which the column engine changes its way (3, 8, 16, and 3 times 8)."""
PIECES = (
    b"\\", b'"', b'\\"', b"\\\\", b"\\x22", b"\\n", b"\t", b"\r", b"\r\r", b"\x00", b"\x00" * 9, b"\x01", b"\x0b", b"\x0c",
    b"\x1b[31m", b"\x1c", b"\x1d", b"\x1e", b"\x1f", b"\x7f", b"\x85", b"\xa0", b" ", b"  ", b"-", b"0", b"007", b"9" * 20,
    b"1e400", b"-0", b"+5", b".", b"NaN", b"\xff", b"\xff\xfe", b"\xe2\x82", b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xf4\x90\x80\x80", b"\xc0\x80", "é".encode(), "ÿ".encode(), "Ā".encode(), "日本".encode(), "😀".encode(),
    "\u2028".encode(), "\u0085".encode(), "\u00a0".encode(), "\u3000".encode(), "\ufeff".encode(), "\u0660".encode(),
    "²".encode(), "ı".encode(), "\u0130".encode(), b"%zz", b"{}", b"|", b"[", b"]", b"<", b"&amp;", b"/../", b",", b";", b"=",
    b": ", b'","e":"', b',{"e":"', b'"stm":"0000000000000"', b"user@example.com", b"192.0.2.1", b"\xd9\xa1",
)  # fmt: skip
"""What is put into lines; no LF, which would make two of one."""


def tampered(line: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Change a line a little or a lot; the result has no LF."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        at = chance.randrange(len(line) + 1)
        end = min(len(line), at + chance.choice((0, 0, 1, 2, 5, 40)))
        way = chance.random()
        if way < 0.6:
            line = line[:at] + chance.choice(PIECES) + line[end:]
        elif way < 0.7:
            line = line[:at] + line[end:]
        elif way < 0.78:
            line = line[:at] + bytes([chance.choice((*range(10), *range(11, 256)))]) + line[at + 1 :]
        elif way < 0.86:
            other = chance.choice(others)
            line = line[:at] + other[chance.randrange(len(other) + 1) :]
        elif way < 0.9:
            line = line[:at] + chance.choice(PIECES) * chance.choice((50, 300, 2000)) + line[at:]
        elif way < 0.91:
            line = line[:at] + chance.choice(PIECES) * 9000 + line[at:]
        elif way < 0.94:
            line = line[:at]
        else:
            line = line.replace(chance.choice((b" ", b'"', b":", b"/", b"0")), chance.choice(PIECES))
    return line


def block(samples: Sequence[bytes], chance: Random, *, size: int | None = None) -> list[bytes]:
    """Lines of one block, most of them like each other: a few odd ones among good ones are the difficult case."""
    count = size or chance.choice(SIZES)
    odd = chance.choice((0.0, 0.1, 0.3, 0.5, 1.0))
    usual = chance.sample(samples, min(len(samples), chance.choice((1, 1, 2, 4))))
    lines = []
    for _ in range(count):
        if chance.random() >= odd:
            lines.append(chance.choice(usual))
        elif chance.random() < 0.12:
            lines.append(chance.choice((b"", b"", b"\r", b" ", b"\x00", b"\\", "é".encode(), b"\xff", b'"')))
        else:
            lines.append(tampered(chance.choice(samples), samples, chance))
    return [line.replace(b"\n", b" ") for line in lines]
