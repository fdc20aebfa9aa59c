"""Logs without a live file: one may come and be rotated away between two scans.

There may be thousands of them in one directory that changes all the time (jobs that write a log each and delete it).
So a log is looked at closely only when something that could be one of its generations is new in the listing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.siblings import family_of, listed_generations

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from logsource.tail.find import Directories
    from logsource.tail.follower import Follower
    from logsource.tail.registry import Registry

ORPHAN_FOR = 3600.0
"""Seconds for which a log without a live file is watched."""
CROWD = 500
"""So many are asked for at every scan; a greater crowd once in `CROWD_EVERY` seconds."""
CROWD_EVERY = 1.0


class _Known(NamedTuple):
    since: float
    directory: object
    """Stamp of the directory of the log."""
    generations: object
    """What stood there that could be its generations."""


class Orphans:
    """The logs of one source that have no live file now."""

    def __init__(self, registry: Registry, directories: Directories, old_directories: Sequence[str]) -> None:
        self._registry = registry
        self._directories = directories
        self._old_directories = old_directories
        self._known: dict[str, _Known] = {}
        self._asked_at = 0.0

    def note(self, now: float) -> None:
        """Remember them, as a scan leaves them.

        And those of which a generation is gone whose end is not proven: it may be moved, or packed, and come back.
        """
        attended: set[str] = set()
        families: set[str] = set()
        for one in self._registry.by_key.values():
            if one.located and not one.rotated:
                attended.add(family_of(one.state.path))
            elif not one.located and not one.state.finished:
                families.add(family_of(one.state.path))
        families |= self._registry.families() - attended
        self._known = {family: self._known.get(family) or self._look(family, now) for family in families}

    def changed(self, now: float) -> set[str]:
        """Those that may have another generation than at the last look."""
        changed: set[str] = set()
        if len(self._known) > CROWD and now - self._asked_at < CROWD_EVERY:
            return changed
        self._asked_at = now
        for family, known in self._known.items():
            if now - known.since >= ORPHAN_FOR or self._directories.stamp(family) in (known.directory, None):
                continue
            latest = self._look(family, known.since)
            if latest.generations != known.generations:
                changed.add(family)
            self._known[family] = latest
        return changed

    def is_over(self, family: str, seen: Container[str]) -> bool:
        """Whether all that is known of a log is deleted or nowhere, and nothing is there that could be of it.

        Then there is nothing to compare it with. `seen` are the paths that the latest scan found. What comes after that
        scan is found by the next one, for then the log is among the changed.
        """
        members = self._registry.family(family)
        if (
            not members
            or family in seen
            or not all(_is_gone(one) and one.place not in seen for one in members)
        ):
            return False
        return not listed_generations(family, self._old_directories, self._directories)

    def _look(self, family: str, since: float) -> _Known:
        found = listed_generations(family, self._old_directories, self._directories)
        # An inode may have been given to another file under the same name.
        stamps = tuple((path, inode, _written(path)) for path, inode in found)
        return _Known(since, self._directories.stamp(family), stamps)


def _is_gone(one: Follower) -> bool:
    if one.pending is not None:
        return False
    return one.nameless if one.content is not None else not one.located and one.unread <= 0


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
