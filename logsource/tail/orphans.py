"""Logs without a live file: one may come and be rotated away between two scans.

There may be thousands of them in one directory that changes all the time (jobs that write a log each and delete it).
So a log is looked at closely only when something that could be one of its generations is new in the listing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.arrivals import Arrivals
from logsource.tail.oldfolders import old_among
from logsource.tail.siblings import family_of, listed_generations

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from logsource.tail.find import Directories, Listing
    from logsource.tail.follower import Follower
    from logsource.tail.registry import Registry

ORPHAN_FOR = 3600.0
"""Seconds for which a log without a live file is watched."""
CROWD = 500
"""So many are asked for at every scan; a greater crowd once in `CROWD_EVERY` seconds."""
CROWD_EVERY = 1.0
LOST_FEW = 16
"""Logs that are gone with unread bytes, of which each has a listing of its own."""


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
        self._rich: set[str] = set()
        """Those of which there is something."""
        self._arrivals: dict[str, Arrivals] = {}
        """By directory."""
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
        for family in self._known.keys() - families:
            directory = _directory_of(family)
            del self._known[family]
            self._rich.discard(family)
            if self._arrivals[directory].discard(family):
                del self._arrivals[directory]
        for family in families - self._known.keys():
            arrivals = self._arrivals.setdefault(_directory_of(family), Arrivals())
            arrivals.note(self._listing(_directory_of(family)))
            arrivals.add(family)
            self._learn(family, now)

    def changed(self, now: float) -> set[str]:
        """Those that may have another generation than at the last look."""
        changed: set[str] = set()
        if len(self._known) > CROWD and now - self._asked_at < CROWD_EVERY:
            return changed
        self._asked_at = now
        for family in self._concerned():
            known = self._known[family]
            if now - known.since < ORPHAN_FOR and self._learn(family, known.since) != known.generations:
                changed.add(family)
        return changed

    def _concerned(self) -> set[str]:
        """Those of which something may be new, gone or replaced."""
        concerned: set[str] = set()
        rich: dict[str, list[str]] = {}
        for family in self._rich:
            rich.setdefault(_directory_of(family), []).append(family)
        everywhere: set[str] = set()
        for directory, arrivals in self._arrivals.items():
            listing = self._listing(directory)
            arrivals.note(listing)
            if listing is None:
                continue
            concerned |= arrivals.concerned()
            if self._old_directories or old_among(listing.folders):
                everywhere.add(directory)
            concerned.update(
                one for one in rich.get(directory, ()) if self._known[one].directory != listing.stamp
            )
        if everywhere:
            concerned.update(
                one
                for one, known in self._known.items()
                if (directory := _directory_of(one)) in everywhere
                and self._directories.stamp(one) not in (known.directory, None)
            )
        return concerned

    def _listing(self, directory: str) -> Listing | None:
        try:
            return self._directories.list(directory)
        except OSError:
            return None

    def _learn(self, family: str, since: float) -> object:
        known = self._known[family] = self._look(family, since)
        (self._rich.add if known.generations else self._rich.discard)(family)
        return known.generations

    def over(self, families: Iterable[str], seen: Container[str]) -> set[str]:
        """Logs of which all that is known is deleted or nowhere, and nothing is there that could be of them.

        Then there is nothing to compare with. `seen` are the paths that the latest scan found. What comes after that
        scan is found by the next one, for then the log is among the changed. Before unread bytes are given up, the
        directory is listed once more: for each log of a few, and for all of a crowd at once.
        """
        over = [one for one in families if self._is_nowhere(one, seen)]
        lost = {one for one in over if any(_is_lost(member) for member in self._registry.family(one))}
        if len(lost) > LOST_FEW:
            self._directories.refresh()
        else:
            over = [one for one in over if one not in lost]
        return {one for one in over if not listed_generations(one, self._old_directories, self._directories)}

    def _is_nowhere(self, family: str, seen: Container[str]) -> bool:
        members = self._registry.family(family)
        return (
            bool(members)
            and family not in seen
            and all(_is_gone(one) and one.place not in seen and not _stands(one) for one in members)
        )

    def _look(self, family: str, since: float) -> _Known:
        found = listed_generations(family, self._old_directories, self._directories)
        # An inode may have been given to another file under the same name.
        stamps = tuple((path, inode, _written(path)) for path, inode in found)
        return _Known(since, self._directories.stamp(family), stamps)


def _directory_of(path: str) -> str:
    return path.rpartition("/")[0]


def _is_gone(one: Follower) -> bool:
    if one.pending is not None:
        return False
    return one.nameless if one.content is not None else not one.located


def _stands(one: Follower) -> bool:
    """Whether it is where it was seen last under a name of its own: what led there was a link."""
    return one.state.name != one.state.path and os.path.lexists(one.state.name)


def _is_lost(one: Follower) -> bool:
    return one.content is None and one.unread > 0


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
