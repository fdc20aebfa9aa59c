"""Logs that are rotated in the very moment in which they are looked at.

What was listed has another name when it is opened, or none (it is compressed). Then nobody can tell which generation is
missing from the picture, so nothing of that log is read, begun or given up until a further look finds it at rest:
a younger generation would come before an older one. Looks follow quickly; a rotation takes milliseconds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from logsource.tail.look import rewritten
from logsource.tail.siblings import logs_before_extension

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.tail.environment import Environment
    from logsource.tail.follower import Follower
    from logsource.tail.identity import Locator

HELD_FOR = 5.0
HELD_LOOKS = 10
"""Seconds, and looks in a row, after which a log is read although it never came to rest: late order is better than lost
lines. Looks count as well, because a reader that was stopped for a while has not looked yet."""


class Moving:
    """The families of one source that have to be looked at once more."""

    def __init__(self, environment: Environment) -> None:
        self._clock, self._mounts = environment.clock, environment.mounts
        self._since: dict[str, float] = {}
        self._looks: dict[str, int] = {}
        self._noted: set[str] = set()
        self._deferred: set[str] = set()

    def begin(self, family: str) -> None:
        """A look at a log begins. Nothing is concluded of `app.1.log` while `app.log` moves: it may be what was lost there."""
        self._noted.discard(family)
        if any(map(self.deferred, logs_before_extension(family))):
            self.note(family)

    def note(self, family: str) -> None:
        """Something of it is not where it was a moment ago."""
        self._noted.add(family)
        self._since.setdefault(family, self._clock.monotonic())

    def noted(self, family: str) -> bool:
        """Whether this look has shown that it moves, and it is not the last to be waited for."""
        return family in self._noted and self.holds(family)

    def seen(self, family: str) -> bool:
        """Whether this look has shown that it moves, even if it was the last to be waited for."""
        return family in self._noted

    def end(self, family: str) -> None:
        """The look is over; if nothing was noted, the log is at rest."""
        if self.noted(family):
            self._deferred.add(family)
        else:
            self._deferred.discard(family)
        if family in self._noted:
            self._looks[family] = self._looks.get(family, 0) + 1
        else:
            self._since.pop(family, None)
            self._looks.pop(family, None)

    def compare(self, family: str, places: Iterable[tuple[str, Locator]]) -> None:
        """Note it if one of these paths leads to another file by now, or to none."""
        renewed = set()
        for path, locator in places:
            directory = path.rpartition("/")[0]
            try:
                self._mounts.reach_volume(locator.device)
                if directory not in renewed:
                    self._mounts.renew(directory)
                    renewed.add(directory)
                moved = not locator.is_of(os.stat(path))
            except FileNotFoundError:
                moved = True
            except OSError:
                moved = False  # nothing is known; whoever opens it meets the same error and reports it
            if moved:
                self.note(family)
                return

    def compare_contents(self, family: str, members: Iterable[Follower]) -> None:
        """Note it if one of these open files no longer holds what it held: it was truncated since it was looked at."""
        for one in members:
            if one.content is None or one.pending is not None or one.state.compression:
                continue
            try:
                self._mounts.reach_volume(one.state.locator.device)
                if one.remote:
                    one.content.renew()
                size = one.content.length(one.content.stat(), one.state.offset)
                if size < max(one.state.offset, one.size) or rewritten(one, one.content, size):
                    self.note(family)
                    return
            except OSError:
                continue  # the next poll meets the same error and reports it

    def deferred(self, family: str) -> bool:
        """Whether the latest look concluded nothing about this log; it may have been the last to be waited for."""
        return family in self._deferred or self.holds(family)

    @property
    def families(self) -> set[str]:
        """Logs to look at again."""
        return set(self._since)

    @property
    def urgent(self) -> bool:
        """Whether somebody is held up, so that the next look should come soon."""
        return any(self.holds(family) for family in self._since)

    def holds(self, family: str) -> bool:
        """Whether to leave this log alone for now."""
        since = self._since.get(family)
        if since is None:
            return False
        return self._clock.monotonic() - since < HELD_FOR or self._looks.get(family, 0) < HELD_LOOKS
