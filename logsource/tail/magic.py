"""What a file is, by its first bytes: compressed in a way that is read, or packed in one that is not."""

from __future__ import annotations

import struct
from importlib.util import find_spec

MAGIC_LENGTH = 14
"""Bytes that tell how a file is compressed."""
FORM_LENGTH = 262
"""Bytes that tell whether it can be read at all."""
EXTENSIONS = ("gz", "zst", "bz2", "xz", "lzma", "lz4")
_MAGIC = (
    ("gz", b"\x1f\x8b\x08", 0),
    ("zst", b"\x28\xb5\x2f\xfd", 0),
    ("xz", b"\xfd7zXZ\x00", 0),
    # `BZh` alone may begin a line of text; the magic of a block (the digits of pi) may not, nor that of the end
    # (those of its square root), which stands there when nothing was compressed.
    ("bz2", b"\x31\x41\x59\x26\x53\x59", 4),
    ("bz2", b"\x17\x72\x45\x38\x50\x90", 4),
    ("lz4", b"\x04\x22\x4d\x18", 0),
)
_STARTS = {
    "gz": b"\x1f\x8b\x08",
    "zst": b"\x28\xb5\x2f\xfd",
    "xz": b"\xfd7zXZ\x00",
    "bz2": b"BZh",
    "lzma": b"\x5d",
    "lz4": b"\x04\x22\x4d\x18",
}
_UNPACK = "unpack it, or leave it out with exclude"
_FOREIGN = (
    (b"PK\x03\x04", 0, "a zip archive", _UNPACK),
    (b"PK\x05\x06", 0, "an empty zip archive", _UNPACK),
    (b"\x1f\x9d", 0, "packed by compress (.Z)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", 0, "a rar archive", _UNPACK),
    (b"LZIP\x01", 0, "packed by lzip", _UNPACK),
    (b"\x89LZO\0\r\n\x1a\n", 0, "packed by lzop", _UNPACK),
    (b"\xff\x06\0\0sNaPpY", 0, "packed by snappy", _UNPACK),
    (b"\x02\x21\x4c\x18", 0, "packed by an lz4 of before 2013", _UNPACK),
    (b"LPKSHHRH", 0, "a journal of systemd", "a source of type: journald reads it"),
    (b"ustar", 257, "a tar archive", _UNPACK),
)
"""Bytes, where they stand, what they say, what to do. As text each would become a few lines of rubbish, in silence."""
_UNKNOWN_SIZE = 2**64 - 1
_LARGEST = 1 << 40
"""Bytes. The old format of LZMA has no magic, so what cannot be meant is taken for something else."""


def compression_of(first: bytes) -> str:
    """Compression of a file that begins with these bytes, or nothing."""
    for name, magic, at in _MAGIC:
        if first[at : at + len(magic)] == magic and (name != "bz2" or first.startswith(b"BZh")):
            return name
    # A frame for whoever knows what is in it; others skip it (RFC 8878, 3.1.2). pzstd writes one before each of its own.
    if len(first) >= 4 and first[0] & 0xF0 == 0x50 and first[1:4] == b"\x2a\x4d\x18":
        return "zst"
    return "lzma" if _is_lzma(first) else ""


def named_as_archive(path: str) -> bool:
    """Whether a file of this name should be compressed in a way that is read."""
    return path.rpartition(".")[2] in EXTENSIONS


def may_become(first: bytes, compression: str) -> bool:
    """Whether these bytes, or none, may be what was written so far of the beginning of something so compressed."""
    if len(first) >= MAGIC_LENGTH:
        return False
    if compression == "zst" and first[:1] and first[0] & 0xF0 == 0x50:
        return b"\x2a\x4d\x18".startswith(first[1:4])
    start = _STARTS[compression]
    return start.startswith(first[: len(start)])


def begins_archive(path: str, first: bytes) -> bool:
    """Whether a file of this name holds the first few bytes of an archive, and no text: its rest is to come, or lost."""
    extension = path.rpartition(".")[2]
    return bool(first) and extension in EXTENSIONS and may_become(first, extension)


def _is_lzma(first: bytes) -> bool:
    """The header of `.lzma`: properties, size of the dictionary, size of the content, and a coder that begins with 0."""
    if len(first) < MAGIC_LENGTH or first[0] != 0x5D or first[13]:
        return False
    dictionary, size = struct.unpack_from("<IQ", first, 1)
    powers = {1 << n for n in range(12, 31)}
    return dictionary in powers | {one + one // 2 for one in powers} and (
        size == _UNKNOWN_SIZE or size < _LARGEST
    )


def why_unreadable(first: bytes) -> str:
    """Why a file that begins with these bytes (`FORM_LENGTH` of them) cannot be read, and what to do; or nothing."""
    for magic, at, what, hint in _FOREIGN:
        if first[at : at + len(magic)] == magic:
            return f"{what}: {hint}"
    if compression_of(first) == "lz4" and find_spec("lz4") is None:
        return f"packed by lz4: install logsource[lz4], {_UNPACK}"
    return ""
