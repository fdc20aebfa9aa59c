"""The followers of one source, by row, by place and by family."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.tail.adoption import stands_elsewhere
from logsource.tail.identity import NOWHERE
from logsource.tail.siblings import family_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logsource.tail.follower import Follower
    from logsource.tail.identity import Locator
    from logsource.tail.state import FileState

MOST = sys.maxsize


class Registry:
    """Every follower once, found in three ways."""

    def __init__(self) -> None:
        self.by_key: dict[str, Follower] = {}
        self.by_locator: dict[Locator, Follower] = {}
        self.dirty: set[str] = set()
        """Rows that changed and are not part of a chunk."""
        self._added: list[Follower] = []
        self._vacated: set[Locator] = set()
        """What was followed there was found elsewhere since the last scan, or nowhere."""
        self._families: dict[str, list[Follower]] = {}
        self._sizes: dict[str, int] = {}
        """By row: what `note_sizes` noted last."""

    def add(
        self, follower: Follower, *, before: Follower | None = None, instead_of: Follower | None = None
    ) -> None:
        """Register a follower as the newest of its family, as older than another, or as old as one that is new now."""
        self.by_key[follower.state.key] = follower
        self._added.append(follower)
        self._occupy(follower, follower.state.locator)
        members = self._families.setdefault(family_of(follower.state.path), [])
        if instead_of in members:
            members[members.index(instead_of)] = follower
            members.append(instead_of)
            return
        members.insert(members.index(before) if before in members else len(members), follower)

    def remove(self, follower: Follower) -> None:
        """Forget a follower."""
        state = follower.state
        self.by_key.pop(state.key, None)
        follower.removed = True
        self.dirty.discard(state.key)
        self._sizes.pop(state.key, None)
        if self.by_locator.get(state.locator) is follower:
            del self.by_locator[state.locator]
        family = family_of(state.path)
        members = self._families.get(family, [])
        if follower in members:
            members.remove(follower)
        if not members:
            self._families.pop(family, None)

    def take_added(self) -> list[Follower]:
        """Followers that were added, or found again, since the last call."""
        added, self._added = self._added, []
        return added

    def note_sizes(self) -> None:
        """Have in the rows how long files are of which nothing can be committed now: as much is lost if they vanish."""
        for key, one in self.by_key.items():
            if one.unread > 0 and self._sizes.get(key) != one.state.size:
                self._sizes[key] = one.state.size
                self.dirty.add(key)

    def found_again(self, follower: Follower) -> None:
        """It was nowhere, and is somewhere now."""
        self._added.append(follower)

    def take_vacated(self, seen: Mapping[str, tuple[int, Locator]]) -> list[str]:
        """Paths with places at which something was known, and nothing is known now: look at them, whatever a listing says.

        The number of an inode may be given to the next file of that name at once.
        """
        vacated, self._vacated = self._vacated - self.by_locator.keys(), set()
        return [path for path, (_, place) in seen.items() if place in vacated] if vacated else []

    def _vacate(self, locator: Locator) -> None:
        del self.by_locator[locator]
        self._vacated.add(locator)

    def unplace(self, follower: Follower) -> None:
        """Its file is gone, or the inode belongs to another file now: it can only be recognised by content."""
        state = follower.state
        if self.by_locator.get(state.locator) is follower:
            self._vacate(state.locator)
        if state.locator != NOWHERE:
            follower.state = replace(state, locator=NOWHERE)
            self.dirty.add(state.key)

    def place(self, follower: Follower, state: FileState) -> None:
        """Give a follower a state with another place."""
        if self.by_locator.get(follower.state.locator) is follower:
            self._vacate(follower.state.locator)
        follower.state = state
        self._occupy(follower, state.locator)
        self.dirty.add(state.key)

    def alias(self, follower: Follower, locator: Locator) -> None:
        """The content of a follower is found at a second place, too."""
        self._occupy(follower, locator)

    def drop_alias(self, follower: Follower, locator: Locator) -> None:
        """What is at the second place now is something else."""
        if self.by_locator.get(locator) is follower and follower.state.locator != locator:
            self._vacate(locator)

    def _occupy(self, follower: Follower, locator: Locator) -> None:
        if locator == NOWHERE:
            return
        other = self.by_locator.get(locator)
        if other is not None and other is not follower and other.state.locator == locator:
            self.unplace(other)
        self.by_locator[locator] = follower

    def is_settled(self, locator: Locator) -> bool:
        """Whether it is known what the file there is, so that it is nothing that somebody else lost."""
        known = self.by_locator.get(locator)
        if known is None or known.located:
            return known is not None
        return bool(known.state.head.length) and known.state.locator == locator

    def in_error(self, locator: Locator) -> bool:
        """Whether what is known of the file there could not be looked at or read: it may be another one by now."""
        follower = self.by_locator.get(locator)
        return follower is not None and bool(follower.error)

    def family(self, family: str) -> list[Follower]:
        """Members of a family, oldest first."""
        return self._families.get(family, [])

    def log_born_ns(self, family: str) -> int:
        """When the inode of the log itself was made, that writers have open; 0 if it is not known."""
        births = [
            one.state.birth.created_ns for one in self.family(family) if one.located and not one.rotated
        ]
        return min((born for born in births if born), default=0)

    def lost(self, family: str) -> list[Follower]:
        """Members whose file is gone and whose content is known well enough to be recognised elsewhere."""
        return [one for one in self.family(family) if is_lost(one)]

    def families(self) -> set[str]:
        """Every family that has members."""
        return set(self._families)

    def sort(self, family: str, files: Iterable[Locator]) -> None:
        """Order a family as its files are, oldest first. Live files are younger; those that are nowhere are older.

        What is held open and has no name any more stays behind its elder.
        """
        order: dict[str, int] = {}
        for index, locator in enumerate(files):
            if locator in self.by_locator:
                order[self.by_locator[locator].state.key] = index
        ages: dict[str, int] = {}
        elder = -1
        for one in self.family(family):
            key = one.state.key
            if not one.located:
                ages[key] = order.get(key, -1)
            elif one.rotated:
                ages[key] = elder = order.get(key, elder)
            else:
                ages[key] = MOST
        self.family(family).sort(key=lambda one: ages[one.state.key])

    def elders(self, follower: Follower) -> Sequence[Follower]:
        """Earlier generations of the same log, oldest first."""
        members = self.family(family_of(follower.state.path))
        if len(members) < 2 or follower.removed:
            return ()
        return members[: members.index(follower)]


def is_lost(follower: Follower) -> bool:
    """Whether its file is gone, and its content known well enough to be recognised elsewhere."""
    if not follower.state.head.length or follower.pending is not None:
        return False
    if not follower.located:
        return True
    return follower.nameless and not stands_elsewhere(follower)
