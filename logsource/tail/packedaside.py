"""Logs that somebody put aside by hand and packed there: `mv app.log app.log.save; gzip app.log.save`.

What is made of `app.log.save` is called like a generation of that, which is no log; the log is known by where it was last.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.aside import last_seen
from logsource.tail.find import is_regular
from logsource.tail.magic import EXTENSIONS
from logsource.tail.originals import originals
from logsource.tail.registry import is_lost
from logsource.tail.siblings import Sibling, family_of, generation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.tail.find import Directories
    from logsource.tail.follower import Follower


class Aside:
    """Where the logs of one source stand that have a name which rotation does not give."""

    def __init__(self) -> None:
        self._logs: dict[str, str] = {}
        """By path."""

    def note(self, followers: Iterable[Follower]) -> None:
        """Remember where they are, or were last seen."""
        moved = (one for one in followers if one.place != one.state.path)
        self._logs = {
            one.place: log for one in moved if (log := family_of(one.state.path)) != family_of(one.place)
        }

    def packed(self, path: str) -> list[str]:
        """Logs that a file may have been packed from, by its name."""
        return [self._logs[one] for one in originals(path) if one in self._logs]


def put_aside(
    members: Sequence[Follower], others: Sequence[Sibling], directories: Directories
) -> list[Sibling]:
    """Files of a log that stand where its members were last seen, or aside, or were packed there; without `others`."""
    found = last_seen(members, others, directories)
    return [*_packed(filter(is_lost, members), [*found, *others], directories), *found]


def _packed(lost: Iterable[Follower], others: Sequence[Sibling], directories: Directories) -> list[Sibling]:
    known = {one.locator for one in others}
    found = []
    for one in lost:
        directory, _, name = one.state.name.rpartition("/")
        # Else it was moved and packed while nobody looked. What rotation makes of it is looked for as such.
        was_aside = family_of(one.state.path) != family_of(one.state.name)
        try:
            listing = directories.list(directory)
        except OSError:
            continue
        for entry in listing.starting_with(f"{name}.") if listing else ():
            added = entry.name[len(name) + 1 :]
            if added not in EXTENSIONS if was_aside else not _looks_packed(one.state.path, entry.name):
                continue
            sibling = _stat(f"{directory}/{entry.name}", directories)
            if sibling is not None and sibling.locator not in known:
                known.add(sibling.locator)
                found.append(sibling)
    return found


def _looks_packed(log: str, name: str) -> bool:
    """Whether this is an archive that is called after a log, and no generation of it: `app.log.save.gz`."""
    return name.rpartition(".")[2] in EXTENSIONS and generation(family_of(log), name) is None


def _stat(path: str, directories: Directories) -> Sibling | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    locator = directories.mounts.locator(status)
    return Sibling(path, locator, status.st_size, status.st_mtime_ns) if is_regular(status) else None
