"""When an inode came into being: what tells two files apart that have had the same inode number.

Two things the kernel may know of an inode, and a new file in the same place has neither: the time of its creation
(statx(2), which Python has from 3.15 on) and its generation, a number that file systems with NFS export draw anew for
each file (FS_IOC_GETVERSION: ext4, xfs, btrfs, f2fs). What a file system does not know proves nothing.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_EMPTY_PATH = 0x1000
_STATX_BTIME = 0x800
_STATX_SIZE = 256
_MASK = struct.Struct("=I")
_BTIME = struct.Struct("=qI")
_BTIME_AT = 80
_GETVERSION = 0x80000000 | struct.calcsize("l") << 16 | ord("v") << 8 | 1
"""_IOR('v', 1, long) of the generic ABI (x86, ARM, RISC-V); the kernel fills in an int."""
_GENERATION = struct.Struct("=I")


class Birth(NamedTuple):
    """Of an inode; 0 where it is not known."""

    inode: int = 0
    created_ns: int = 0
    """Nanoseconds since the Unix epoch."""
    generation: int = 0

    def differs(self, other: Birth) -> bool:
        """Whether these are certainly two files that had the same inode number one after the other."""
        if self.inode != other.inode:
            return False
        return any(one and two and one != two for one, two in zip(self[1:], other[1:], strict=True))


UNKNOWN = Birth()


def birth_of(fd: int) -> Birth:
    """Ask for an open file; whatever cannot be known is 0."""
    return Birth(os.fstat(fd).st_ino, _created_ns(fd), _generation(fd))


def _load() -> Callable[..., int] | None:
    try:
        statx = ctypes.CDLL(None).statx
    except (OSError, AttributeError):  # glibc before 2.28, another kernel
        return None
    statx.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p]
    return statx


_statx = _load()


def _created_ns(fd: int) -> int:
    if _statx is None:
        return int(getattr(os.fstat(fd), "st_birthtime", 0.0) * 1e9)  # macOS, BSD
    answer = ctypes.create_string_buffer(_STATX_SIZE)
    if _statx(fd, b"", _AT_EMPTY_PATH, _STATX_BTIME, answer):
        return 0
    (mask,) = _MASK.unpack_from(answer)
    if not mask & _STATX_BTIME:
        return 0
    seconds, nanoseconds = _BTIME.unpack_from(answer, _BTIME_AT)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def _generation(fd: int) -> int:
    try:
        answer = fcntl.ioctl(fd, _GETVERSION, bytes(struct.calcsize("l")))
    except OSError:  # ENOTTY: this file system has none
        return 0
    (generation,) = _GENERATION.unpack_from(answer)
    return int(generation)
