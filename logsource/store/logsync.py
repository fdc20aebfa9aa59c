"""Putting the write-ahead log of a database on the disk, beside SQLite and from any thread."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from diskcache.core import DBNAME

if TYPE_CHECKING:
    from collections.abc import Iterator


class LogSync:
    """fdatasync of the log in one directory.

    SQLite would do it within the commit (`synchronous = FULL` for that transaction), and whoever reads would wait for the
    disk. All transactions in the log are safe with it: it is only written at its end, and emptied into the database,
    behind SQLite's own fsync. The file may be opened and closed beside SQLite, whose locks (closing a file drops a
    process's locks on it) are on the database and on the shared index.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._named = 0
        """Inode of the log whose name is on the disk, too."""

    def __call__(self) -> None:
        """Return when it is done. Raises OSError. Without a log there is nothing to do: the database holds everything."""
        try:
            with _opened(f"{self._directory}/{DBNAME}-wal") as log:
                os.fdatasync(log)
                inode = os.fstat(log).st_ino
        except FileNotFoundError:
            return
        if inode != self._named:
            with _opened(self._directory) as directory:
                os.fsync(directory)
            self._named = inode


@contextmanager
def _opened(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
