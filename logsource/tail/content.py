"""The bytes of a file by offset, whether it is plain or compressed."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Protocol

from logsource.tail.birth import birth_of
from logsource.tail.room import Room, data_from
from logsource.tail.writers import has_writer

if TYPE_CHECKING:
    from logsource.tail.birth import Birth

OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""NONBLOCK: a FIFO that took a log's place must not hang the agent; it means nothing for regular files."""


_SILLY = re.compile(r"\.nfs[0-9a-f]{8,}", re.IGNORECASE)


class Content(Protocol):
    """An open file. Errors are OSError."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end of what is there now."""
        ...

    def stat(self) -> os.stat_result:
        """Stat of the open file, whatever its name is now."""
        ...

    def renew(self) -> None:
        """Have the server asked anew what the file is, if it is on another machine (see `renew` in this module)."""
        ...

    def distrust(self) -> None:
        """It is on another machine: believe NULs only when the server says so, too."""
        ...

    def birth(self) -> Birth:
        """When the inode came into being, as far as its file system says."""
        ...

    def has_writer(self) -> bool | None:
        """Whether somebody has it open for writing (see `logsource.tail.writers`); None if that is not known."""
        ...

    def silly_renamed(self) -> bool:
        """Whether it was deleted on this machine, and has a name only because we hold it (see `silly_renamed` here)."""
        ...

    def length(self, stat: os.stat_result, offset: int) -> int:
        """Size of the content as far as it is known, given a fresh stat and how far it was read."""
        ...

    def had_room(self) -> bool:
        """Whether it was longer than its content at times, for what was still to come (see `logsource.tail.room`)."""
        ...

    def data_from(self, offset: int) -> int:
        """First byte at or behind `offset` that is not in a hole; `offset` where holes are unknown."""
        ...

    def check(self) -> None:
        """Raise the error that cut the last read short, if one did."""
        ...

    def close(self) -> None:
        """Let go of the descriptor; idempotent."""
        ...


def renew(fd: int) -> None:
    """Have a server asked anew about an open file, which may have been cut or deleted there. ESTALE is an OSError.

    NFS believes what it knows of a file for up to a minute (`acregmax` in nfs(5)), but whoever opens it makes it ask, as it
    does for a directory (`Mounts.renew`). By its name one may get another file; its descriptor leads to this one.
    """
    with contextlib.suppress(FileNotFoundError):  # no /proc
        os.close(os.open(f"/proc/self/fd/{fd}", OPEN_FLAGS))


def silly_renamed(fd: int) -> bool:
    """Whether an open file is one that an NFS client was asked to delete: it gives it a name of its own until it is closed.

    Then it has a link like any other file, but the kernel tells the name by which it is open: `.nfs` and hexadecimal digits.
    """
    try:
        return _SILLY.fullmatch(os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))) is not None
    except OSError:  # no /proc
        return False


class PlainContent:
    """A file as it is."""

    __slots__ = ("_birth", "_distrusted", "_fd", "_room")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._room = Room()
        self._birth: Birth | None = None
        self._distrusted = False

    def read(self, offset: int, size: int) -> bytes:
        """One pread; a short one is retried only at the caller's next turn."""
        data = os.pread(self._fd, size, offset)
        if self._distrusted and b"\0" in data:
            os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_DONTNEED)
            data = os.pread(self._fd, size, offset)
        return self._room.without(self._fd, data, offset)

    def stat(self) -> os.stat_result:
        """Return fstat."""
        return os.fstat(self._fd)

    def renew(self) -> None:
        """Open it once more, by its descriptor."""
        renew(self._fd)

    def distrust(self) -> None:
        """From now on: a page that NFS remembers from the time when the file ended in it may show NULs for lines."""
        self._distrusted = True

    def birth(self) -> Birth:
        """Ask the file system; once, where there are generations, because then it never changes."""
        if self._birth is None or not self._birth.generation:
            self._birth = birth_of(self._fd)
        return self._birth

    def has_writer(self) -> bool | None:
        """Ask the kernel."""
        return has_writer(self._fd)

    def silly_renamed(self) -> bool:
        """Ask the kernel."""
        return silly_renamed(self._fd)

    def length(self, stat: os.stat_result, offset: int) -> int:
        """Return the size of the file, without room at its end for what is still to come."""
        return self._room.end(self._fd, stat, offset)

    def had_room(self) -> bool:
        """As far as it was noticed since it was opened."""
        return self._room.met

    def data_from(self, offset: int) -> int:
        """Ask the file system."""
        return data_from(self._fd, offset)

    def check(self) -> None:
        """Errors were raised at once."""

    def close(self) -> None:
        """Close the descriptor."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
