"""What becomes of files that are read to their end and delivered: kept, deleted or moved away.

A file is touched only if all of this holds, and all of it is found out anew right before:

- it is finished: rotated away and its end proven, or a complete archive nobody writes to, or older than `ignore_older`;
- nobody has it open for writing, where the kernel tells (`logsource.tail.writers`);
- every byte of it is committed, and the outbox holds nothing that was committed before its end was known;
- the path is one the source's `paths` name, with links resolved too, and is the regular file that was read.

Nothing is remembered about it: after a crash the same questions have the same answers, a little later.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.tail.compressed import CompressedContent
from logsource.tail.open import open_content
from logsource.tail.resolved import surely_resolved

if TYPE_CHECKING:
    from logsource.config.model import SourceConfig
    from logsource.tail.api import Undelivered
    from logsource.tail.environment import Environment
    from logsource.tail.find import Finder
    from logsource.tail.follower import Follower
    from logsource.tail.registry import Registry

ARCHIVE_QUIET_MS = 60_000
"""How long nobody may have written to a compressed file before it counts as complete."""
RETRY = 600.0
"""Seconds until what could not be deleted or moved is tried again."""
WRITTEN_RETRY = 10.0
"""Seconds until one that somebody had open for writing is asked again."""


@dataclass(slots=True)
class Delivered:
    """Deletes or moves the finished files of one source."""

    config: SourceConfig
    registry: Registry
    finder: Finder
    environment: Environment
    undelivered: Undelivered
    _marks: dict[str, int] = field(default_factory=dict)
    """By row: the newest batch of the outbox when the file was found to be finished."""
    _refused: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Offset, size and time stamp with which a file was not what was read; looking again needs a change."""
    _retry: dict[str, float] = field(default_factory=dict)

    def tend(self, now: float) -> None:
        """Look at every file of the source; call it after a scan."""
        if self.config.after_delivery == "keep":
            return
        for follower in list(self.registry.by_key.values()):
            key = follower.state.key
            if not self._finished(follower, now):
                self._marks.pop(key, None)
            elif self._retry.get(key, 0.0) <= now and self._settled(key):
                self._part_with(follower, now)

    def _finished(self, follower: Follower, now: float) -> bool:
        state = follower.state
        if not follower.located or follower.pending is not None or follower.error or follower.unread > 0:
            return False
        if state.skipping or not self._may_touch(follower.place):
            return False
        if follower.rotated and not state.compression:
            return state.finished and follower.content is None
        if follower.rotated and (not state.finished or follower.content is not None):
            return False
        age_ms = self.environment.clock.now_ms() - follower.mtime_ns // 1_000_000
        if not follower.mtime_ns or not (state.offset or follower.rotated):
            return False
        if now - follower.grown_at < ARCHIVE_QUIET_MS / 1000:
            return False  # whatever the wall clock says: it may have been set
        limit = self.config.ignore_older
        old = limit is not None and age_ms >= max(limit * 1000, ARCHIVE_QUIET_MS)
        return old or (bool(state.compression) and age_ms >= ARCHIVE_QUIET_MS)

    def _may_touch(self, path: str) -> bool:
        """Whether the source names this path, and the file it leads to."""
        target = surely_resolved(path)
        return bool(target) and self.finder.matches(path) and (target == path or self.finder.matches(target))

    def _settled(self, key: str) -> bool:
        """Whether everything that was in the outbox when the file was finished has left it."""
        span = self.undelivered()
        if span is None:
            return True
        return span[0] > self._marks.setdefault(key, span[1])

    def _part_with(self, follower: Follower, now: float) -> None:
        action, path = self.config.after_delivery, follower.place
        try:
            if not follower.remote and self._has_writer(path):
                self._retry[follower.state.key] = now + WRITTEN_RETRY
                return
            if not self._is_what_was_read(follower):
                return
            target = self._moved(path) if action == "move" else None
            if target is None:
                os.unlink(path)
        except OSError as error:
            self._retry[follower.state.key] = now + RETRY
            self._say(path, "failed", f"cannot {action} it: {error.strerror or error}")
            return
        follower.release()
        follower.located, follower.rotated = False, True
        self.registry.unplace(follower)
        for known in (self._marks, self._refused, self._retry):
            known.pop(follower.state.key, None)
        self._say(path, action, "" if target is None else target)

    def _has_writer(self, path: str) -> bool:
        """Whether it is certain that somebody has the file open for writing."""
        content, _ = open_content(path)
        try:
            return bool(self.environment.has_writer(content))
        finally:
            content.close()

    def _say(self, path: str, action: str, detail: str) -> None:
        self.environment.event("delivered", self.config.name, label=action, path=path, detail=detail)

    def _is_what_was_read(self, follower: Follower) -> bool:
        """Whether the path is a regular file with the committed content, and not a byte more."""
        state, status = follower.state, os.lstat(follower.place)
        seen = (state.offset, status.st_size, status.st_mtime_ns)
        if self._refused.get(state.key) == seen:
            return False
        same = self._holds_no_more(follower, status)
        if not same:
            self._refused[state.key] = seen
        return same

    @staticmethod
    def _holds_no_more(follower: Follower, status: os.stat_result) -> bool:
        state = follower.state
        if not stat.S_ISREG(status.st_mode) or not state.locator.is_of(status):
            return False
        content, compression = open_content(follower.place)
        try:
            if not state.locator.is_of(content.stat()) or compression != state.compression:
                return False
            if follower.reborn(content):
                return False
            if not follower.holds(content) or content.read(state.offset, 1):
                return False
            return not isinstance(content, CompressedContent) or content.complete
        finally:
            content.close()

    def _moved(self, path: str) -> str:
        """Give the file a name in `move_to` that is free, and take the old one away; never overwrites anything."""
        assert self.config.move_to is not None
        for number in range(1_000_000):
            target = self.config.move_to / (Path(path).name + (f".{number}" if number else ""))
            if self.finder.matches(str(target)):
                raise OSError(errno.EINVAL, f"{target} would be read again: paths match it")
            try:
                os.link(path, target, follow_symlinks=False)
            except FileExistsError:
                if not os.path.samefile(path, target):
                    continue  # else: a crash came between the two names
            os.unlink(path)
            return str(target)
        raise FileExistsError(errno.EEXIST, "too many files of this name", path)
