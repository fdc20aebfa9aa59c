"""Is this the same file? Locator, head and guard must agree; one of them alone is never enough.

An inode number is given to a new file as soon as the old one is deleted, two files may begin with the same
header, and a file may be truncated and grow past the old offset between two looks. So a file is recognised
by where it is (locator), how it begins (head) and what stands just before the offset (guard).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD_MAX = 1024
HEAD_STEPS = (64, 128, 256, 512, 1024)
GUARD_MAX = 64


class Locator(NamedTuple):
    """Where a file is, independent of its name."""

    device: int
    """Number of the device; negative: of a volume, see `logsource.tail.mounts`."""
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Locator:
        """Return the locator of what was statted."""
        return cls(stat.st_dev, stat.st_ino)

    def is_of(self, stat: os.stat_result) -> bool:
        """Whether this is where the statted file is. A volume of a network file system has no device number that stays."""
        return self.inode == stat.st_ino and (self.device < 0 or self.device == stat.st_dev)


NOWHERE = Locator(0, 0)
"""Of content whose file is gone; no file has it."""


def stands_at(locator: Locator, path: str) -> bool:
    """Whether a path leads to the file that is at this place, as far as anybody can tell."""
    try:
        return locator.is_of(os.stat(path))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # nothing is known of it now


def is_gone(path: str) -> bool:
    """Whether there is no such name. Unlike with `os.path.lexists`, an error is no such answer."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digest of a known number of bytes at a known place."""

    length: int = 0
    digest: str = ""

    @classmethod
    def of(cls, data: bytes) -> Fingerprint:
        """Digest these bytes."""
        return cls(len(data), blake2b(data, digest_size=8).hexdigest() if data else "")

    def fits(self, data: bytes) -> bool:
        """Whether these are the bytes that were digested."""
        return len(data) == self.length and (
            not data or blake2b(data, digest_size=8).hexdigest() == self.digest
        )


NO_FINGERPRINT = Fingerprint()
"""Of nothing; fits everything, so it proves nothing."""


class Readable(Protocol):
    """What has to be known about content in order to compare it."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end of what is there now."""
        ...


def head_length(available: int) -> int:
    """How many of the first `available` bytes the head covers: all of a small file, then 64, 128 … 1024.

    Steps, so that the head of a growing file is digested five times and not at every line.
    """
    return max((step for step in HEAD_STEPS if step <= available), default=max(available, 0))


def head_of(content: Readable, base: int, size: int) -> Fingerprint:
    """Digest the head of content that begins at `base` and reaches to `size`."""
    return Fingerprint.of(content.read(base, head_length(size - base)))


def guard_of(content: Readable, offset: int) -> Fingerprint:
    """Digest what stands just before `offset`."""
    length = min(GUARD_MAX, offset)
    return Fingerprint.of(content.read(offset - length, length))


def fits(content: Readable, base: int, heads: Sequence[Fingerprint], guard: Fingerprint, offset: int) -> bool:
    """Whether this content begins, at `base`, as the last of `heads` says and has `guard` just before `offset`.

    Content that ends within that head (a copy made before the log grew) has to begin as an earlier one says.
    Content shorter than `offset` never fits: its guard cannot be read in full.
    """
    data = content.read(base, heads[-1].length)
    head = next((one for one in reversed(heads) if one.length <= len(data)), heads[-1])
    return head.fits(data[: head.length]) and guard.fits(content.read(offset - guard.length, guard.length))
