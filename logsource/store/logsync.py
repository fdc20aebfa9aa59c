"""Putting the write-ahead log of a database on the disk, beside SQLite and from any thread."""

from __future__ import annotations

import contextlib
import os
import weakref

from diskcache.core import DBNAME


class LogSync:
    """fdatasync of the log in one directory; calls must not overlap.

    SQLite would do it within the commit (`synchronous = FULL` for that transaction), and whoever reads would wait for the
    disk. All transactions in the log are safe with it: it is only written at its end, and emptied into the database,
    behind SQLite's own fsync. The file may be opened and closed beside SQLite, whose locks (closing a file drops a
    process's locks on it) are on the database and on the shared index.

    It and its directory are opened at once and stay open, so that what is committed can be sent also when there are no
    descriptors left.
    """

    def __init__(self, directory: str) -> None:
        """A log that is not there yet, or cannot be opened, is opened when it is needed."""
        self._directory = directory
        self._path = f"{directory}/{DBNAME}-wal"
        self._open: dict[str, int] = {}
        self._named = 0
        """Inode of the log whose name is on the disk, too."""
        self._closing = weakref.finalize(self, _close, self._open)
        with contextlib.suppress(OSError):
            self._descriptor(self._directory)
            self._descriptor(self._path)

    def __call__(self) -> None:
        """Return when it is done. Raises OSError. Without a log there is nothing to do: the database holds everything."""
        try:
            log = self._descriptor(self._path)
        except FileNotFoundError:
            return
        os.fdatasync(log)
        if (inode := os.fstat(log).st_ino) != self._named:
            os.fsync(self._descriptor(self._directory))
            self._named = inode

    def close(self) -> None:
        """Give the descriptors back; idempotent. A later call opens them again."""
        _close(self._open)

    def _descriptor(self, path: str) -> int:
        """Of the file that has this name now."""
        here = os.stat(path)  # noqa: PTH116 - as the other calls here
        known = self._open.get(path)
        if known is not None and os.path.samestat(here, os.fstat(known)):
            return known
        fresh = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if known is not None:
            os.close(known)
        self._open[path] = fresh
        return fresh


def _close(descriptors: dict[str, int]) -> None:
    while descriptors:
        os.close(descriptors.popitem()[1])
