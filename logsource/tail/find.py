"""Globs → paths, cheap enough to ask every second.

A directory is listed again only when its modification time says that a name was added, removed or replaced.
The matches of an unchanged directory are the same list object as before, so the caller sees at a glance that
nothing happened.
"""

from __future__ import annotations

import os
import stat
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.exclude import Excludes
from logsource.tail.glob import expand_braces, has_magic, name_regex, path_regex
from logsource.tail.mounts import Mounts

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

SETTLE = 2.5
"""Seconds for which a directory that changed is listed anew at every look: time stamps of directories are as
coarse as 2 s (FAT, some NFS servers), so a second change may leave the same stamp."""
REFRESH = 60.0
"""Seconds after which a listing is not trusted any more, whatever the time stamp says (network file systems)."""
MAX_DEPTH = 32


class Found(NamedTuple):
    """A path that matches, and the inode number its directory names."""

    path: str
    hint: int
    """0 when only a stat can tell (a symbolic link, a literal path)."""


class Entry(NamedTuple):
    """A name in a directory."""

    name: str
    inode: int
    is_dir: bool
    is_link: bool


@dataclass(slots=True)
class Listing:
    """What a directory held when it was last listed."""

    path: str
    stamp: tuple[int, int]
    listed: float
    changed: float
    volume: int
    """Device number as in a locator: negative on the file system of another machine."""
    look: int
    """Number of the look it was last compared with the directory."""
    entries: list[Entry]
    """By name."""
    folders: frozenset[str]
    """Names of directories, and of links to them."""
    matches: dict[str, list[Found]] = field(default_factory=dict)
    _by_inode: dict[int, str] | None = None

    def by_inode(self) -> dict[int, str]:
        """Names of files by the inode number that the directory tells; links are none."""
        if self._by_inode is None:
            self._by_inode = {one.inode: one.name for one in self.entries if not (one.is_dir or one.is_link)}
        return self._by_inode

    def starting_with(self, prefix: str) -> Iterator[Entry]:
        """Entries whose name begins so; they are sorted, and a directory may hold ten thousand logs."""
        for index in range(bisect_left(self.entries, (prefix,)), len(self.entries)):
            entry = self.entries[index]
            if not entry.name.startswith(prefix):
                return
            yield entry


class Directories:
    """Listings of directories, cached by modification time."""

    def __init__(self, mounts: Mounts | None = None) -> None:
        """Without a mount table everything counts as a file system of this machine."""
        self.mounts = Mounts() if mounts is None else mounts
        self._listings: dict[str, Listing] = {}
        self._look = 0

    def refresh(self) -> None:
        """Begin another look: until the next one, a directory is listed once, however often it is asked for."""
        self._look += 1

    def list(self, path: str) -> Listing | None:
        """Entries of a directory; None when there is no such directory. Other errors are OSError.

        TimeoutError is one of them: the directory is on another machine, which does not answer.
        """
        # Real time on purpose, not the injected clock: it is compared with what the file system does.
        now = time.monotonic()
        known = self._listings.get(path)
        if known is not None and known.look == self._look:
            return known
        self.mounts.reach(path)
        if known is not None:
            self.mounts.reach_volume(known.volume)  # behind a link
        self.mounts.renew(path)
        try:
            status = os.stat(path or "/")
            stamp = (status.st_ino, status.st_mtime_ns)
            same = known is not None and known.stamp == stamp
            if known is not None and same and self._trusted(known, now):
                known.look = self._look
                return known
            with os.scandir(path or "/") as entries:
                names = sorted(_entry(entry) for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            self._listings.pop(path, None)
            return None
        if known is not None and known.entries == names:
            known.listed, known.look = now, self._look
            if not same:
                known.stamp, known.changed = stamp, now
            return known
        volume = self.mounts.locator(status).device
        folders = frozenset(one.name for one in names if one.is_dir)
        fresh = Listing(path, stamp, now, now, volume, self._look, names, folders)
        self._listings[path] = fresh
        return fresh

    def stamp(self, path: str) -> object:
        """Something that changes when the directory of a path does; None while it cannot be listed."""
        try:
            listing = self.list(path.rpartition("/")[0])
        except OSError:
            return None
        return None if listing is None else listing.stamp

    @staticmethod
    def _trusted(known: Listing, now: float) -> bool:
        return known.listed - known.changed > SETTLE and now - known.listed < REFRESH


def _entry(entry: os.DirEntry[str]) -> Entry:
    link = entry.is_symlink()
    try:
        is_dir = entry.is_dir()
    except OSError:  # a link into a directory that may not be searched
        is_dir = False
    return Entry(entry.name, entry.inode(), is_dir, link)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern without braces, split where it has to be walked."""

    root: str
    """Directory above the first part with magic, or the whole path when there is none."""
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    groups: list[list[Found]]
    complete: bool
    """False when a directory could not be listed: then a missing path does not prove that a file is gone."""
    problems: list[tuple[str, OSError]]
    directories: list[str]
    """Every directory looked at, for watches."""

    def __iter__(self) -> Iterator[Found]:
        """Every path that matched."""
        for group in self.groups:
            yield from group


class Finder:
    """The paths and excludes of one source."""

    def __init__(self, paths: Sequence[str], exclude: Sequence[str], directories: Directories) -> None:
        self._patterns = [_split(one) for path in paths for one in expand_braces(path)]
        self._exclude = Excludes(exclude)
        self._names: dict[str, re.Pattern[str]] = {
            part: name_regex(part) for pattern in self._patterns for part in pattern.parts if part != "**"
        }
        self.literal = {pattern.root for pattern in self._patterns if not pattern.parts}
        """Paths that were written out in full; somebody expects exactly these files."""
        self._groups: dict[str, list[Found]] = {}
        self._directories = directories

    def find(self) -> Finding:
        """Look now."""
        self._directories.refresh()
        finding = Finding([], True, [], [])
        problems = finding.problems
        for pattern in self._patterns:
            if not pattern.parts:
                self._literal_path(pattern.root, finding)
            elif not self._exclude.below(pattern.root):
                self._walk(pattern.root, pattern.parts, finding, 0)
        return Finding(finding.groups, not problems, problems, finding.directories)

    def matches(self, path: str) -> bool:
        """Whether `find` would return this path if it existed."""
        return not self.excludes(path) and any(_path_matches(pattern, path) for pattern in self._patterns)

    def walks(self, directory: str) -> bool:
        """Whether a pattern is looked for in this directory."""
        return any(
            pattern.parts and f"{directory}/".startswith(f"{pattern.root}/") for pattern in self._patterns
        )

    def excludes(self, path: str) -> bool:
        """Whether this path is left out."""
        return self._exclude.file(path)

    def _literal_path(self, path: str, finding: Finding) -> None:
        if self.excludes(path):
            return
        finding.directories.append(path.rpartition("/")[0])
        group = self._groups.setdefault(path, [Found(path, 0)])
        try:
            self._directories.mounts.reach(path)
            self._directories.mounts.renew(finding.directories[-1])
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            finding.problems.append((path, error))
            return
        finding.groups.append(group)

    def _walk(self, directory: str, parts: tuple[str, ...], finding: Finding, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        finding.directories.append(directory)
        try:
            listing = self._directories.list(directory)
        except OSError as error:
            finding.problems.append((directory, error))
            return
        if listing is None:
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            # `**` is zero or more directories; links are not followed, because they may form a circle.
            self._walk_here(listing, rest or ("*",), finding, depth)
            for entry in listing.entries:
                if entry.is_dir and not entry.is_link and not entry.name.startswith("."):
                    self._walk_below(f"{directory}/{entry.name}", parts, finding, depth)
        else:
            self._walk_here(listing, parts, finding, depth)

    def _walk_below(self, directory: str, parts: tuple[str, ...], finding: Finding, depth: int) -> None:
        if not self._exclude.directory(directory):
            self._walk(directory, parts, finding, depth + 1)

    def _walk_here(self, listing: Listing, parts: tuple[str, ...], finding: Finding, depth: int) -> None:
        part, rest = parts[0], parts[1:]
        if rest:
            regex = self._names.get(part)
            for entry in listing.entries:
                if entry.is_dir and (regex is None or regex.fullmatch(entry.name)):
                    self._walk_below(f"{listing.path}/{entry.name}", rest, finding, depth)
            return
        group = listing.matches.get(part)
        if group is None:
            regex = self._names.get(part) or name_regex(part)
            group = [
                Found(path, 0 if entry.is_link else entry.inode)
                for entry in listing.entries
                if not entry.is_dir
                and regex.fullmatch(entry.name)
                and not self._exclude.listed(path := f"{listing.path}/{entry.name}")
            ]
            listing.matches[part] = group
        if group:
            finding.groups.append(group)


def _split(pattern: str) -> Pattern:
    parts = os.path.normpath(pattern).split("/")
    magic = next((index for index, part in enumerate(parts) if has_magic(part)), None)
    if magic is None:
        return Pattern("/".join(parts), ())
    return Pattern("/".join(parts[:magic]), tuple(parts[magic:]))


def _path_matches(pattern: Pattern, path: str) -> bool:
    whole = "/".join((pattern.root, *pattern.parts))
    return path_regex(whole).fullmatch(path) is not None


def is_regular(status: os.stat_result) -> bool:
    """Whether it is a file that can be tailed."""
    return stat.S_ISREG(status.st_mode)
