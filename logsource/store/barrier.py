"""Nothing is sent whose ids a power loss could undo.

With `sync: normal` a transaction is in the write-ahead log and not yet on the disk when it is committed. A power loss then
undoes the last ones as if they had not been: their lines are still in their files, are read again and get the same
ids, but for those of a file whose first row was undone with them; it would be found as a new one. So what was committed
with the first row of a file is not handed out before one fsync. Whoever sends waits for it, never whoever reads, and one
fsync serves for all that was committed before it, however many files that were.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Barrier:
    """From which row on nothing may be handed out before the next `sync`. Thread-safe."""

    def __init__(self, sync: Callable[[], None]) -> None:
        """`sync` puts on the disk what was committed before it was called, or raises."""
        self._sync = sync
        self._syncing = threading.Lock()
        self._lock = threading.Lock()
        self._waiting: int | None = None
        """First row that needs another sync than the one under way."""
        self._covered: int | None = None
        """First row that the sync under way is for."""

    def set(self, key: int) -> None:
        """Rows from this one on must wait. To be called when they are committed, before they can be taken."""
        with self._lock:
            if self._waiting is None:
                self._waiting = key

    def pass_by(self, key: int) -> None:
        """Return when this row may be handed out; raises what `sync` raises."""
        if not self._holds(key):
            return
        with self._syncing:
            if not self._holds(key):  # another thread's sync was for it, too
                return
            with self._lock:
                self._covered, self._waiting = self._waiting, None
            try:
                self._sync()
            except BaseException:
                with self._lock:
                    self._waiting = self._covered
                raise
            finally:
                self._covered = None

    def _holds(self, key: int) -> bool:
        with self._lock:
            first = self._waiting if self._covered is None else self._covered
            return first is not None and key >= first
