"""Siblings that may be the copy of a copytruncate whose truncation is still to come.

Until then the same bytes stand in two files. They are read from the log, which keeps its identity; when it is cut, what
was not read of it is read from the copy. So a file that holds nothing but what a live log begins with is left alone for
a while. If nothing is cut and it is no younger copy (`logsource.tail.snapshots`), it is a file of its own: equal content
never hides a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.tail.copied import older
from logsource.tail.identity import GUARD_MAX, HEAD_MAX, stands_at
from logsource.tail.leftovers import Leftovers
from logsource.tail.making import Making
from logsource.tail.open import open_content
from logsource.tail.originals import has_original
from logsource.tail.siblings import NO_ANSWER, family_of
from logsource.tail.snapshots import Snapshots
from logsource.tail.temporary import Temporaries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.tail.content import Content
    from logsource.tail.environment import Environment
    from logsource.tail.holes import Holes
    from logsource.tail.registry import Registry
    from logsource.tail.siblings import Sibling

COPY_WAIT = 10.0
"""Seconds without growth after which such a file is looked at once more: it is read, or known to be a copy."""


class Copies:
    """Remembers since when the possible copies of one source are waited for."""

    def __init__(self, registry: Registry, environment: Environment, holes: Holes) -> None:
        self._registry = registry
        self._environment = environment
        self._making = Making(registry, environment)
        self._temporaries = Temporaries(holes)
        self.leftovers = Leftovers(holes)
        self._snapshots = Snapshots(registry, holes)
        self._waiting: dict[str, tuple[Sibling | None, float]] = {}
        self._growing: dict[str, tuple[Sibling, float]] = {}
        self._held_back: dict[str, Sibling] = {}

    def empty_archives(self) -> Iterator[str]:
        """Paths of archives that were held back because there is nothing in them, that have no end and no original."""
        held = self._snapshots.empty.values()
        return (one.path for one in held if stands_at(one.locator, one.path) and not has_original(one))

    def awaits(self, sibling: Sibling, family: str = "") -> bool:
        """Whether to leave this file alone for now. `family` is the log it belongs to, if it is in another directory."""
        family = family or family_of(sibling.path)
        if family == sibling.path:
            return False
        if self.leftovers.hold(sibling, family) or self._temporaries.hold(sibling, family):
            return True
        waits = self._may_be_cut(sibling, family)
        # Asked while it waits, too: of what it is a copy is remembered, should the log be cut without another one.
        return waits | self._snapshots.hold(sibling, self._live(family), family)

    def awaits_for_now(self, sibling: Sibling, family: str) -> bool:
        """Whether a file that is left alone is not known to be a copy: some time it is read, as long as it stays what it is."""
        return self._may_be_cut(sibling, family) or self.holds_back(sibling)

    def may_be_cut(self, sibling: Sibling, log: str) -> bool:
        """As `awaits`, of what may as well be a log of its own: when its time is over it is read, whatever it holds."""
        return self._temporaries.hold(sibling, log) or self._may_be_cut(sibling, log)

    def _may_be_cut(self, sibling: Sibling, family: str) -> bool:
        """Whether this may be the copy of a log that is cut in a moment, or an archive that is not whole."""
        if self._environment.once:
            return False
        if self._making.awaits(sibling, family):
            return True
        now = self._environment.clock.monotonic()
        # Under this name another copy may have stood, of the same size even.
        seen, deadline = self._waiting.get(sibling.path, (None, 0.0))
        if seen == sibling and now >= deadline:
            return False
        if not any(_begins_with(path, sibling) for path in self._live(family)):
            return False
        if seen != sibling:
            self._waiting[sibling.path] = (sibling, now + COPY_WAIT)
        return True

    def unfinished(self, sibling: Sibling, family: str) -> bool:
        """Whether this is an archive in the making, which may hold all of what is gone when it is whole."""
        return not self._environment.once and self._making.awaits(sibling, family)

    def grows(self, sibling: Sibling) -> bool:
        """Whether to give this file time: it holds a beginning of what is gone, and its rest may be copied right now."""
        now = self._environment.clock.monotonic()
        seen, deadline = self._growing.get(sibling.path, (None, 0.0))
        if seen != sibling:
            deadline = now + COPY_WAIT
            self._growing[sibling.path] = (sibling, deadline)
        return now < deadline and not self._environment.once

    def hold_back(self, sibling: Sibling) -> None:
        """Nothing in this file is new as it is; nobody else is to read it in the time that it was given to grow."""
        self._held_back[sibling.path] = sibling

    def holds_back(self, sibling: Sibling) -> bool:
        """Whether this file was held back, and its time is not over."""
        return self._held_back.get(sibling.path) == sibling and self.grows(sibling)

    def met(self, sibling: Sibling) -> None:
        """It is followed now."""
        self._growing.pop(sibling.path, None)
        self._held_back.pop(sibling.path, None)
        self._waiting.pop(sibling.path, None)
        self._making.met(sibling)

    def _live(self, family: str) -> set[str]:
        """Paths of the logs that this may be a copy of; the log itself may be new, too, and followed by nobody yet."""
        members = self._registry.family(family)
        return {family, *(one.state.name for one in members if one.located and not one.rotated)}


def _begins_with(path: str, sibling: Sibling) -> bool:
    """Whether a log begins with everything that this file holds; the head and the last bytes stand for the rest.

    If a file server does not say now, it may: who leaves the file alone for a while loses nothing.
    """
    try:
        log, packed = open_content(path)
    except OSError as error:
        return error.errno in NO_ANSWER
    try:
        # logrotate compresses after it has truncated.
        if packed or sibling.locator.is_of(log.stat()):
            return False
        copy, packed = open_content(sibling.path)
        try:
            return not packed and not older(copy, sibling, log.birth()) and _agree(log, copy)
        finally:
            copy.close()
    except OSError as error:
        return error.errno in NO_ANSWER
    finally:
        log.close()


def _agree(log: Content, copy: Content) -> bool:
    # Of a log that begins with a hole, only NULs may be copied yet, which are no content.
    size = copy.length(copy.stat(), 0)
    head, last = min(size, HEAD_MAX), min(size, GUARD_MAX)
    return log.read(0, head) == copy.read(0, head) and log.read(size - last, last) == copy.read(
        size - last, last
    )
