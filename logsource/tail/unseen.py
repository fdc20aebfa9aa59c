"""Logs that came and were rotated away, or packed, before anybody saw them: only their generations are there.

`paths` name the log and not what rotation makes of it, and nothing is known of the log that these could be compared with.
They are read if they were written since somebody last looked: before the agent was started, or in the moment between two
scans. What was there when the source was new is history that nobody asked for, and so is what was written before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.birth import birth_of
from logsource.tail.content import OPEN_FLAGS
from logsource.tail.find import is_regular
from logsource.tail.linked import behind_new
from logsource.tail.magic import EXTENSIONS
from logsource.tail.oldfolders import old_among
from logsource.tail.siblings import Sibling, family_of, generation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.config.model import SourceConfig
    from logsource.tail.environment import Environment
    from logsource.tail.families import Families
    from logsource.tail.find import Directories, Entry, Finder, Finding, Listing
    from logsource.tail.generations import Generations
    from logsource.tail.registry import Registry
    from logsource.tail.state import FileState
    from logsource.tail.troubles import Troubles
    from logsource.tail.view import View

COARSE_MS = 100
"""Time stamps of files are as coarse as the kernel's clock, 10 ms at worst."""
KEPT_FOR = 60.0
"""Seconds after which one that nobody wants to follow is left: it is a copy of its log."""


class Unseen:
    """Finds them in the directories of one source."""

    def __init__(
        self,
        states: Sequence[FileState],
        *,
        config: SourceConfig,
        finder: Finder,
        directories: Directories,
        families: Families,
        registry: Registry,
        troubles: Troubles,
        environment: Environment,
    ) -> None:
        self._config = config
        self._finder = finder
        self._directories = directories
        self._families = families
        self._registry = registry
        self._troubles = troubles
        self._environment = environment
        self._since_ms = _last_look_ms(states)
        """0 when nobody looked yet."""
        self._looked_ms = 0
        """When the latest look that left nothing open was; it counts once what it found was opened."""
        self._entries: dict[str, list[Entry]] = {}
        """Of the directories, as they were asked for the last time."""
        self._literal: dict[str, list[str]] = {}
        """Paths that are written out, by directory: it is nobody's business otherwise, and may be huge."""
        for path in finder.literal:
            if not finder.walks(directory := os.path.dirname(path)):
                self._literal.setdefault(directory, []).append(path)
        self._found: dict[str, tuple[Sibling, float]] = {}
        """By path, with the time when they were found."""

    def look(self, finding: Finding, now: float, *, settled: bool) -> list[Sibling]:
        """Return them, until they are followed. The first look at a new source only remembers what there is.

        `settled`: what earlier looks found was opened since, so that its generations would be known.
        """
        now_ms = self._environment.clock.now_ms() - COARSE_MS
        if settled:
            self._since_ms = max(self._since_ms, self._looked_ms)
        for path, (sibling, at) in list(self._found.items()):
            over = now - at > KEPT_FOR and path not in self._troubles
            if over or sibling.locator in self._registry.by_locator or self._stat(path) is None:
                del self._found[path]
                self._families.linked.pop(path, None)
        for directory in finding.directories:
            literal = self._literal.get(directory)
            if literal is None or not all(map(self._registry.family, literal)):
                self._look_into(directory, now)
        if finding.complete and not self._found:
            self._looked_ms = now_ms
        return [sibling for sibling, _ in self._found.values()]

    def behind_links(self, view: View, generations: Generations, now: float) -> list[Sibling]:
        """Return the same of new links: generations of their targets, and what they led to and left again."""
        found = []
        for path in sorted(view.links) if self._since_ms else ():
            if path not in view.fresh or self._registry.family(family_of(path)):
                continue
            for sibling in behind_new(generations, path, self._since_ms):
                if sibling.path not in self._found and sibling.locator not in self._registry.by_locator:
                    self._families.linked[sibling.path] = path
                    self._found[sibling.path] = sibling, now
                    found.append(sibling)
        if found:
            self._looked_ms = self._since_ms
        return found

    def _look_into(self, directory: str, now: float) -> None:
        """A directory, and if it changed those for old logs below: what was rotated there was here before."""
        listing = self._listing(directory)
        if listing is None or self._entries.get(directory) is listing.entries:
            return
        self._examine(listing, now)
        for name in {*self._config.olddir, *old_among(listing.folders)}:
            old = self._listing(name if name.startswith("/") else f"{directory}/{name}")
            if old is not None and self._entries.get(old.path) is not old.entries:
                self._examine(old, now)

    def _examine(self, listing: Listing, now: float) -> None:
        """See what came since the last time."""
        before = {one.name: one.inode for one in self._entries.get(listing.path, ())}
        self._entries[listing.path] = listing.entries
        for entry in listing.entries if self._since_ms else ():
            if entry.is_dir or before.get(entry.name) == entry.inode:
                continue
            path = f"{listing.path}/{entry.name}"
            if self._may_be(path) and (sibling := self._stat(path)) is not None:
                self._found[path] = sibling, now

    def _listing(self, directory: str) -> Listing | None:
        try:
            return self._directories.list(directory)
        except OSError:
            return None  # whoever looks for logs there meets the same error and reports it

    def _may_be(self, path: str) -> bool:
        """Whether `paths` name a log of which nothing is known, and this is what rotation made of it."""
        log = self._families.of(path)
        return (
            log != path
            and self._finder.matches(log)
            and not self._finder.matches(path)
            and not self._finder.excludes(path)
            and not self._registry.family(log)
        )

    def _stat(self, path: str) -> Sibling | None:
        """The file, if it was written to since the last look."""
        try:
            status = os.stat(path)
        except OSError:
            return None
        if not is_regular(status) or status.st_mtime_ns // 1_000_000 < self._since_ms:
            return None
        if _is_only_packed(path) and not _was_packed(path, status.st_mtime_ns):
            return None
        locator = self._environment.mounts.locator(status)
        return Sibling(path, locator, status.st_size, status.st_mtime_ns)


def _last_look_ms(states: Iterable[FileState]) -> int:
    """When the agent that left these rows was certainly there; rows of earlier versions do not tell."""
    found = [one.found_ms for one in states]
    return max([*found, *(one.written_ms for one in states)]) if any(found) else 0


def _is_only_packed(path: str) -> bool:
    """Whether nothing but its extension says that it is what became of a log."""
    stem, _, extension = path.rpartition(".")
    return extension in EXTENSIONS and generation(stem, os.path.basename(path)) == f".{extension}"


def _was_packed(path: str, mtime_ns: int) -> bool:
    """Whether it has the time of something else, as gzip and its kin leave it; what a job packs itself has its own."""
    try:
        fd = os.open(path, OPEN_FLAGS)
    except OSError:
        return False
    try:
        return mtime_ns < birth_of(fd).created_ns
    finally:
        os.close(fd)
