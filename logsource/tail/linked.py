"""What a link in `paths` led to, and left again while nobody looked: files with names of their own, like its target's.

`rotatelogs -L` and cronolog give each log the time in its name and keep one link to the latest, a symbolic or a hard one:

    access-20261119   known: the link led to it          access.1   known: a ring of files (`rotatelogs -n 3`)
    access-20261120   came and went unseen               access.2   came and went unseen
    access-20261121   came and went unseen               access     the link leads to it now
    access-20261122   the link leads to it now

They are found by the last that is known and by the present one: what differs between these two names may be another number,
or month, in theirs; and they were made, and written, after the last that is known was.
"""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from typing import TYPE_CHECKING

from logsource.tail.birth import birth_of
from logsource.tail.content import OPEN_FLAGS
from logsource.tail.find import is_regular
from logsource.tail.oldfolders import old_among
from logsource.tail.resolved import resolved
from logsource.tail.shapes import (
    DATED,
    PACKED,
    TOKEN,
    Shape,
    between,
    like_one,
    natural,
    ring,
    stem_of_packed,
)
from logsource.tail.siblings import Sibling, family_of, generation, siblings, target_of, unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.tail.find import Entry
    from logsource.tail.follower import Follower
    from logsource.tail.generations import Generations

LINGERING_MS = 2_000
"""What a link leads to may be older by this than what was last seen to be written to the file before: the turn is noticed by
the next look, and a program may have a last word to say."""
DEEP = 4
"""Directories below the link's own in which the other name of its file is looked for: below the first, those with dates or
for old logs."""
MANY = 1_000
"""Most directories that are listed for it."""


def led_to(
    generations: Generations, family: str, members: Sequence[Follower], *, there: bool
) -> list[Sibling]:
    """Files that the link at the path of a log may have led to since the last that is known, oldest first.

    `there`: whether that path leads anywhere. Where it does not, this is the last one that it led to.
    """
    now = _names(generations, family) if there else set()
    if not members or (there and not now):
        return []
    sure = [one for one in members if one.state.head.length and not one.state.doubted] or members
    since_ms = max(one.state.written_ms for one in sure)
    # The end of one that is known may be unread, and packed by now.
    since_ms = min([since_ms, *(one.state.written_ms for one in members if not one.state.finished)])
    found: dict[object, Sibling] = {}
    for shape in _shapes(generations, family, sure, now):
        for path in _walk(generations, family, "", shape.parts):
            sibling = None if path in now or path == family else _stat(generations, family, path)
            if sibling is None or not _is_since(generations, family, sibling, since_ms, reused=shape.reused):
                continue
            if not any(_is_next(generations, family, path, one, reused=shape.reused) for one in now):
                found.setdefault(sibling.locator, sibling)
    return sorted(found.values(), key=lambda one: (one.mtime_ns, natural(one.path)))


def leads(generations: Generations, family: str) -> bool:
    """Whether anything stands at the path of a log, a link too. If that cannot be told now, it does."""
    try:
        generations.directories.mounts.reach(family)
        os.lstat(family)
    except FileNotFoundError:
        return False
    except OSError as error:
        unanswered(error, lambda: generations.moving.note(family))
    return True


def _is_next(generations: Generations, family: str, path: str, target: str, *, reused: bool) -> bool:
    """Whether a file is younger than what the link leads to: it will lead there in a moment, or it is somebody else's."""
    born_ms, since_ms = (_born_ms(generations, family, one) for one in (path, target))
    if not reused and sys.maxsize not in (born_ms, since_ms) and stem_of_packed(path) == path:
        return born_ms > since_ms
    try:
        return os.stat(path).st_mtime_ns > os.stat(target).st_mtime_ns
    except OSError as error:
        unanswered(error, lambda: generations.moving.note(family))
        return False


def behind_new(generations: Generations, link: str, since_ms: int) -> list[Sibling]:
    """What a link led to of which nothing is known, and what became of its target, since somebody last looked.

    A pod that is started and writes much while the agent is updated, for one; or a program that is set up with rotatelogs.
    Where only one name is known, nothing but a date or a time in it tells of others, and only if their age is known.
    """
    found: dict[object, Sibling] = {}
    now = _names(generations, link)
    for target in now:
        moved = partial(generations.moving.note, link)
        named = siblings(target, generations.config.olddir, generations.directories, moved)
        shape = like_one(link, target, dated=True)
        alike = (_stat(generations, link, path) for path in _walk(generations, link, "", shape.parts))
        rotated = {one.locator for one in named}
        for one in (*named, *alike):
            if one is None or one.path in now or one.path == link or one.locator in found:
                continue
            if one.locator not in rotated and _born_ms(generations, link, one.path) == sys.maxsize:
                continue
            if _is_since(generations, link, one, since_ms):
                found[one.locator] = one
    return list(found.values())


def _is_since(
    generations: Generations, link: str, sibling: Sibling, since_ms: int, *, reused: bool = False
) -> bool:
    """Whether it was made (unless its name is used again) and written since then, or is known; and is no other log's."""
    if _is_other(generations, link, sibling):
        return False
    if sibling.locator in generations.registry.by_locator:
        return True
    if sibling.mtime_ns // 1_000_000 < since_ms:
        return False
    return reused or _born_ms(generations, link, sibling.path) >= since_ms


def true_name(generations: Generations, path: str) -> str:
    """The name of a file that is not a link, be it a symbolic one or, as rotatelogs makes them, a hard one beside it."""
    name = resolved(path)
    if name != path or TOKEN.search(os.path.basename(path)):
        return name
    try:
        status = os.stat(path)
    except OSError:
        return name
    names = _called(generations, path, status.st_ino) if status.st_nlink > 1 else ()
    others = [one for one in names if one != path and generation(path, os.path.basename(one)) is None]
    return min(others, default=name)


def _names(generations: Generations, path: str) -> set[str]:
    """What else the file at a path is called: the target of a link, or the other names of a file that has several."""
    target = target_of(path, generations.directories, lambda: generations.moving.note(path))
    if target:
        return {target}
    try:
        generations.directories.mounts.reach(path)
        status = os.stat(path)
    except OSError as error:
        unanswered(error, lambda: generations.moving.note(path))
        return set()
    names = _called(generations, path, status.st_ino) - {path} if status.st_nlink > 1 else set()
    return {one for one in names if generation(path, os.path.basename(one)) is None}


def _called(generations: Generations, log: str, inode: int) -> set[str]:
    """Names of a file in the directory of a log and, if there are none but the log's, in those below."""
    directory = log.rpartition("/")[0]
    near = [directory, *(one for one in generations.config.olddir if one.startswith("/"))]
    names = {name for place in near for name in _called_in(generations, place, inode)}
    if names - {log}:
        return names
    below, listed = [(directory, 0)], 0
    while below and listed < MANY:
        place, depth = below.pop()
        listed += 1
        names.update(_called_in(generations, place, inode))
        folders = [one.name for one in _list(generations, place) if one.is_dir] if depth < DEEP else ()
        of_logs = [*filter(DATED.fullmatch, folders), *old_among(frozenset(folders))] if depth else folders
        below += [(f"{place}/{one}", depth + 1) for one in of_logs]
    return names


def _called_in(generations: Generations, directory: str, inode: int) -> list[str]:
    try:
        listing = generations.directories.list(directory)
    except OSError:
        return []
    entries = listing.entries if listing and inode in listing.by_inode() else ()
    return [
        f"{directory}/{one.name}" for one in entries if one.inode == inode and not (one.is_link or one.is_dir)
    ]


def _list(generations: Generations, directory: str) -> Sequence[Entry]:
    try:
        listing = generations.directories.list(directory)
    except OSError:
        return ()
    return listing.entries if listing else ()


def _shapes(generations: Generations, family: str, known: Sequence[Follower], now: set[str]) -> set[Shape]:
    """How names look that are like the latest one that is known, and like what the link leads to now."""
    elder = [one.state for one in known if one.rotated or not one.located]
    if not elder:
        return set()
    latest = max(elder, key=lambda state: state.written_ms)
    if not now:
        name = os.path.basename(latest.name)
        if latest.name == family or generation(family, name) is not None:
            return set()  # no link led there: logrotate gave that name, and is about to make the log anew
        # rotatelogs takes the old link away before it makes the next one; what it led to may be packed.
        *folders, name = stem_of_packed(latest.name).split("/")[1:]
        return {Shape((*folders, re.compile(f"{re.escape(name)}{PACKED}")))}
    names = {latest.name} if latest.name != family else _called(generations, family, latest.locator.inode)
    names = {one for one in names - {family} if generation(family, os.path.basename(one)) is None}
    if names:
        pairs = [(stem_of_packed(last), target) for last in names for target in now]
        shapes = {ring(last, target) or between(last, target) for last, target in pairs}
    else:  # a hard link: its file has other names, of which none is known of what it was before
        shapes = {shape for target in now for shape in (ring(target, target), like_one(family, target))}
    return {shape for shape in shapes if shape}


def _walk(
    generations: Generations, family: str, directory: str, parts: Sequence[str | re.Pattern[str]]
) -> Iterator[str]:
    """Paths of the files that look so."""
    part, *rest = parts
    if isinstance(part, str):
        yield from _walk(generations, family, f"{directory}/{part}", rest)
        return
    for entry in _list(generations, directory):
        if entry.is_dir == bool(rest) and not entry.is_link and part.fullmatch(entry.name):
            path = f"{directory}/{entry.name}"
            if rest:
                yield from _walk(generations, family, path, rest)
            else:
                yield path


def _stat(generations: Generations, family: str, path: str) -> Sibling | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        generations.moving.note(family)
        return None
    except OSError as error:
        unanswered(error, lambda: generations.moving.note(family))
        return None
    if not is_regular(status):
        return None
    locator = generations.directories.mounts.locator(status)
    return Sibling(path, locator, status.st_size, status.st_mtime_ns)


def _is_other(generations: Generations, family: str, sibling: Sibling) -> bool:
    """Whether a file is followed for itself, or is another log's, or is not wanted."""
    finder, known = generations.finder, generations.registry.by_locator.get(sibling.locator)
    return (
        finder.matches(sibling.path)
        or finder.excludes(sibling.path)
        or generations.here.get(sibling.locator, family) != family
        or (known is not None and family_of(known.state.path) != family)
    )


def _born_ms(generations: Generations, family: str, path: str) -> int:
    """When a file was made, in milliseconds since the Unix epoch; the end of time if its file system does not know."""
    try:
        fd = os.open(path, OPEN_FLAGS)
        try:
            born_ms = birth_of(fd).created_ns // 1_000_000
        finally:
            os.close(fd)
    except OSError as error:  # if it is one about the file, whoever reads it meets it, too, and reports it
        unanswered(error, lambda: generations.moving.note(family))
        return sys.maxsize
    return born_ms + LINGERING_MS if born_ms else sys.maxsize
