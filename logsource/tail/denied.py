"""Generations that were missed and cannot be read: no permission, a failing disk, packed by something unknown here.

Or they stand, perhaps, in a folder for old logs that may not be listed.

Younger ones are read meanwhile, and would hide that an elder one was not. So each has a row of its own, from the look that
met it until somebody may read it, or it is gone: then its bytes are counted.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.model import Checkpoint
from logsource.tail.deniedfile import DeniedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.tail.environment import Environment
    from logsource.tail.find import Directories
    from logsource.tail.identity import Locator
    from logsource.tail.moving import Moving
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling
    from logsource.tail.troubles import Troubles

ASK_EVERY = 10.0
"""Seconds between looks for one that has no trouble of its own: its path leads nowhere, or elsewhere."""
_SECOND = 1_000_000_000


class Denied:
    """Those of one source."""

    def __init__(
        self,
        source: str,
        registry: Registry,
        troubles: Troubles,
        moving: Moving,
        environment: Environment,
        *,
        directories: Directories,
    ) -> None:
        self._directories = directories
        self._source = source
        self._registry = registry
        self._troubles = troubles
        self._moving = moving
        self._environment = environment
        self._files: dict[str, DeniedFile] = {}
        """By key of their rows."""
        self._keys: dict[str, list[str]] = {}
        """The same by log: there may be thousands."""
        self._places: dict[str, dict[Locator, str]] = {}
        """By log: keys of those that the latest look at it found, by where they are."""
        self._dirty: set[str] = set()
        self._dropped: dict[str, Checkpoint] = {}
        self._missing: set[str] = set()
        """Not found by the latest look."""
        self._asked: dict[str, float] = {}

    def restore(self, row: Checkpoint) -> None:
        """Remember what an earlier agent could not read, if this row is of such a file."""
        known = DeniedFile.restore(row)
        if known is not None:
            self._put(row.file_id, known)

    def of(self, family: str) -> bool:
        """Whether there are any of this log."""
        return family in self._keys

    def sizes(self) -> dict[str, int]:
        """By path: how many bytes wait there, compressed or not."""
        return {one.path: one.size for one in self._files.values()}

    def find(self, family: str, candidates: Sequence[Sibling]) -> None:
        """See which of the generations of a log these are by now, renamed or packed."""
        if not self.of(family):
            return
        places: dict[Locator, str] = {}
        before, self._places[family] = self._places.get(family, {}), places
        for key, one in self._of(family):
            if one.folder:
                continue
            # What another one of them was found to be at the latest look is that.
            taken = {locator for locator, other in before.items() if other != key}
            free = [other for other in candidates if other.locator not in taken | places.keys()]
            sibling = next((other for other in free if one.is_at(other)), None) or self._moved(one, free)
            if sibling is not None:
                places[sibling.locator] = key

    def _moved(self, one: DeniedFile, candidates: Sequence[Sibling]) -> Sibling | None:
        """What was packed, or moved to another disk, by whoever may: that keeps its time, to the second at least."""
        second = one.mtime_ns // _SECOND
        found = [
            sibling
            for sibling in candidates
            if sibling.mtime_ns // _SECOND == second and sibling.locator not in self._registry.by_locator
        ]
        if not found or one.stands():
            return None
        found.sort(key=lambda sibling: not sibling.path.startswith(f"{one.path}."))
        return found[0]

    def holds(self, family: str, sibling: Sibling) -> bool:
        """Whether this generation is one of them, as the latest look found them, or stood in a folder that was closed."""
        return sibling.locator in self._places.get(family, ()) or any(
            one.folder and os.path.dirname(sibling.path) == one.path and sibling.mtime_ns >= one.mtime_ns
            for _, one in self._of(family)
        )

    def note_folder(self, family: str, path: str, error: OSError, since_ms: int) -> None:
        """This folder cannot be listed now; there may be generations in it that are no older than `since_ms`."""
        if path not in self._troubles:
            self._troubles.note(path, error)
        if not any(one.path == path for _, one in self._of(family)):
            key = self._environment.new_id()
            self._put(key, DeniedFile.of_folder(family, path, since_ms))
            self._dirty.add(key)

    def note(self, family: str, sibling: Sibling) -> None:
        """This generation should be read now; remember it if it cannot be."""
        if sibling.path in self._troubles and sibling.locator not in self._places.get(family, ()):
            key = self._environment.new_id()
            self._places.setdefault(family, {})[sibling.locator] = key
            self._put(key, DeniedFile.of(family, sibling))
            self._dirty.add(key)

    def read(self, family: str, sibling: Sibling, *, late: bool) -> None:
        """It could be read, so that it is known what it holds. `late`: it is followed, behind younger ones."""
        if sibling.path in self._troubles or not self.holds(family, sibling):
            return
        key = self._places.get(family, {}).pop(sibling.locator, None)
        if key is not None:
            self._drop(key)
        if late:
            self._environment.event("rotation", self._source, label="late", path=family, detail=sibling.path)

    def unattended(self, now: float) -> set[str]:
        """Logs with one for which nobody looks, because no trouble with its path is known: it may be gone."""
        found = set()
        for key, one in self._files.items():
            if one.path not in self._troubles and now >= self._asked.get(key, 0.0):
                self._asked[key] = now + ASK_EVERY
                found.add(one.family)
        return found

    def settle(self, family: str, candidates: Sequence[Sibling]) -> None:
        """A look at a log is over, and these are its generations: see what became of those that could not be read."""
        self.find(family, candidates)
        places = self._places.pop(family, {})
        found = {places[one.locator]: one for one in candidates if one.locator in places}
        for key, one in list(self._of(family)):
            if one.folder:
                self._settle_folder(key, one)
                continue
            sibling = found.get(key)
            if sibling is None:
                self._miss(key, one)
                continue
            self._missing.discard(key)
            if sibling.locator in self._registry.by_locator:
                self._drop(key)  # it is what somebody lost
            elif sibling != (one.path, one.locator, one.size, one.mtime_ns):
                self._files[key] = DeniedFile.of(family, sibling)
                self._dirty.add(key)
        if family in self._keys:
            self._places[family] = places

    def _settle_folder(self, key: str, one: DeniedFile) -> None:
        try:
            self._directories.list(one.path)
        except OSError as error:
            if one.path not in self._troubles:
                self._troubles.note(one.path, error)
        else:
            if not self._moving.seen(one.family):
                self._drop(key)

    def _miss(self, key: str, one: DeniedFile) -> None:
        """Two looks in a row did not find it, and it could have been found."""
        try:
            self._environment.mounts.reach_volume(one.locator.device)
            listed = self._directories.list(os.path.dirname(one.path))
        except OSError:
            return
        if self._moving.seen(one.family) or (listed is not None and one.stands()):
            return
        if key not in self._missing:
            self._missing.add(key)
            return
        self._drop(key)
        # It may have been what is known and nowhere; what is unread of that is counted with its own row.
        known = max((lost.state.size for lost in self._registry.lost(one.family)), default=0)
        self._environment.abandon(self._source, one.family, one.size - known, "vanished", one.path)

    def _of(self, family: str) -> Iterator[tuple[str, DeniedFile]]:
        return ((key, self._files[key]) for key in self._keys.get(family, ()))

    def _put(self, key: str, one: DeniedFile) -> None:
        self._files[key] = one
        self._keys.setdefault(one.family, []).append(key)

    def _drop(self, key: str) -> None:
        family = self._files.pop(key).family
        self._keys[family].remove(key)
        if not self._keys[family]:
            del self._keys[family]
        self._asked.pop(key, None)
        self._missing.discard(key)
        self._dirty.discard(key)
        self._dropped[key] = Checkpoint(file_id=key, source=self._source, offset=0, state={})

    def rows(self) -> list[Checkpoint]:
        """Rows that changed."""
        return [self._files[key].row(key, self._source) for key in sorted(self._dirty)] + list(
            self._dropped.values()
        )

    def recorded(self, row: Checkpoint) -> None:
        """This row, if it is one of ours, was committed."""
        known = self._files.get(row.file_id)
        if known is None:
            self._dropped.pop(row.file_id, None)
        elif known.row(row.file_id, self._source) == row:
            self._dirty.discard(row.file_id)
