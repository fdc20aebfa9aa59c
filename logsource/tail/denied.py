"""Generations that were missed and cannot be read: no permission, a failing disk, packed by something unknown here.

Younger ones are read meanwhile, and would hide that an elder one was not. So each has a row of its own, from the look that
met it until somebody may read it, or it is gone: then its bytes are counted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.model import Checkpoint
from logsource.tail.birth import UNKNOWN, Birth, birth_of
from logsource.tail.identity import Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tail.environment import Environment
    from logsource.tail.find import Directories
    from logsource.tail.moving import Moving
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling
    from logsource.tail.troubles import Troubles

VERSION = 1
ASK_EVERY = 10.0
"""Seconds between looks for one that has no trouble of its own: its path leads nowhere, or elsewhere."""
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedFile:
    """What is known of a file that cannot be opened."""

    family: str
    path: str
    locator: Locator
    birth: Birth
    size: int
    mtime_ns: int

    def row(self, key: str, source: str) -> Checkpoint:
        """As it goes to the store. It is no row of a followed file: those have an `ino`."""
        state = {
            "family": self.family,
            "path": self.path,
            "locator": list(self.locator),
            "born": list(self.birth),
            "size": self.size,
            "mtime_ns": self.mtime_ns,
        }
        return Checkpoint(file_id=key, source=source, offset=0, state={"v": VERSION, "denied": state})

    @classmethod
    def restore(cls, row: Checkpoint) -> DeniedFile | None:
        """Read a row; None when it is something else, or of a version that this one does not know."""
        state = row.state.get("denied")
        if state is None or row.state["v"] != VERSION:
            return None
        return cls(
            family=state["family"],
            path=state["path"],
            locator=Locator(*state["locator"]),
            birth=Birth(*state["born"]),
            size=state["size"],
            mtime_ns=state["mtime_ns"],
        )

    def stands(self) -> bool:
        """Whether it is where it was, as far as anybody can tell."""
        try:
            return self.locator.is_of(os.stat(self.path))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True


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
        self._places: dict[Locator, str] = {}
        """Keys of those that the latest look at their log found, by where they are."""
        self._dirty: set[str] = set()
        self._dropped: dict[str, Checkpoint] = {}
        self._missing: set[str] = set()
        """Not found by the latest look."""
        self._asked: dict[str, float] = {}

    def restore(self, row: Checkpoint) -> None:
        """Remember what an earlier agent could not read, if this row is of such a file."""
        known = DeniedFile.restore(row)
        if known is not None:
            self._files[row.file_id] = known

    def of(self, family: str) -> bool:
        """Whether there are any of this log."""
        return any(one.family == family for one in self._files.values())

    def size_at(self, path: str) -> int:
        """How many bytes wait there, compressed or not; 0 if it is none of these."""
        return max((one.size for one in self._files.values() if one.path == path), default=0)

    def find(self, family: str, candidates: Sequence[Sibling]) -> None:
        """See which of the generations of a log these are by now, renamed or packed."""
        for key, one in self._files.items():
            if one.family != family:
                continue
            taken = {locator for locator, other in self._places.items() if other != key}
            free = [sibling for sibling in candidates if sibling.locator not in taken]
            self._places = {locator: other for locator, other in self._places.items() if other != key}
            sibling = next((two for two in free if _is_same(one, two)), None) or self._moved(one, free)
            if sibling is not None:
                self._places[sibling.locator] = key

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

    def holds(self, sibling: Sibling) -> bool:
        """Whether this generation is one of them, as the latest look found them."""
        return sibling.locator in self._places

    def note(self, family: str, sibling: Sibling) -> None:
        """This generation should be read now; remember it if it cannot be."""
        if sibling.path in self._troubles and not self.holds(sibling):
            key = self._environment.new_id()
            self._files[key] = _seen(family, sibling)
            self._places[sibling.locator] = key
            self._dirty.add(key)

    def read(self, sibling: Sibling, *, late: bool) -> None:
        """It could be read, so that it is known what it holds. `late`: it is followed, behind younger ones."""
        key = self._places.get(sibling.locator)
        if key is None or sibling.path in self._troubles:
            return
        family = self._files[key].family
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
        by_key = {
            self._places[sibling.locator]: sibling
            for sibling in candidates
            if sibling.locator in self._places
        }
        for key, one in list(self._files.items()):
            sibling = by_key.get(key)
            if one.family != family:
                continue
            if sibling is None:
                self._miss(key, one)
                continue
            self._missing.discard(key)
            if sibling.locator in self._registry.by_locator:
                self._drop(key)  # it is what somebody lost
            elif sibling != (one.path, one.locator, one.size, one.mtime_ns):
                self._files[key] = _seen(family, sibling)
                self._dirty.add(key)

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

    def _drop(self, key: str) -> None:
        del self._files[key]
        self._places = {locator: other for locator, other in self._places.items() if other != key}
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


def _is_same(one: DeniedFile, sibling: Sibling) -> bool:
    return one.locator == sibling.locator and not one.birth.differs(_birth(sibling))


def _seen(family: str, sibling: Sibling) -> DeniedFile:
    return DeniedFile(
        family=family,
        path=sibling.path,
        locator=sibling.locator,
        birth=_birth(sibling),
        size=sibling.size,
        mtime_ns=sibling.mtime_ns,
    )


def _birth(sibling: Sibling) -> Birth:
    """When its inode was made, which may be asked without permission to read it."""
    if sibling.locator.device < 0:
        return UNKNOWN
    try:
        fd = os.open(sibling.path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError:
        return UNKNOWN
    try:
        born = birth_of(fd)
    finally:
        os.close(fd)
    return born if born.inode == sibling.locator.inode else UNKNOWN
