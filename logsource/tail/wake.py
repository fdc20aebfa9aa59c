"""Bells: a directory changed, so look now instead of in a second. Nothing depends on hearing them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from logsource.tail.mounts import Mounts
from logsource.tail.resolved import surely_resolved

if TYPE_CHECKING:
    from collections.abc import Callable

    from watchdog.observers.api import BaseObserver, ObservedWatch

    from logsource.clock import Waker

_INTERESTING: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
]
"""Growth is learned by fstat: modification events of busy files cost more than reading them."""
MAX_WATCHES = 64
"""Each watch is a thread of watchdog's, and containers may have few (pids.max); other directories wait for the scan."""


class _Bell(FileSystemEventHandler):
    def __init__(self, waker: Waker) -> None:
        self.rung = False
        self.deleted: set[str] = set()
        """Directories; a watch on one of them is over, and another may have its name and inode by now."""
        self._waker = waker

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, DirDeletedEvent):
            self.deleted.add(os.fsdecode(event.src_path))
        self.rung = True
        self._waker.wake()


class Watches:
    """Watches on the directories of interest; failing to watch is no error."""

    def __init__(
        self, waker: Waker, mounts: Mounts | None = None, make_observer: Callable[[], BaseObserver] = Observer
    ) -> None:
        """`make_observer` gives watchdog's for this system, which fails when no inotify instance is left."""
        self._bell = _Bell(waker)
        self._mounts = Mounts() if mounts is None else mounts
        self._make_observer = make_observer
        self._observer: BaseObserver | None = None
        self._started = False
        self._watched: dict[str, ObservedWatch | None] = {}
        self._places: dict[str, tuple[int, int]] = {}
        """Device and inode of what is watched, by path: the watch goes on with a directory that was moved away."""

    def rang(self) -> bool:
        """Whether a bell rang since the last call."""
        rung, self._bell.rung = self._bell.rung, False
        return rung

    def watch(self, directories: set[str]) -> None:
        """Watch these directories and no others; those whose path leads elsewhere by now are watched anew."""
        deleted, self._bell.deleted = self._bell.deleted, set()
        strayed = {
            one
            for one, place in self._places.items()
            if _place_of(one) != place or (deleted and surely_resolved(one) in {"", *deleted})
        }
        for directory in self._watched.keys() - (directories - strayed):
            self._places.pop(directory, None)
            watch = self._watched.pop(directory)
            if watch is not None and self._observer is not None and watch not in self._watched.values():
                self._observer.unschedule(watch)
        free = MAX_WATCHES - sum(watch is not None for watch in self._watched.values())
        for directory in sorted(directories - self._watched.keys()):
            if free <= 0:
                return
            self._watch(directory)
            free -= self._watched.get(directory) is not None

    def _watch(self, directory: str) -> None:
        # Of a link watchdog would watch the link.
        target = surely_resolved(directory or "/")
        if not target:
            return  # nobody knows whose it is; the next scan asks again
        if self._mounts.beneath(directory) or self._mounts.beneath(target):
            self._watched[directory] = None  # the kernel would tell only what this machine does there
            return
        try:
            if self._observer is None:
                self._observer = self._make_observer()
            if not self._started:
                self._observer.start()
                self._started = True
            place = _place_of(directory)
            self._watched[directory] = self._observer.schedule(self._bell, target, event_filter=_INTERESTING)
            if place is not None:
                self._places[directory] = place
        except FileNotFoundError:
            pass  # it may appear later; the next scan asks again
        except (OSError, RuntimeError):
            # No instances or watches left, a file system without them, or no thread to be had: scanning goes on.
            self._watched[directory] = None

    def close(self) -> None:
        """Stop the observer's threads."""
        if self._started and self._observer is not None:
            self._started = False
            self._observer.stop()
            self._observer.join()


def _place_of(directory: str) -> tuple[int, int] | None:
    """Device and inode of a directory of this machine; None if there is none."""
    try:
        status = os.stat(directory or "/")
    except OSError:
        return None
    return status.st_dev, status.st_ino
