"""What the reading thread last said of its files, for threads that only look."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.clock import Clock, Waker
    from logsource.tail.api import FileStatus, Tail

PICTURE_AGE = 1.0
"""Seconds; the picture of the files is at most so old while somebody looks, unless reading hangs."""


class RecentFiles:
    """Only the reading thread may ask tail; others ask here, and wait a little for its answer."""

    def __init__(self, tail: Tail, *, clock: Clock, waker: Waker) -> None:
        """`waker` rings the reading thread."""
        self._tail = tail
        self._clock = clock
        self._waker = waker
        self._files: Sequence[FileStatus] = ()
        self.found: Mapping[str, int] = {}
        """By source: new files that waited to be opened when the files were last asked for."""
        self._at = self._wanted_at = -PICTURE_AGE
        self._fresh = threading.Event()

    def wanted(self) -> Sequence[FileStatus]:
        """The files, at most about a second old; from any thread."""
        if self._clock.monotonic() - self._at >= PICTURE_AGE:
            self._fresh.clear()
            self._wanted_at = self._clock.monotonic()
            self._waker.wake()
            self._fresh.wait(PICTURE_AGE)
        return self._files

    def refresh(self) -> None:
        """Ask tail if somebody wants to know; the reading thread calls it in each turn."""
        if self._wanted_at > self._at:
            self._files, self.found = self._tail.status(), self._tail.found()
            self._at = self._clock.monotonic()
            self._fresh.set()

    def last(self) -> Sequence[FileStatus]:
        """Ask tail for the last time, before the reading thread ends."""
        self._files = self._tail.status()
        return self._files
