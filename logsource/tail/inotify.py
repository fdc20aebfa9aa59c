"""The three system calls of inotify(7), for watches on single files that ring once.

watchdog watches directories and delivers every write to every file in them, at a price per event that is higher than
that of reading the line. A one-shot watch costs one event when a quiet file wakes up, and nothing while it is busy.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MODIFY = 0x2
"""Written to, or truncated."""
LOST = -1
"""In the place of a watch: events were lost (IN_Q_OVERFLOW belongs to none)."""
IN_ONESHOT = 0x80000000
_EVENT = struct.Struct("=iIII")
_BUFFER = 65536


class Inotify:
    """One inotify instance. OSError where there is none: another kernel, or too many instances."""

    def __init__(self) -> None:
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            self._add, self._remove = libc.inotify_add_watch, libc.inotify_rm_watch
            init = libc.inotify_init1
        except AttributeError as error:
            raise OSError(f"no inotify here: {error}") from error
        self._add.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
        self._remove.argtypes = [ctypes.c_int, ctypes.c_int]
        self._fd = _checked(init(os.O_NONBLOCK | os.O_CLOEXEC))

    def fileno(self) -> int:
        """For select."""
        return self._fd

    def watch(self, path: str) -> int:
        """Ring once when this file is written to. The same file has the same watch, whatever its name."""
        return _checked(self._add(self._fd, os.fsencode(path), IN_MODIFY | IN_ONESHOT))

    def forget(self, watch: int) -> None:
        """Do not ring; nothing happens if it rang already."""
        self._remove(self._fd, watch)

    def rung(self) -> Iterator[int]:
        """Watches that rang since the last call, or were lost with their file, or `LOST`; does not block."""
        try:
            data = os.read(self._fd, _BUFFER)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, _, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size + length
            yield watch

    def close(self) -> None:
        """Let go of all watches; idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
