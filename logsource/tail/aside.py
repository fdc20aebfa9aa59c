"""Logs that stand under a name which no rotation gives: the target of a link, and what somebody put aside by hand.

While the agent looks on, their descriptor leads to them. After it was down only the inode does: it is looked for in the
log's own directory under any name (`mv app.log app.log.save`), and in the folders for old logs under its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.oldfolders import old_among
from logsource.tail.open import open_listed
from logsource.tail.siblings import Sibling, family_of, generation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.tail.find import Directories
    from logsource.tail.follower import Follower


def last_seen(
    members: Sequence[Follower], others: Sequence[Sibling], directories: Directories
) -> list[Sibling]:
    """Files that are still where they were last seen, or aside.

    What has a name of rotation and was not listed came since then; it is no elder of what was.
    """
    known = {one.locator for one in others}
    found = []
    for one in members:
        name = one.state.name
        if one.located or generation(family_of(one.state.path), name.rpartition("/")[2]) is not None:
            continue
        for path in (name, *_aside(one, directories)):
            sibling = _there(one, path, directories)
            if sibling is None or sibling.locator in known or (path != name and not _is_it(one, sibling)):
                continue
            known.add(sibling.locator)
            found.append(sibling)
    return found


def _aside(one: Follower, directories: Directories) -> Iterator[str]:
    """Where in the directories around it a log may be that was moved by hand."""
    directory, _, name = one.state.name.rpartition("/")
    try:
        listing = directories.list(directory)
    except OSError:
        return
    if listing is None or not one.state.head.length:
        return  # of an empty file nothing but its inode's number is known, which may be another's by now
    entry = listing.by_inode().get(one.state.locator.inode)
    if entry is not None and entry != name:
        yield f"{directory}/{entry}"
    for folder in old_among(listing.folders):
        yield f"{directory}/{folder}/{name}"


def _there(one: Follower, path: str, directories: Directories) -> Sibling | None:
    """The file at this path, if it has the inode of the log."""
    locator = one.state.locator
    try:
        directories.mounts.reach_volume(locator.device)
        status = os.stat(path)
    except OSError:
        return None
    if path == one.state.path or not locator.is_of(status):
        return None
    return Sibling(path, locator, status.st_size, status.st_mtime_ns)


def _is_it(one: Follower, sibling: Sibling) -> bool:
    """Whether it holds what was read: inodes are given to other files, of which this source knows nothing."""
    try:
        opened = open_listed(sibling.path, sibling.locator)
        if opened is None:
            return False
        content, _ = opened
        try:
            return not one.state.birth.differs(one.born(content)) and one.holds(content)
        finally:
            content.close()
    except OSError:
        return False
