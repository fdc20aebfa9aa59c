"""How often a file was opened, as the kernel counts it."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

IN_OPEN = 0x20
IN_CLOSE_NOWRITE = 0x10
"""Heard as well, because the kernel joins equal events that follow each other."""
_EVENT = struct.Struct("=iIII")


class Opens:
    """Counts opens for reading of one file or directory, by whomever, under whatever name."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0
        assert libc.inotify_add_watch(self._fd, os.fsencode(path), IN_OPEN | IN_CLOSE_NOWRITE) >= 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def take(self) -> int:
        """Opens since the last call; of a directory not those of what is in it."""
        count = 0
        while data := self._read():
            at = 0
            while at < len(data):
                _, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size + length
                count += bool(mask & IN_OPEN) and not length
        return count

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, 65536)
        except BlockingIOError:
            return b""
