"""Room that a program made at the end of its log before it writes there: NULs, which are no content yet.

Who writes through a memory map, or wants one stretch of disk, makes the file longer first and cuts the rest off when it is
done (log4j's MemoryMappedFileAppender, IIS, fallocate(2)). Taken for content, the NULs would be a line without an end, and
what is written over them looks like another file.
"""

from __future__ import annotations

import errno
import os

RUN = 16
"""NULs at the end that are room; a record may end with one (`delimiter`), and a line in UTF-32 with three."""
LEAST = 512
"""Bytes by which a file grows before its end is looked at: nobody makes less room, and logs grow by a few lines mostly."""
STEP = 1 << 20
MOST = 32
"""Steps in which written NULs are looked through for the end of the content. What is longer than that is content."""
WIDEST = 4
"""Bytes of the widest code unit."""


class Room:
    """What is known of the room at the end of one open file."""

    __slots__ = ("_end", "_seen", "met")

    def __init__(self) -> None:
        self.met = False
        """Whether there was any: then the size and the time of the file may change, and nothing was written."""
        self._seen = (0, 0)
        self._end = -1
        """Where the content ends; -1 when it ends with the file."""

    def end(self, fd: int, stat: os.stat_result, offset: int) -> int:
        """Where the content of a file ends, of which nothing before `offset` is in question.

        The file's time does not tell that somebody wrote through a map, so the first bytes of the room are asked, too.
        """
        size, seen = stat.st_size, (stat.st_size, stat.st_mtime_ns)
        if self._end < 0 and 0 <= size - self._seen[0] < LEAST:
            self._seen = seen
        elif seen != self._seen or _text(os.pread(fd, RUN, self._end)):
            run = RUN if self._end < 0 else 1
            last = os.pread(fd, run, max(size - run, 0))
            self._end = -1 if len(last) < run or _text(last) else _end_of(fd, size, offset)
            self._seen, self.met = seen, self.met or self._end >= 0
        return size if self._end < 0 else max(self._end, min(offset, size))

    def without(self, fd: int, data: bytes, offset: int) -> bytes:
        """What was read at `offset`, without the room it may end with."""
        if data[-1:] != b"\0" or (self._end < 0 and _text(data[-RUN:])):
            return data
        return data[: max(self.end(fd, os.fstat(fd), offset) - offset, 0)]


def _text(data: bytes) -> bool:
    return bool(data.strip(b"\0"))


def _end_of(fd: int, size: int, low: int) -> int:
    """Behind the last byte from `low` on that is no NUL; -1 when that would be too much to look through."""
    at, step, turns = size, STEP, 0
    while at > low:
        begin = max(low, at - step)
        first = data_from(fd, begin)
        if first >= at:  # a hole: nobody need read it
            at, step = begin, step * 2
        elif step > STEP:
            step = max(step // 2, STEP)
        elif turns == MOST:
            return -1
        else:
            turns += 1
            kept = len(os.pread(fd, at - first, first).rstrip(b"\0"))
            if kept:
                return _whole(fd, first + kept, size)
            at = begin
    return low


def _whole(fd: int, end: int, size: int) -> int:
    """With the NULs that are a part of the last character, where characters have several bytes."""
    wide = b"\0" in os.pread(fd, WIDEST, 0)
    return min(end + -end % WIDEST, size) if wide else end


def data_from(fd: int, offset: int) -> int:
    """First byte at or behind `offset` that is not in a hole; `offset` where the file system does not say."""
    size = os.fstat(fd).st_size  # before: what is written meanwhile is not to be passed over
    try:
        return os.lseek(fd, offset, os.SEEK_DATA)
    except OSError as error:
        # ENXIO: nothing but a hole behind; EINVAL: the file system does not say.
        return max(offset, size) if error.errno == errno.ENXIO else offset
